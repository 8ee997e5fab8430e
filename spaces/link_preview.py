"""What a linked page says of itself: its title, read so that a link cannot be used to reach into
the operator's own network.

Whoever pins a link chooses an address that this server then visits. So a name is resolved once,
every address it has must be one of the open internet, and the connection goes to that very address;
each redirect is asked anew. What comes back is bounded in time, in bytes and in kind.
"""

import codecs
import html
import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
import unicodedata
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# As getaddrinfo gives them: family and what connect() takes.
Place = tuple[socket.AddressFamily, Any]

WITHIN_S = 5.0
MAX_BYTES = 256_000
# What a page may send around its text: headers, and the sizes of chunks.
MAX_RAW_BYTES = 2 * MAX_BYTES
MAX_REDIRECTS = 3
MAX_URL = 2_000
MAX_PLACES = 4
TITLE_LENGTH = 200
SITE_LENGTH = 100

_REDIRECTS = {301, 302, 303, 307, 308}
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Unreadable(Exception):
    """There is no title to show. retryable: the network may have been at fault."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass(frozen=True, kw_only=True)
class Preview:
    title: str
    site: str


# --- Where a link may lead ---

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_CLOSED = [
    # Global to Python, or to some of its versions, and yet not the open internet: protocols' own
    # numbers, the relays of 6to4, the second network for documentation, Azure's inner address.
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "168.63.129.16/32")
]


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            # What an IPv6-only network makes of IPv4 names.
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GLOBAL_UNICAST or address.sixtofour or address.teredo:
            # An IPv4 address may be wrapped in all of these, and no page of today needs them.
            return False
    is_closed = any(address in network for network in _CLOSED)
    return address.is_global and not address.is_multicast and not is_closed


def look_up(host: str, port: int, within_s: float) -> list[Place]:
    """The system's resolver, which knows no deadline of its own. Raises: OSError"""
    outcome: list[Any] = []

    def ask() -> None:
        try:
            outcome.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            outcome.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(within_s)
    if not outcome:
        raise TimeoutError("the name was not resolved in time")
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return [(family, place) for family, _, _, _, place in outcome[0]]


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a fetch may touch; tests have a world of their own."""

    resolve: Callable[[str, int, float], Sequence[Place]] = look_up
    is_allowed: Callable[[Address], bool] = is_public
    ports: Container[int] = frozenset(_DEFAULT_PORTS.values())
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context


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
        host, port = self.checked(url)
        sock = self.connect(host, port)
        try:
            if url.scheme == "https":
                sock.settimeout(_left(self.deadline))
                sock = self.reach.tls().wrap_socket(sock, server_hostname=host)
            return self.converse(sock, url, host, port)
        finally:
            sock.close()

    def checked(self, url: SplitResult) -> tuple[str, int]:
        """Host and port, if a link may lead there at all."""
        if url.scheme not in _DEFAULT_PORTS:
            raise Unreadable("neither http nor https")
        if not url.hostname:
            raise Unreadable("no host")
        if url.username is not None or url.password is not None:
            raise Unreadable("it names an account")
        port = url.port or _DEFAULT_PORTS[url.scheme]
        if port not in self.reach.ports:
            raise Unreadable("a port that pages are not at")
        return url.hostname.encode("idna").decode(), port

    def connect(self, host: str, port: int) -> socket.socket:
        """To an address that was checked, not to the name: a second answer might be another."""
        places = self.reach.resolve(host, port, _left(self.deadline))[:MAX_PLACES]
        if not places:
            raise Unreadable("the name has no address")
        for _, place in places:
            if not self.reach.is_allowed(ipaddress.ip_address(place[0])):
                raise Unreadable("not on the open internet")
        refusal = OSError("no address answers")
        for number, (family, place) in enumerate(places):
            sock = socket.socket(family, socket.SOCK_STREAM)
            # One that swallows everything must leave time for the next.
            sock.settimeout(_left(self.deadline) / (len(places) - number))
            try:
                sock.connect(place)
            except OSError as error:
                sock.close()
                refusal = error
            else:
                return sock
        raise refusal

    def converse(
        self, sock: socket.socket, url: SplitResult, host: str, port: int
    ) -> Preview | str:
        connection = http.client.HTTPConnection(host, port)
        connection.sock = _BoundedSocket(sock, self.deadline)
        connection.request("GET", _target(url), headers=self.headers(url, host, port))
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
        if (response.headers.get("Content-Encoding") or "identity").strip().lower() != "identity":
            # A few bytes can unpack to any number.
            raise Unreadable("packed, although we asked for it not to be")
        return read(response.read(MAX_BYTES), content_type=kind)

    def headers(self, url: SplitResult, host: str, port: int) -> dict[str, str]:
        name = f"[{host}]" if ":" in host else host
        return {
            "Host": name if port == _DEFAULT_PORTS[url.scheme] else f"{name}:{port}",
            "User-Agent": self.agent,
            "Accept": "text/html",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("it took too long")
    return left


def _target(url: SplitResult) -> str:
    """Path and query as they may stand in a request, whatever was typed."""
    path = quote(url.path or "/", safe="/%:@!$&'()*+,;=~", errors="replace")
    query = quote(url.query, safe="/%:@!$&'()*+,;=~?", errors="replace")
    return f"{path}?{query}" if query else path


class _BoundedSocket:
    """What http.client needs of a socket; a timeout of its own would begin anew with each byte."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock = sock
        self.deadline = deadline

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(_left(self.deadline))
        self.sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self.sock, self.deadline))

    def close(self) -> None:
        """http.client does it before it has read the page; who opened the socket closes it."""


class _BoundedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock = sock
        self.deadline = deadline
        self.left = MAX_RAW_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.left <= 0:
            raise Unreadable("more than a page")
        self.sock.settimeout(_left(self.deadline))
        size = self.sock.recv_into(buffer)
        self.left -= size
        return size


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
