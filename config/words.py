"""Words compared as people read them: whatever the case, the accents and the form they came in."""

import re
import unicodedata
from functools import lru_cache

# Han, Hiragana and Katakana, Thai and Lao, Myanmar, Khmer: written without spaces, so that only a
# dictionary knows where a word ends.
UNSPACED = (
    r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    r"\u3040-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f"
    r"\u0e00-\u0eff"
    r"\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"
    r"\u1780-\u17ff"
)
_OF_UNSPACED = re.compile(f"[{UNSPACED}]")
# A letter or digit next to which another one belongs to the same word.
JOINED = rf"[^\W_{UNSPACED}]"


def fold(text: str) -> str:
    """One line in lower case, without accents and invisible characters. Repeat: harmless."""
    plain = _decompose(_decompose(text).casefold())
    kept = "".join(
        character
        for character in plain
        if not _is_accent(character) and unicodedata.category(character) != "Cf"
    )
    return " ".join(unicodedata.normalize("NFKC", kept).split())


def _is_accent(character: str) -> bool:
    # Not all marks: the vowels of Devanagari are marks, too, and make another word; so do a vowel
    # or tone of Thai and the two strokes of a Kana, which combine as accents do.
    return unicodedata.combining(character) != 0 and not _OF_UNSPACED.match(character)


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
    """Not as a part of another word; a sign or an emoji may stand next to anything.

    So may a letter of a script that is written without spaces.
    """
    before = f"(?<!{JOINED})" if re.match(JOINED, word[0]) else ""
    after = f"(?!{JOINED})" if re.match(JOINED, word[-1]) else ""
    return f"{before}{re.escape(word)}{after}"
