"""Links in what people write of themselves: nothing else of it changes."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import bio

PIECES = [
    "https://example.org/a?b=1&c=2",
    "http://",
    "@hana",
    "@",
    "<b>",
    '"',
    "'",
    "&amp;",
    ".",
    " ",
]
texts = st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
LINK = re.compile(r'<a href="([^"<>]*)"(?: rel="nofollow ugc noopener")?>([^<>]*)</a>')


def addresses(text):
    return [html.unescape(address) for address, _ in LINK.findall(bio.linked(text))]


# The first link of a run reads every address of the site.
@settings(deadline=None)
@given(text=texts)
def test_any_text_reads_as_it_was_written(text):
    assert html.unescape(LINK.sub(r"\2", bio.linked(text))) == text


@settings(deadline=None)
@given(text=texts)
def test_nothing_but_links_is_html(text):
    assert not re.search(r"[<>\"]", LINK.sub("", bio.linked(text)))


@settings(deadline=None)
@given(text=texts)
def test_links_lead_to_the_web_and_to_people_only(text):
    assert all(re.match(r"https?://|/@\w", address) for address in addresses(text))


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://example.org/ferries.", ["https://example.org/ferries"]),
        ("(https://example.org)", ["https://example.org"]),
        ("https://example.org/?a=1&b=2", ["https://example.org/?a=1&b=2"]),
        ("With @Hana_L, @sami.", ["/@Hana_L", "/@sami"]),
        ("lena@example.org", []),
        ("javascript:alert(1)", []),
        ("https://", []),
        ("@ab", []),
        (f"@{'x' * 31}", []),
    ],
)
def test_addresses_and_handles_become_links(text, links):
    assert addresses(text) == links


def test_links_out_tell_search_engines_nothing():
    assert 'rel="nofollow ugc noopener"' in bio.linked("https://example.org")
