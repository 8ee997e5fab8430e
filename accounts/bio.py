"""What people write of themselves, with addresses and @handles as links."""

import re

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

# A sentence may end with an address, or set one in brackets.
_ADDRESS = r"https?://[^\s<>\"]+[^\s<>\"'.,;:!?)\]}…’”»]"
_MENTION = r"(?<![\w@/.])@[A-Za-z0-9_]{3,30}(?![\w@])"
_LINK = re.compile(rf"({_ADDRESS}|{_MENTION})")


def linked(text: str) -> SafeString:
    """Reads exactly as `text`, safe as HTML."""
    parts = _LINK.split(text)
    # Split by one group: every second part is what matched.
    return mark_safe(  # noqa: S308  (each part is escaped or a link)
        "".join(_link(part) if i % 2 else escape(part) for i, part in enumerate(parts))
    )


def _link(found: str) -> SafeString:
    if found.startswith("@"):
        address = reverse("accounts:profile", args=[found[1:]])
        return format_html('<a href="{}">{}</a>', address, found)
    return format_html('<a href="{0}" rel="nofollow ugc noopener">{0}</a>', found)
