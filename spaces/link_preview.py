"""What a linked page says of itself: its title.

Whoever pins a link chooses an address that this server then visits (`config.outside`); each
redirect is asked anew. What comes back is bounded in kind, too.
"""

import codecs
import html
import http.client
import re
import ssl
import time
import unicodedata
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from config import outside
from config.outside import Reach

WITHIN_S = 5.0
MAX_BYTES = 256_000
# What a page may send around its text: headers, and the sizes of chunks.
MAX_RAW_BYTES = 2 * MAX_BYTES
MAX_REDIRECTS = 3
MAX_URL = 2_000
TITLE_LENGTH = 200
SITE_LENGTH = 100

_REDIRECTS = {301, 302, 303, 307, 308}


class Unreadable(Exception):
    """There is no title to show. retryable: the network may have been at fault."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass(frozen=True, kw_only=True)
class Preview:
    title: str
    site: str


# --- The visit ---


def fetch(url: str, *, agent: str, reach: Reach | None = None) -> Preview:
    """Visit a page and read its title. agent: by what name we visit.

    Raises: Unreadable, and nothing else, whatever is at that address.
    """
    visit = _Visit(agent=agent, reach=reach or Reach())
    try:
        return visit.follow(url)
    except (OSError, http.client.HTTPException) as error:
        # Certificates that do not hold are not better the next time.
        is_lasting = isinstance(error, ssl.SSLCertVerificationError)
        raise Unreadable(f"{type(error).__name__}: {error}", retryable=not is_lasting) from error
    except (outside.Closed, outside.TooMuch) as error:
        raise Unreadable(str(error)) from error
    except ValueError as error:
        raise Unreadable(f"not an address: {error}") from error


class _Visit:
    def __init__(self, *, agent: str, reach: Reach) -> None:
        self.agent = "".join(c for c in agent if c.isascii() and c.isprintable())
        self.reach = reach
        self.deadline = time.monotonic() + WITHIN_S

    def follow(self, url: str) -> Preview:
        for _ in range(MAX_REDIRECTS + 1):
            if len(url) > MAX_URL:
                raise Unreadable("the address is too long")
            answer = self.ask(urlsplit(url))
            if isinstance(answer, Preview):
                return answer
            url = urljoin(url, answer)
        raise Unreadable("it leads on and on")

    def ask(self, url: SplitResult) -> Preview | str:
        """The page's preview, or where it leads on to."""
        with outside.connection(
            url, reach=self.reach, deadline=self.deadline, most_bytes=MAX_RAW_BYTES
        ) as connection:
            connection.request("GET", outside.target(url), headers=self.headers(url))
            response = connection.getresponse()
            if response.status in _REDIRECTS:
                # http.client takes headers for latin-1. Pages send UTF-8, if anything but ASCII.
                location = response.headers.get("Location") or ""
                return location.encode("latin-1", "replace").decode("utf-8", "replace")
            if response.status != http.client.OK:
                raise Unreadable(f"status {response.status}", retryable=response.status >= 500)
            kind = response.headers.get("Content-Type") or ""
            if kind.partition(";")[0].strip().lower() not in {"text/html", "application/xhtml+xml"}:
                raise Unreadable("not a page")
            encoding = response.headers.get("Content-Encoding") or "identity"
            if encoding.strip().lower() != "identity":
                # A few bytes can unpack to any number.
                raise Unreadable("packed, although we asked for it not to be")
            return read(response.read(MAX_BYTES), content_type=kind)

    def headers(self, url: SplitResult) -> dict[str, str]:
        return {
            "Host": outside.host_header(url),
            "User-Agent": self.agent,
            "Accept": "text/html",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }


# --- What the page says ---

# The standard library's parser needs a minute for 256 kB of "<!--": this one goes over the text
# once. Possessive quantifiers (*+) never go back.
_MARK = re.compile(r"<(!--|(?:script|style|title|meta)(?=[\s/>]))", re.IGNORECASE)
_ENDS = {
    "!--": re.compile("-->"),
    "script": re.compile("</script", re.IGNORECASE),
    "style": re.compile("</style", re.IGNORECASE),
    "title": re.compile("</title", re.IGNORECASE),
}
_ATTRIBUTE = re.compile(
    r"""[\s/]*+([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>]++)))?+"""
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
# Python knows codecs beside these, which no page is written in.
_KNOWN_CHARSET = re.compile(
    r"utf-?(8|16)|iso-?8859|latin|windows-|cp\d|us-ascii|koi8|gb|big5|shift|sjis|euc|tis",
    re.IGNORECASE,
)
# Marks that turn the direction of what follows them.
_TURNS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def read(body: bytes, *, content_type: str) -> Preview:
    """The title of a page, and the name of its site, "" when it gives none. Raises: Unreadable"""
    found = _titles(body.decode(_charset(body, content_type), errors="replace"))
    title = _clean(found.get("og:title", ""), TITLE_LENGTH)
    title = title or _clean(found.get("title", ""), TITLE_LENGTH)
    if not title:
        raise Unreadable("a page without a title")
    return Preview(title=title, site=_clean(found.get("og:site_name", ""), SITE_LENGTH))


def _charset(body: bytes, content_type: str) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    named = _CHARSET.search(content_type) or _CHARSET.search(body[:1024].decode("latin-1"))
    if named is None or not _KNOWN_CHARSET.match(named[1]):
        return "utf-8"
    try:
        codecs.lookup(named[1])
    except LookupError:
        return "utf-8"
    return named[1]


def _titles(text: str) -> dict[str, str]:
    """What the page's <title> and the names of its <meta> say; of each the first."""
    found: dict[str, str] = {}
    place = 0
    while mark := _MARK.search(text, place):
        name, place = mark[1].lower(), mark.end()
        if name == "meta":
            attributes, place = _attributes(text, place)
            key = (attributes.get("property") or attributes.get("name") or "").lower()
            found.setdefault(key, attributes.get("content", ""))
            continue
        end = _ENDS[name].search(text, place)
        if end is None:
            break
        if name == "title":
            found.setdefault("title", text[place : end.start()].partition(">")[2])
        place = end.end()
    return found


def _attributes(text: str, place: int) -> tuple[dict[str, str], int]:
    attributes: dict[str, str] = {}
    while attribute := _ATTRIBUTE.match(text, place):
        place = attribute.end()
        value = attribute[2] or attribute[3] or attribute[4] or ""
        attributes.setdefault(attribute[1].lower(), value)
    return attributes, place


def _clean(text: str, length: int) -> str:
    """One line of it, without what cannot be seen and what turns the text around it."""
    text = html.unescape(text[: 20 * length]).translate(_TURNS)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cs"} or c.isspace())
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
