"""Visits to linked pages, on real servers of this machine, and the way into its network: shut."""

import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import ExitStack, suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import outside
from config.outside import Reach
from spaces import link_preview
from spaces.link_preview import Preview, Unreadable

PAGE = b"<title>Winter sailings</title>"
AGENT = "Rostrum (link preview)"


class Everywhere:
    """All ports: a test's server has whichever is free."""

    def __contains__(self, port):
        return True


class Server:
    """Answers every connection with `talk(connection, request)`; keeps what it was asked."""

    def __init__(self, talk, tls=None):
        self.talk = talk
        self.tls = tls
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=[connection], daemon=True).start()

    def answer(self, connection):
        with suppress(OSError), ExitStack() as stack:
            stack.enter_context(connection)
            if self.tls is not None:
                connection = stack.enter_context(self.tls.wrap_socket(connection, server_side=True))
            request = connection.recv(65_536).decode("latin-1")
            self.requests.append(request)
            self.talk(connection, request)

    def url(self, path="/", *, host="harbour.example", scheme="http"):
        return f"{scheme}://{host}:{self.port}{path}"


def response(body=PAGE, *, status="200 OK", kind="text/html; charset=utf-8", more=""):
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}\r\n"
    return head.encode() + body


@pytest.fixture
def serve():
    servers = []

    def start(talk, **options):
        """talk: bytes to send, or a function of (connection, request)."""
        if isinstance(talk, bytes):
            answer = talk

            def talk(connection, request):
                connection.sendall(answer)

        servers.append(Server(talk, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.listener.close()


def to_this_machine(host, port, within_s):
    return [(socket.AF_INET, ("127.0.0.1", port))]


def reach(**options):
    """Names lead to this machine, which is allowed: for tests about all the rest."""
    options = {"resolve": to_this_machine, "is_allowed": lambda address: True} | options
    return Reach(ports=Everywhere(), **options)


def fetch(url, **options):
    return link_preview.fetch(url, agent=AGENT, reach=reach(**options))


# --- A page ---


def test_title_of_a_page_is_read(serve):
    site = b"<meta property=og:site_name content='Harbour Times'>"
    server = serve(response(PAGE + site))

    assert fetch(server.url()) == Preview(title="Winter sailings", site="Harbour Times")


def test_page_learns_the_address_and_the_instance_and_nothing_else(serve):
    server = serve(response())

    fetch(server.url("/winter?day=2 ü#top"))

    lines = server.requests[0].split("\r\n")
    assert lines[0] == "GET /winter?day=2%20%C3%BC HTTP/1.1"
    assert sorted(line for line in lines[1:] if line) == [
        "Accept-Encoding: identity",
        "Accept: text/html",
        "Connection: close",
        f"Host: harbour.example:{server.port}",
        f"User-Agent: {AGENT}",
    ]


def test_name_of_the_instance_cannot_break_the_request(serve):
    server = serve(response())

    link_preview.fetch(server.url(), agent="Öffentlich\r\nX: 1\ud800", reach=reach())

    assert "User-Agent: ffentlichX: 1\r\n" in server.requests[0]


def test_proxies_of_the_environment_are_not_asked(serve, monkeypatch):
    server, proxy = serve(response()), serve(response(b"<title>Proxy</title>"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

    assert fetch(server.url()).title == "Winter sailings"
    assert proxy.requests == []


def test_chunked_page_is_read(serve):
    body = (
        b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (PAGE[:9], PAGE[9:]))
        + b"0\r\n\r\n"
    )
    server = serve(response(body, more="Transfer-Encoding: chunked\r\n"))

    assert fetch(server.url()).title == "Winter sailings"


def test_redirect_is_followed(serve):
    def talk(connection, request):
        is_new = request.startswith("GET /new")
        to_new = response(b"", status="301 Moved", more="Location: /new\r\n")
        connection.sendall(response() if is_new else to_new)

    assert fetch(serve(talk).url("/old")).title == "Winter sailings"


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/café?q=ü".encode(), "/caf%C3%A9?q=%C3%BC"),
        (b"/caf%C3%A9", "/caf%C3%A9"),
        ("/café".encode("latin-1"), "/caf%EF%BF%BD"),
    ],
)
def test_redirect_is_read_as_the_utf_8_that_pages_send(serve, location, asked):
    def talk(connection, request):
        to_new = b"HTTP/1.1 301 Moved\r\nLocation: " + location + b"\r\n\r\n"
        connection.sendall(to_new if request.startswith("GET /old") else response())

    server = serve(talk)
    fetch(server.url("/old"))

    assert server.requests[1].startswith(f"GET {asked} HTTP/1.1")


def test_next_address_of_a_name_is_tried_when_the_first_is_down(serve):
    server = serve(response())

    def resolve(host, port, within_s):
        return [(socket.AF_INET, ("127.0.0.2", port)), (socket.AF_INET, ("127.0.0.1", port))]

    assert fetch(server.url(), resolve=resolve).title == "Winter sailings"


# --- Where a link may not lead ---


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "localhost.", "127.1", "0x7f000001", "0x7f.1", "2130706433"),
        *("0177.0.0.1", "0.0.0.0", "0", "10.0.0.1", "169.254.169.254", "192.168.1.1"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]"),
        *("[fe80::1%25lo]", "①②⑦.⓪.⓪.①"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_own_network_is_refused_however_it_is_written(host, scheme):
    with pytest.raises(Unreadable) as refusal:
        link_preview.fetch(f"{scheme}://{host}/", agent=AGENT)

    assert "not on the open internet" in str(refusal.value) or "not known" in str(refusal.value)


def test_nothing_is_sent_to_an_address_that_is_refused(serve):
    server = serve(response())

    with pytest.raises(Unreadable, match="open internet"):
        fetch(server.url(), is_allowed=outside.is_public)

    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://harbour.example/", "file:///etc/passwd", "gopher://harbour.example:80/_x"),
        *("http:///path", "http://", "//harbour.example/", "harbour.example", ""),
        *(
            "http://me@harbour.example/",
            "http://me:secret@harbour.example/",
            "http://@harbour.example",
        ),
        *(
            "http://harbour.example:22/",
            "http://harbour.example:6379/",
            "https://harbour.example:8443",
        ),
        *("http://harbour.example:99999/", "http://harbour.example:x/", "http://[::1/"),
        *("http://\ud800.example/", "http://harbour..example/", f"http://{'a' * 64}.example/"),
        f"http://harbour.example/{'x' * 2_000}",
    ],
)
def test_address_that_no_page_has_is_unreadable(url):
    def nobody(host, port, within_s):
        raise AssertionError(f"asked for {host}")

    with pytest.raises(Unreadable):
        link_preview.fetch(url, agent=AGENT, reach=Reach(resolve=nobody))


def test_one_closed_address_among_open_ones_is_enough_to_refuse():
    def resolve(host, port, within_s):
        return [(socket.AF_INET, ("93.184.215.14", port)), (socket.AF_INET, ("10.0.0.1", port))]

    with pytest.raises(Unreadable, match="open internet"):
        link_preview.fetch("http://harbour.example/", agent=AGENT, reach=Reach(resolve=resolve))


@pytest.mark.parametrize(
    "target",
    [
        *("http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/"),
        *("http://[::ffff:10.0.0.1]/", "http://0x7f000001/", "http://2130706433/"),
        *("//127.0.0.1/", "http://me@93.184.215.14/", "ftp://93.184.215.14/", "file:///etc/passwd"),
    ],
)
def test_redirect_is_asked_where_it_leads_like_the_link_itself(serve, target):
    server = serve(response(b"", status="302 Found", more=f"Location: {target}\r\n"))

    def resolve(host, port, within_s):
        if host == "harbour.example":
            return to_this_machine(host, port, within_s)
        return outside.look_up(host, port, within_s)

    def is_allowed(address):
        # The link itself leads to the test's own server.
        return resolved.pop() if resolved else outside.is_public(address)

    resolved = [True]
    with pytest.raises(Unreadable):
        fetch(server.url(), resolve=resolve, is_allowed=is_allowed)

    assert len(server.requests) == 1


def test_name_is_resolved_once_so_that_a_second_answer_changes_nothing(serve):
    server = serve(response())
    asked = []

    def rebinding(host, port, within_s):
        asked.append(host)
        return [(socket.AF_INET, ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", port))]

    fetch(server.url(), resolve=rebinding, is_allowed=lambda a: str(a) == "127.0.0.1")

    assert asked == ["harbour.example"]


# --- What a page may not do ---


@pytest.mark.parametrize(
    "answer",
    [
        response(kind="application/pdf"),
        response(kind="text/plain"),
        response(kind=""),
        response(gzip.compress(PAGE), more="Content-Encoding: gzip\r\n"),
        response(PAGE, more="Content-Encoding: br\r\n"),
        response(status="404 Not Found"),
        response(status="204 No Content"),
        response(b"", status="302 Found"),
        response(b"", status="302 Found", more="Location: /\r\n"),
        response(more="X: " + "x" * 70_000 + "\r\n"),
        response(more="X: x\r\n" * 200),
        response(b"zz\r\n", more="Transfer-Encoding: chunked\r\n"),
        response(b"1;" + b"x" * 60_000 + b"\r\nx\r\n" * 20, more="Transfer-Encoding: chunked\r\n"),
        b"HTTP/1.1 100 Continue\r\n\r\n" * 40_000,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_what_is_no_page_is_unreadable(serve, answer):
    with pytest.raises(Unreadable):
        fetch(serve(answer).url())


@pytest.mark.parametrize(
    ("answer", "is_worth_another_try"),
    [
        (response(status="503 Busy"), True),
        (b"", True),
        (response(status="404 Not Found"), False),
        (response(kind="image/png"), False),
    ],
)
def test_only_what_may_pass_is_worth_another_try(serve, answer, is_worth_another_try):
    with pytest.raises(Unreadable) as refusal:
        fetch(serve(answer).url())

    assert refusal.value.retryable == is_worth_another_try


def test_redirects_come_to_an_end(serve):
    server = serve(response(b"", status="302 Found", more="Location: /again\r\n"))

    with pytest.raises(Unreadable, match="on and on"):
        fetch(server.url())

    assert len(server.requests) == link_preview.MAX_REDIRECTS + 1


def test_endless_page_is_read_to_its_limit_and_left(serve):
    gone = threading.Event()

    def talk(connection, request):
        connection.sendall(response())
        try:
            while True:
                connection.sendall(b"x" * 65_536)
        except OSError:
            gone.set()

    assert fetch(serve(talk).url()).title == "Winter sailings"
    assert gone.wait(10)


@pytest.mark.parametrize("where", ["head", "body", "handshake", "nothing"])
def test_page_that_drips_is_left_at_the_deadline(serve, monkeypatch, where):
    """Each byte comes soon enough; all together would take hours."""
    monkeypatch.setattr(link_preview, "WITHIN_S", 0.5)

    def talk(connection, request):
        start = {"head": b"HTTP/1.1 200 OK\r\nX: ", "body": response()}.get(where, b"")
        connection.sendall(start)
        while where != "nothing":
            connection.sendall(b"x")
            time.sleep(0.05)

    scheme = "https" if where == "handshake" else "http"
    began = time.monotonic()
    with pytest.raises(Unreadable):
        fetch(serve(talk).url(scheme=scheme))

    assert time.monotonic() - began < 5


def test_resolver_that_does_not_answer_is_left_at_the_deadline(monkeypatch):
    monkeypatch.setattr(link_preview, "WITHIN_S", 0.2)
    answered = threading.Event()
    monkeypatch.setattr(outside.socket, "getaddrinfo", lambda *a, **k: answered.wait(30))

    with pytest.raises(Unreadable, match="not resolved in time") as refusal:
        link_preview.fetch("http://harbour.example/", agent=AGENT)

    answered.set()
    assert refusal.value.retryable


# --- https ---


def certificate(folder, *names):
    """A self-signed one for these names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.PKCS8
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(pem, private, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    return path


@pytest.fixture
def secure(serve, tmp_path):
    """A server with a certificate for harbour.example; (server, context that trusts it)."""
    path = certificate(tmp_path, "harbour.example")
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(path)
    return serve(response(), tls=own), lambda: ssl.create_default_context(cafile=path)


def test_certificate_is_checked_against_the_name_not_the_address(secure):
    server, trusting = secure

    assert fetch(server.url(scheme="https"), tls=trusting).title == "Winter sailings"


def test_certificate_of_another_name_is_refused_for_good(secure):
    server, trusting = secure

    with pytest.raises(Unreadable, match="Hostname mismatch") as refusal:
        fetch(server.url(scheme="https", host="other.example"), tls=trusting)

    assert not refusal.value.retryable
    assert server.requests == []


def test_certificate_that_nobody_vouches_for_is_refused(secure):
    server, _ = secure

    with pytest.raises(Unreadable, match="CERTIFICATE_VERIFY_FAILED"):
        fetch(server.url(scheme="https"))


# --- Anything at all ---


@pytest.fixture
def parrot(serve):
    """Says whatever `parrot.words` are."""

    def talk(connection, request):
        connection.sendall(server.words)

    server = serve(talk)
    return server


HEADS = st.sampled_from(
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 302 Found\r\nLocation: ", response(b"")]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(HEADS, st.binary())
def test_any_bytes_for_an_answer_are_a_page_or_unreadable(parrot, head, words):
    parrot.words = head + words
    only_here = reach(is_allowed=lambda address: address == ipaddress.ip_address("127.0.0.1"))

    with suppress(Unreadable):
        link_preview.fetch(parrot.url(), agent=AGENT, reach=only_here)


@given(st.text() | st.text().map("http://{}".format) | st.text().map("http://x.example/{}".format))
def test_any_text_for_an_address_is_unreadable_when_nobody_is_there(url):
    def nobody(host, port, within_s):
        raise OSError("nobody")

    with pytest.raises(Unreadable):
        link_preview.fetch(url, agent=AGENT, reach=reach(resolve=nobody))
