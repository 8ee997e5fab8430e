"""What search compares: the terms of texts and their trigrams, however a word is spelt.

Postgres has neither `pg_trgm` nor `unaccent` here: rows keep what these functions say of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import Q, TextField, Value

from .words import JOINED, UNSPACED, fold

# Of scripts that are written without spaces each letter is a term.
_TERM = re.compile(rf"{JOINED}+|[{UNSPACED}]")
_NOT_OF_HANDLES = re.compile(r"[^a-z0-9_]")
# Two neighbours that changed places touch so many trigrams; one letter wrong, too many or missing
# touches fewer.
_SWAP, _SLIP = 4, 3
# Of a shorter word too little is left beside a swap: its swaps are looked up one by one.
_LONG = 6


def terms(text: str) -> list[str]:
    return list(dict.fromkeys(_TERM.findall(fold(text))))


def trigrams(of: Iterable[str]) -> list[str]:
    """Of whole terms. Where one begins and ends is part of them."""
    return list(dict.fromkeys(each for term in of for each in _cut(_begun(term) + " ")))


def array(of: list[str]) -> Value:
    """As one parameter: Django would make an expression of each trigram, some 200 a search."""
    return Value(of, output_field=ArrayField(TextField()))


def _begun(term: str) -> str:
    # A handle, led by @, is no word of a name.
    return f"@{term}" if term.startswith("@") else f"  {term}"


def _cut(text: str) -> list[str]:
    return [text[place : place + 3] for place in range(len(text) - 2)]


def _beginning(term: str) -> list[str]:
    return list(dict.fromkeys(_cut(_begun(term))))


@dataclass(frozen=True)
class Query:
    """text: as it was typed. terms: what of it can be found; a handle alone, with its @."""

    text: str
    terms: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "Query":
        handle = cls._handle_in(text)
        return cls(text, (f"@{handle}",) if handle else tuple(terms(text)))

    @staticmethod
    def _handle_in(text: str) -> str:
        first, *_others = fold(text).split() or [""]
        return _NOT_OF_HANDLES.sub("", first) if first.startswith("@") else ""

    @property
    def is_handle(self) -> bool:
        return self.terms[0].startswith("@")

    @property
    def as_handle(self) -> str:
        """What a handle would begin with; empty: none can be written like this."""
        word = self.terms[0].removeprefix("@") if self.is_handle else fold(self.text)
        return "" if _NOT_OF_HANDLES.search(word) else word

    @property
    def trigrams(self) -> list[str]:
        return trigrams(self.terms)

    @property
    def spelt(self) -> list[str]:
        """The trigrams of whatever has words that begin with the terms."""
        return list(dict.fromkeys(each for term in self.terms for each in _beginning(term)))

    @property
    def as_tsquery(self) -> str:
        """All terms, each the beginning of a word. They hold letters and digits only."""
        return " & ".join(f"'{term}':*" for term in self.terms)

    def is_close(self) -> Q:
        """On `search_trigrams`: for each term a word that is one slip away from it."""
        return reduce(and_, (_any_of(close_spellings(term)) for term in self.terms))


def _any_of(spellings: list[list[str]]) -> Q:
    return reduce(or_, (Q(search_trigrams__contains=array(spelling)) for spelling in spellings))


def close_spellings(term: str) -> list[list[str]]:
    """Trigrams of which a word that is one slip away from the term has all of one list.

    The slip is in one place: whatever is outside a window around it stands in both words.
    """
    spellings = [_beginning(term)]
    if len(term) > 2 and len(term) < _LONG:
        spellings += [trigrams([swapped]) for swapped in _swaps(term)]
    if len(term) > 3:
        whole = _cut(_begun(term) + " ")
        slip = _SWAP if len(term) >= _LONG else _SLIP
        # Some nine windows, however long the word: wider ones are further apart.
        step = max(1, (len(whole) - slip) // 8)
        for start in range(0, len(whole) - slip + 1, step):
            left = whole[:start] + whole[start + slip + step - 1 :]
            spellings.append(list(dict.fromkeys(left)))
    return spellings


def _swaps(term: str) -> Iterable[str]:
    start = 1 if term.startswith("@") else 0
    for place in range(start, len(term) - 1):
        first, second = term[place], term[place + 1]
        if first != second:
            yield f"{term[:place]}{second}{first}{term[place + 2 :]}"
