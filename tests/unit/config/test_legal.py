"""Terms as an operator types them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.legal import Block, blocks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\n ", []),
        ("One\ntwo\n\nthree", [Block("One\ntwo"), Block("three")]),
        ("One\r\n \r\ntwo", [Block("One"), Block("two")]),
        ("# Who\nWe.", [Block("Who", is_heading=True), Block("We.")]),
        ("We.\n## Who", [Block("We."), Block("Who", is_heading=True)]),
        ("#", []),
    ],
)
def test_text_becomes_headings_and_paragraphs(text, expected):
    assert blocks(text) == expected


@given(text=st.text("a# \n"))
def test_every_word_is_kept(text):
    kept = " ".join(block.text for block in blocks(text))

    assert kept.count("a") == text.count("a")
