"""Visits to servers that somebody else chose, so that an address cannot be used to reach into the
operator's own network.

A name is resolved once, every address it has must be one of the open internet, and the connection
goes to that very address. What is said and what comes back is bounded in time and in bytes.
"""

import http.client
import io
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# As getaddrinfo gives them: family and what connect() takes.
Place = tuple[socket.AddressFamily, Any]

MAX_PLACES = 4
DEFAULT_PORTS = {"http": 80, "https": 443}

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_CLOSED = [
    # Global to Python, or to some of its versions, and yet not the open internet: protocols' own
    # numbers, the relays of 6to4, the second network for documentation, Azure's inner address.
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "168.63.129.16/32")
]


class Closed(Exception):
    """An address that nobody may lead us to."""


class TooMuch(Exception):
    """More came back than was asked for."""


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
    """What a visit may touch; tests have a world of their own."""

    resolve: Callable[[str, int, float], Sequence[Place]] = look_up
    is_allowed: Callable[[Address], bool] = is_public
    ports: Container[int] = frozenset(DEFAULT_PORTS.values())
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context


@contextmanager
def connection(
    url: SplitResult, *, reach: Reach, deadline: float, most_bytes: int
) -> Iterator[http.client.HTTPConnection]:
    """For one request, whose `Host` is `host_header(url)`.

    deadline: of time.monotonic(). most_bytes: of the answer, headers and all.
    Raises: Closed, TooMuch, OSError, ValueError, http.client.HTTPException
    """
    host, port = checked(url, reach)
    sock = _connect(host, port, reach, deadline)
    try:
        if url.scheme == "https":
            sock.settimeout(left(deadline))
            sock = reach.tls().wrap_socket(sock, server_hostname=host)
        http_connection = http.client.HTTPConnection(host, port)
        http_connection.sock = _BoundedSocket(sock, deadline, most_bytes)
        yield http_connection
    finally:
        sock.close()


def checked(url: SplitResult, reach: Reach) -> tuple[str, int]:
    """Host and port, if somebody may lead us there at all. Raises: Closed, ValueError"""
    if url.scheme not in DEFAULT_PORTS:
        raise Closed("neither http nor https")
    if not url.hostname:
        raise Closed("no host")
    if url.username is not None or url.password is not None:
        raise Closed("it names an account")
    port = url.port or DEFAULT_PORTS[url.scheme]
    if port not in reach.ports:
        raise Closed("a port that pages are not at")
    return url.hostname.encode("idna").decode(), port


def host_header(url: SplitResult) -> str:
    host = (url.hostname or "").encode("idna").decode()
    name = f"[{host}]" if ":" in host else host
    port = url.port or DEFAULT_PORTS[url.scheme]
    return name if port == DEFAULT_PORTS[url.scheme] else f"{name}:{port}"


def target(url: SplitResult) -> str:
    """Path and query as they may stand in a request, whatever was typed."""
    path = quote(url.path or "/", safe="/%:@!$&'()*+,;=~", errors="replace")
    query = quote(url.query, safe="/%:@!$&'()*+,;=~?", errors="replace")
    return f"{path}?{query}" if query else path


def left(deadline: float) -> float:
    """Raises: TimeoutError when nothing is."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("it took too long")
    return seconds


def _connect(host: str, port: int, reach: Reach, deadline: float) -> socket.socket:
    """To an address that was checked, not to the name: a second answer might be another."""
    places = reach.resolve(host, port, left(deadline))[:MAX_PLACES]
    if not places:
        raise Closed("the name has no address")
    for _, place in places:
        if not reach.is_allowed(ipaddress.ip_address(place[0])):
            raise Closed("not on the open internet")
    refusal = OSError("no address answers")
    for number, (family, place) in enumerate(places):
        sock = socket.socket(family, socket.SOCK_STREAM)
        # One that swallows everything must leave time for the next.
        sock.settimeout(left(deadline) / (len(places) - number))
        try:
            sock.connect(place)
        except OSError as error:
            sock.close()
            refusal = error
        else:
            return sock
    raise refusal


class _BoundedSocket:
    """What http.client needs of a socket; a timeout of its own would begin anew with each byte."""

    def __init__(self, sock: socket.socket, deadline: float, most_bytes: int) -> None:
        self.sock = sock
        self.deadline = deadline
        self.most_bytes = most_bytes

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(left(self.deadline))
        self.sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self.sock, self.deadline, self.most_bytes))

    def close(self) -> None:
        """http.client does it before it has read the page; who opened the socket closes it."""


class _BoundedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float, most_bytes: int) -> None:
        self.sock = sock
        self.deadline = deadline
        self.left = most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.left <= 0:
            raise TooMuch("more than a page")
        self.sock.settimeout(left(self.deadline))
        size = self.sock.recv_into(buffer)
        self.left -= size
        return size
