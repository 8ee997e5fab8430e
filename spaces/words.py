"""Words compared as people read them: whatever the case, the accents and the form they came in."""

import re
import unicodedata
from functools import lru_cache


def fold(text: str) -> str:
    """One line in lower case, without accents and invisible characters. Repeat: harmless."""
    plain = _decompose(_decompose(text).casefold())
    kept = "".join(
        character
        for character in plain
        # Not all marks: the vowels of Devanagari are marks, too, and make another word.
        if not unicodedata.combining(character) and unicodedata.category(character) != "Cf"
    )
    return " ".join(unicodedata.normalize("NFKC", kept).split())


def _decompose(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def holds(text: str, words: list[str]) -> bool:
    """Whether one of these words and phrases, folded already, stands in the text as a whole."""
    pattern = _pattern(tuple(words))
    return pattern is not None and pattern.search(fold(text)) is not None


# Read once for each list: every comment of a Space asks with the same one.
@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(_whole(word) for word in words if word)) if any(words) else None


def _whole(word: str) -> str:
    """Not as a part of another word; a sign or an emoji may stand next to anything."""
    before = r"(?<![^\W_])" if word[0].isalnum() else ""
    after = r"(?![^\W_])" if word[-1].isalnum() else ""
    return f"{before}{re.escape(word)}{after}"
