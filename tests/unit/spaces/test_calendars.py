"""What calendar programs are given, read back as they would."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from accounts.models import User
from spaces import calendars
from spaces.models import Space

ORIGIN = "https://rostrum.example"
MOMENT = datetime(2026, 12, 3, 19, 0, tzinfo=UTC)


def announced(*, name="Hana", **fields):
    fields = {
        "title": "The price of a book",
        "state": Space.State.SCHEDULED,
        "scheduled_for": MOMENT,
        "announced_at": MOMENT - timedelta(days=2),
        "version": 4,
        "host": User(handle="hana", name=name),
    } | fields
    return Space(**fields)


def read(*spaces, **options):
    return Calendar.from_ical(calendars.draw(spaces, origin=ORIGIN, **options))


def event_of(announcement):
    (event,) = read(announcement).events
    return event


def test_event_says_what_when_where_and_who():
    space = announced()

    event = event_of(space)

    assert event["SUMMARY"] == "The price of a book"
    assert (event.start, event.end) == (MOMENT, MOMENT + timedelta(hours=1))
    assert event["URL"] == ORIGIN + space.get_absolute_url()
    assert event["LOCATION"] == event["URL"]
    assert event["ORGANIZER"] == f"{ORIGIN}/@hana"
    assert event["ORGANIZER"].params["CN"] == "Hana"
    assert event["UID"] == str(space.public_id)


def test_times_are_told_in_utc_and_need_no_zone():
    content = calendars.draw([announced()], origin=ORIGIN).decode()

    assert "DTSTART:20261203T190000Z" in content
    assert "VTIMEZONE" not in content
    assert "TZID" not in content


def test_nobodys_mailbox_is_in_it():
    content = calendars.draw([announced()], origin=ORIGIN).decode().lower()

    assert "mailto" not in content


def test_change_is_told_by_number_and_time():
    event = event_of(announced(version=7))

    assert event["SEQUENCE"] == 7
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == MOMENT - timedelta(days=2)


def test_alarm_rings_ten_minutes_before():
    (alarm,) = event_of(announced()).walk("VALARM")

    assert alarm["ACTION"] == "DISPLAY"
    assert alarm["TRIGGER"].dt == timedelta(minutes=-10)
    assert alarm["DESCRIPTION"] == "The price of a book"


@pytest.mark.parametrize(
    ("state", "status", "alarms"),
    [
        (Space.State.SCHEDULED, "CONFIRMED", 1),
        (Space.State.LIVE, "CONFIRMED", 1),
        (Space.State.CANCELLED, "CANCELLED", 0),
    ],
)
def test_cancelled_one_says_so_and_rings_no_more(state, status, alarms):
    event = event_of(announced(state=state))

    assert event["STATUS"] == status
    assert len(event.walk("VALARM")) == alarms


@pytest.mark.parametrize(("visibility", "shown"), [("public", "PUBLIC"), ("invited", "PRIVATE")])
def test_private_space_is_a_private_event(visibility, shown):
    assert event_of(announced(visibility=visibility))["CLASS"] == shown


def test_feed_has_a_name_and_says_when_to_look_again():
    lines = calendars.draw([announced()], origin=ORIGIN, name="Hana, on Rostrum").splitlines()

    assert {rb"NAME:Hana\, on Rostrum", rb"X-WR-CALNAME:Hana\, on Rostrum"} <= set(lines)
    assert {b"REFRESH-INTERVAL;VALUE=DURATION:PT1H", b"X-PUBLISHED-TTL:PT1H"} <= set(lines)


def test_empty_feed_is_a_calendar_too():
    assert read(name="Nobody").events == []


ODD = [
    "Books, prices; and \\ all: of it",
    "One line\nand another\r\nEND:VEVENT",
    "The 📚 price 👩‍👩‍👧",
    "سعر الكتاب، ولماذا؟",
    "‏מחיר ספר‏",
    'He said "no" ^n ^^',
    "é" * 70,
    "\x00\x0b\x7f bare",
]


@pytest.mark.parametrize("text", ODD)
def test_any_sign_comes_through_in_one_line(text):
    event = event_of(announced(title=text, name=text))

    assert event["SUMMARY"] == calendars.one_line(text)
    assert event["ORGANIZER"].params["CN"] == calendars.one_line(text)


# What forms let through, and what they do not.
@given(title=st.text(max_size=70), name=st.text(max_size=50))
def test_no_title_or_name_breaks_the_file(title, name):
    content = calendars.draw([announced(title=title, name=name)], origin=ORIGIN, name=name)
    (event,) = Calendar.from_ical(content).events

    assert event["SUMMARY"] == calendars.one_line(title)
    assert event["DESCRIPTION"].endswith(event["URL"])
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


@pytest.mark.parametrize(
    "change",
    [{"version": 5}, {"name": "Hana L."}, {"host": User(handle="hana_l")}],
    ids=["version", "name", "handle"],
)
def test_tag_changes_with_what_is_told(change):
    space, other = announced(), announced(**change)
    other.public_id = space.public_id

    tags = {calendars.etag([each], origin=ORIGIN) for each in (space, other)}

    assert len(tags) == 2


def test_tag_of_the_same_is_the_same():
    space = announced()

    assert calendars.etag([space], origin=ORIGIN) == calendars.etag([space], origin=ORIGIN)
