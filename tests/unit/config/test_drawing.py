"""What is drawn once is right for everybody who is shown it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from accounts.faces import Face
from config import drawing
from spaces.templatetags.rows import Row

FACE = Face("hana", "5f0c", "Hana Ito", "HI", 3, "", is_followed=False)


def person(**facts):
    return drawing.once("components/_person.html", **{"person": FACE, "note": ""} | facts)


def announced():
    space = Row(
        "00000000-0000-4000-8000-000000000000",
        "Ferries",
        "public",
        FACE,
        datetime(2026, 11, 30, 23, 30, tzinfo=UTC),
    )
    return drawing.once("spaces/_announced.html", space=space)


@pytest.fixture(autouse=True)
def _nothing_drawn():
    drawing._once.cache_clear()


def test_part_is_drawn_once_for_the_same_facts():
    assert person() is person()


def test_part_is_drawn_anew_for_other_facts():
    assert "Hana Ito" in person()
    assert "Lena" in person(person=FACE._replace(display_name="Lena"))


def test_text_is_escaped_although_it_was_drawn_as_safe_before():
    assert "<i>host</i>" in person(note=SafeString("<i>host</i>"))
    assert "&lt;i&gt;host&lt;/i&gt;" in person(note="<i>host</i>")


def test_part_is_drawn_for_each_language_and_time_zone():
    with translation.override("en"), timezone.override(ZoneInfo("UTC")):
        assert "Monday, 30 November" in announced()
    with translation.override("en"), timezone.override(ZoneInfo("Asia/Tokyo")):
        assert "Tuesday, 1 December" in announced()
    with translation.override("de"), timezone.override(ZoneInfo("UTC")):
        assert "Montag" in announced()


def test_form_has_the_token_of_the_page_it_is_on():
    tokens = ("first-token", "second-token")
    forms = [
        drawing.once_with_token("accounts/_follow_button.html", token, person=FACE)
        for token in tokens
    ]

    for token, form in zip(tokens, forms, strict=True):
        assert f'value="{token}"' in form
        assert drawing._TOKEN not in form
