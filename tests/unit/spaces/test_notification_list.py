"""Sentences of the page of notifications: whatever people call themselves stays text."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from accounts.models import Notification, User
from accounts.notifications import KINDS
from spaces import notification_list
from spaces.models import Space

MOMENT = datetime(2026, 11, 26, 19, 30, tzinfo=UTC)
OURS = re.compile(r'</?(?:b|bdi|a|time)(?: (?:href|datetime|data-style)="[^"<>]*")*>')


def row(kind, *, name="Hana", title="The price of a book", **fields):
    space = Space(title=title, host=User(handle="hana", name=name))
    fields = {"created_at": MOMENT, "speaks_of": MOMENT} | fields
    return Notification(kind=kind.name, actor=User(name=name), space=space, **fields)


SIGNS = st.text(alphabet="<>&\"'a=%(){} ", min_size=1).filter(str.strip)


@example_settings(deadline=None)
@given(
    kind=st.sampled_from(list(KINDS.values())),
    name=SIGNS,
    title=SIGNS,
    holds=st.booleans(),
    others=st.integers(0, 3),
)
def test_no_name_or_title_writes_html(kind, name, title, holds, others):
    told = row(kind, name=name, title=title)
    told.others = others

    text = OURS.sub("", notification_list.sentence_of(told, kind, holds=holds))

    assert not {"<", ">", '"'} & set(text)


def test_sentence_names_the_person_and_leads_to_the_space():
    told = row(KINDS["live"])

    sentence = notification_list.sentence_of(told, KINDS["live"])

    url = told.space.get_absolute_url()
    assert sentence == (
        f'<b><bdi>Hana</bdi></b> is live: <a href="{url}"><bdi>The price of a book</bdi></a>'
    )


def test_sentence_of_many_says_how_many_more():
    told = row(KINDS["followed"])
    told.others = 3

    sentence = notification_list.sentence_of(told, KINDS["followed"])

    assert "</b> and 3 others follow you" in sentence


def test_sentence_without_an_actor_names_the_host():
    told = row(KINDS["no_show"])
    told.actor = None

    assert "<bdi>Hana</bdi></b> did not come" in notification_list.sentence_of(
        told, KINDS["no_show"]
    )


@pytest.mark.parametrize(
    ("ago", "heading"),
    [(0, "Today"), (1, "This week"), (6, "This week"), (7, "Earlier"), (400, "Earlier")],
)
def test_sections_go_by_the_readers_day(ago, heading):
    with timezone.override("Asia/Tokyo"):
        told = row(KINDS["live"], created_at=MOMENT - timedelta(days=ago))
        line = notification_list.Line(row=told, kind=KINDS["live"], sentence="", person=None)

        # It is the 27th there already.
        (section,) = notification_list._sections([line], datetime(2026, 11, 27).date())  # noqa: DTZ001

    assert str(section.heading) == heading


@pytest.mark.parametrize(
    "text", ["", "-", "x-1", "1-", "1-x", "²-1", "9" * 40 + "-1", "1-" + "9" * 40]
)
def test_cursor_that_is_none_is_the_first_page(text):
    assert notification_list._read_cursor(text) is None


@given(st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_cursor_keeps_the_microsecond(moment):
    told = Notification(pk=7, created_at=moment)

    assert notification_list._read_cursor(notification_list._write_cursor(told)) == (moment, 7)
