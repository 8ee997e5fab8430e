"""What a page says of itself, and which addresses are of the open internet."""

import ipaddress
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.outside import is_public
from spaces.link_preview import MAX_BYTES, TITLE_LENGTH, Unreadable, read

# --- Addresses ---


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00::1"])
def test_address_of_the_open_internet_is_public(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "127.0.0.1", "127.9.9.9", "100.64.0.1"),
        *("169.254.169.254", "172.16.0.1", "192.0.0.192", "192.168.1.1", "198.18.0.1"),
        *("192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "192.88.99.1", "168.63.129.16"),
        *("::", "::1", "::7f00:1", "fe80::1", "fe80::1%2", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("fec0::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1"),
    ],
)
def test_address_of_somebodys_own_network_is_not(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1"),
        *("64:ff9b::169.254.169.254", "64:ff9b:1::1", "2002:0a00:0001::", "2001:0:1::1"),
    ],
)
def test_ipv4_address_wrapped_in_another_is_not(address):
    assert not is_public(ipaddress.ip_address(address))


def test_public_address_behind_nat64_is_public():
    assert is_public(ipaddress.ip_address("64:ff9b::1.1.1.1"))


# --- Titles ---


def title(body, content_type="text/html"):
    return read(body if isinstance(body, bytes) else body.encode(), content_type=content_type).title


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<title>Winter sailings</title>", "Winter sailings"),
        ("<TITLE\nlang=en>Winter\n  sailings</TITLE>", "Winter sailings"),
        ("<title>Fish &amp; chips &#x1F41F;</title>", "Fish & chips 🐟"),
        ("<meta property=og:title content=Sailings><title>Page</title>", "Sailings"),
        ("<title>Page</title><meta content='Sail & on' property='og:title'>", "Sail & on"),
        ("<meta name='og:title' content=''><title>Page</title>", "Page"),
        ("<!-- <title>No</title> --><title>Yes</title>", "Yes"),
        ("<script>'<title>No</title>'</script><title>Yes</title>", "Yes"),
        ("<title>First</title><svg><title>Second</title></svg>", "First"),
        ("<title>a\u202eb\u2066c\x00d</title>", "abcd"),
        ("<titles>No</titles><title>Yes</title>", "Yes"),
    ],
)
def test_title_is_read(body, expected):
    assert title(body) == expected


@pytest.mark.parametrize(
    "body", ["", "<p>Words", "<title></title>", "<title>\u200f </title>", "<title>cut off"]
)
def test_page_without_a_title_is_unreadable(body):
    with pytest.raises(Unreadable):
        title(body)


def test_long_title_is_cut_with_a_sign():
    cut = title(f"<title>{'word ' * 100}</title>")

    assert len(cut) <= TITLE_LENGTH
    assert cut.endswith("word…")


def test_site_is_what_the_page_calls_it():
    page = b"<title>Sailings</title><meta property='og:site_name' content='Harbour Times'>"

    assert read(page, content_type="text/html").site == "Harbour Times"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>Fähre</title>".encode(), "text/html"),
        ("<title>Fähre</title>".encode("utf-8-sig"), "text/html; charset=latin-1"),
        ("<title>Fähre</title>".encode("latin-1"), 'text/html; charset="ISO-8859-1"'),
        ("<meta charset=windows-1252><title>Fähre</title>".encode("cp1252"), "text/html"),
        ("<title>Fähre</title>".encode("utf-16"), "text/html;charset=utf-16"),
    ],
)
def test_title_is_read_in_the_pages_own_charset(body, content_type):
    assert title(body, content_type) == "Fähre"


@pytest.mark.parametrize("charset", ["nonsense", "punycode", "unicode_escape", "zlib", "utf-16x"])
def test_charset_that_no_page_has_is_taken_for_utf_8(charset):
    assert title("<title>Fähre</title>", f"text/html; charset={charset}") == "Fähre"


PIECES = st.sampled_from(
    [
        *(
            b"<title>",
            b"</title>",
            b"<meta ",
            b"property=og:title ",
            b"content='",
            b"'",
            b'"',
            b">",
        ),
        *(b"<!--", b"-->", b"<script>", b"</script>", b"&#", b"x", b"\xff", b"\x00", b"= "),
    ]
)


@given(
    st.binary() | st.lists(PIECES).map(b"".join),
    st.text() | st.sampled_from(["text/html; charset=utf-16", "text/html; charset=gb18030"]),
)
def test_any_bytes_are_a_page_or_unreadable(body, content_type):
    try:
        preview = read(body, content_type=content_type)
    except Unreadable:
        return
    assert 0 < len(preview.title) <= TITLE_LENGTH
    assert "\x00" not in preview.title + preview.site


@pytest.mark.parametrize(
    "piece",
    [
        *("<", "<!--", "<a ", "</", "<title ", "<title>", "<script>", "<script></"),
        *("<meta ", '<meta a="', "<meta a='\"", "<meta a = ", "<meta" + " " * 40, "&#"),
    ],
)
def test_page_made_to_be_slow_is_not(piece):
    """The standard library's parser takes a minute for some of these."""
    began = time.process_time()

    with pytest.raises(Unreadable):
        title(piece * (MAX_BYTES // len(piece)))

    assert time.process_time() - began < 5
