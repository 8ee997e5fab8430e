"""What led somebody to a Space's page: a kind of place, told from where the browser says it was.

The address itself is kept nowhere.
"""

import re
from urllib.parse import urlsplit

from django.http import HttpRequest

from .models import Space, SpaceSource

Kind = SpaceSource.Kind

# In the link that people pass on, which would else look like an address that was typed.
SHARED = "via=link"
_KINDS = [
    (re.compile(r"/(live/|upcoming/|topics/)?"), Kind.HOME),
    (re.compile(r"/topics/[^/]+/"), Kind.TOPIC),
    (re.compile(r"/@[^/]+(/[a-z/]*)?"), Kind.PROFILE),
]


def shared_link(space: Space) -> str:
    return f"{space.get_absolute_url()}?{SHARED}"


def kind_of(request: HttpRequest) -> SpaceSource.Kind:
    if request.GET.get("via") == "link":
        return Kind.LINK
    try:
        before = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return Kind.DIRECT
    if before.scheme not in {"http", "https"}:
        return Kind.DIRECT
    if before.netloc.lower() != request.get_host().lower():
        return Kind.SITE
    return next((kind for path, kind in _KINDS if path.fullmatch(before.path)), Kind.DIRECT)


def known_kind(said: str) -> SpaceSource.Kind:
    """What the page was told, by its own word."""
    return Kind(said) if said in Kind.values else Kind.DIRECT
