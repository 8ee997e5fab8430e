"""Reading what Django's file backend wrote."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import mailbox

LETTER = b"""\
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit
Subject: Confirm your address
From: us@example.org
To: nora@example.org
Date: Mon, 02 Jun 2025 10:11:12 -0000

Gr\xc3\xbc\xc3\x9fe
"""
SEPARATOR = b"-" * 79 + b"\n"


@pytest.fixture
def read(tmp_path):
    def write_and_read(content, name="20250602-101112-1.log"):
        (tmp_path / name).write_bytes(content)
        return mailbox.message(tmp_path, name)

    return write_and_read


def test_letter_is_read(read):
    letter = read(LETTER + SEPARATOR)

    assert (letter.subject, letter.to) == ("Confirm your address", "nora@example.org")
    assert letter.sent_at.astimezone(UTC) == datetime(2025, 6, 2, 10, 11, 12, tzinfo=UTC)
    assert letter.text.strip() == "Grüße"


def test_encoded_subject_is_decoded(read):
    letter = read(LETTER.replace(b"Confirm your address", b"=?utf-8?q?Gr=C3=BC=C3=9Fe?="))

    assert letter.subject == "Grüße"


def test_plain_part_is_read_of_a_letter_with_two(read):
    content = (
        b"Subject: Two\nContent-Type: multipart/alternative; boundary=X\n\n"
        b"--X\nContent-Type: text/html\n\n<p>rich</p>\n"
        b"--X\nContent-Type: text/plain\n\nplain\n--X--\n"
    )

    assert read(content).text.strip() == "plain"


@pytest.mark.parametrize("date", [b"yesterday", b"Mon, 99 Jun 2025 10:11:12 -0000", b""])
def test_letter_without_a_readable_date_has_none(read, date):
    letter = read(LETTER.replace(b"Mon, 02 Jun 2025 10:11:12 -0000", date))

    assert (letter.subject, letter.sent_at) == ("Confirm your address", None)


def test_letter_in_an_unknown_charset_is_left_out(read):
    assert read(LETTER.replace(b'"utf-8"', b'"no-such-charset"')) is None


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_any_bytes_are_read_or_left_out(read, content):
    assert isinstance(read(content), mailbox.Message | None)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.sampled_from(["Date", "To", "Subject", "Content-Type", "Content-Transfer-Encoding"]),
    value=st.binary(max_size=60),
)
def test_any_header_is_read_or_left_out(read, header, value):
    content = header.encode() + b": " + value.replace(b"\n", b" ") + b"\n\nbody\n"

    assert isinstance(read(content), mailbox.Message | None)


@pytest.mark.parametrize("name", ["../secret.log", "a/b.log", ".log", "letter.txt", "x.log\n", ""])
def test_name_that_is_not_a_letters_is_not_opened(tmp_path, name):
    assert mailbox.message(tmp_path, name) is None


def test_newest_letters_come_first_and_no_more_than_are_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(mailbox, "LISTED", 2)
    for day in ("20250601", "20250603", "20250602"):
        (tmp_path / f"{day}-101112-1.log").write_bytes(LETTER)

    names = [letter.name for letter in mailbox.messages(tmp_path)]

    assert names == ["20250603-101112-1.log", "20250602-101112-1.log"]


def test_folder_that_does_not_exist_has_no_letters(tmp_path):
    assert mailbox.messages(tmp_path / "missing") == []


def test_letter_deleted_meanwhile_is_left_out(tmp_path):
    (tmp_path / "gone.log").symlink_to(tmp_path / "nowhere")

    assert mailbox.messages(tmp_path) == []
