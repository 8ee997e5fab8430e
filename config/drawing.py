"""Parts of pages that are drawn once for everybody who sees the same."""

import secrets
from collections.abc import Hashable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString

# Stands where a page's own token goes; nobody can write it.
_TOKEN = secrets.token_hex(16)


def once(template: str, **facts: Hashable) -> SafeString:
    """The part as it was drawn for the same facts, in this language and time zone.

    It is told nothing but the facts, so what was drawn for one reader is right for the next.
    """
    # An int and a bool, or a text with and without its tags allowed, are equal.
    typed = tuple((name, fact.__class__, fact) for name, fact in facts.items())
    zone = timezone.get_current_timezone_name()
    return _once(template, translation.get_language(), zone, typed)


def once_with_token(template: str, csrf_token: str, **facts: Hashable) -> SafeString:
    """As `once`, of a part with a form."""
    drawn = once(template, csrf_token=_TOKEN, **facts)
    return SafeString(drawn.replace(_TOKEN, csrf_token))


# A page has some twenty of them of one to two kB.
@lru_cache(maxsize=4096)
def _once(
    template: str, language: str | None, zone: str, facts: tuple[tuple[str, type, Hashable], ...]
) -> SafeString:
    return render_to_string(template, {name: fact for name, _type, fact in facts})
