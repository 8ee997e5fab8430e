"""From the announcement to the room, on two pages."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from icalendar import Calendar
from playwright.sync_api import expect

from spaces.models import Space
from tests.factories import make_host, make_scheduled, make_user

pytestmark = pytest.mark.browser


def test_waiting_page_becomes_the_room_when_the_host_starts(people):
    space = make_scheduled(make_host(), scheduled_for=timezone.now() + timedelta(minutes=9))
    waiting, host = people.visit(), people.visit("hana")
    waiting.goto(space.get_absolute_url())
    expect(waiting.get_by_role("timer")).to_contain_text("seconds")

    host.goto(space.get_absolute_url())
    host.get_by_role("button", name="Start the Space").click()

    expect(host.locator("#gate")).to_be_visible()
    expect(waiting.locator("#gate")).to_be_visible(timeout=10_000)


def test_time_is_asked_for_only_when_it_starts_later(people):
    make_host()
    page = people.visit("hana")
    page.goto("/spaces/start/")
    expect(page.get_by_label("Day and time")).to_be_hidden()

    page.get_by_label("What is it about?").fill("Night trains")
    page.get_by_label("Later").check(force=True)
    moment = page.evaluate(
        """() => {
          const at = new Date(Date.now() + 3 * 24 * 60 * 60 * 1000);
          at.setMinutes(at.getMinutes() - at.getTimezoneOffset());
          return at.toISOString().slice(0, 16);
        }"""
    )
    page.get_by_label("Day and time").fill(moment)
    expect(page.locator("[data-mic-check]")).to_be_hidden()
    page.get_by_role("button", name="Announce the Space").click()

    expect(page.get_by_role("heading", name="Night trains")).to_be_visible()
    expect(page.get_by_role("timer")).to_contain_text("days")


# Neither changes its clocks.
TOKYO, BOGOTA = "Asia/Tokyo", "America/Bogota"


def wall(days, time):
    """So many days from now in Tokyo, as a form has it."""
    day = timezone.now().astimezone(ZoneInfo(TOKYO)) + timedelta(days=days)
    return f"{day:%Y-%m-%d}T{time}"


def by_the_clock_of(page):
    return page.locator(".poster-date time.num")


def event_of(page):
    """The file of the announcement, downloaded and read."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to calendar").click()
    (event,) = Calendar.from_ical(Path(download.value.path()).read_bytes()).events
    return event


def test_announced_in_tokyo_read_in_bogota_moved_and_cancelled(people):
    make_host()
    announced, moved = wall(3, "21:30"), wall(5, "22:45")
    host = people.visit("hana", timezone_id=TOKYO)
    # The first page tells the server which clock it is.
    host.goto("/")
    host.goto("/spaces/start/")
    host.get_by_label("What is it about?").fill("Night trains, and boats")
    host.get_by_label("Later").check(force=True)
    host.get_by_label("Day and time").fill(announced)
    host.get_by_role("button", name="Announce the Space").click()
    expect(by_the_clock_of(host)).to_contain_text(re.compile("21:30|9:30"))
    address = host.url

    reader = people.visit(timezone_id=BOGOTA, locale="en-GB", accept_downloads=True)
    reader.goto(address)
    expect(by_the_clock_of(reader)).to_have_text("07:30")
    expect(reader.locator("[data-zone]")).to_have_text(BOGOTA)
    first = event_of(reader)
    assert str(first["SUMMARY"]) == "Night trains, and boats"
    assert first.start == Space.objects.get().scheduled_for

    # Moved while the reader looks.
    before = reader.get_by_role("timer").get_attribute("data-count-down")
    host.get_by_role("link", name="Edit or move").click()
    expect(host.get_by_label("Day and time")).to_have_value(announced)
    host.get_by_label("What is it about?").fill("Night trains")
    host.get_by_label("Day and time").fill(moved)
    host.get_by_role("button", name="Save").click()
    expect(host.get_by_role("heading", name="Night trains")).to_be_visible()

    expect(by_the_clock_of(reader)).to_have_text("08:45", timeout=10_000)
    expect(reader.get_by_text("Moved from")).to_contain_text("07:30")
    assert reader.get_by_role("timer").get_attribute("data-count-down") != before
    second = event_of(reader)
    assert second["UID"] == first["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert second.start == Space.objects.get().scheduled_for

    host.get_by_role("button", name="Cancel the Space").click()

    expect(reader.get_by_text("will not take place")).to_be_visible(timeout=10_000)


def test_lists_of_what_comes_up_follow_the_programme(people):
    hana = make_host()
    make_scheduled(hana, title="Tides", scheduled_for=timezone.now() + timedelta(days=2))
    make_user("lena")
    reader = people.visit("lena")
    reader.goto("/")
    titles = reader.locator("#coming-up [data-upcoming] h3")
    expect(titles).to_have_text(["Tides"])

    host = people.visit("hana")
    host.goto("/spaces/start/")
    host.get_by_label("What is it about?").fill("Night trains")
    host.get_by_label("Later").check(force=True)
    tomorrow = timezone.now().astimezone(ZoneInfo("UTC")) + timedelta(days=1)
    host.get_by_label("Day and time").fill(f"{tomorrow:%Y-%m-%dT%H:%M}")
    host.get_by_role("button", name="Announce the Space").click()
    expect(titles).to_have_text(["Night trains", "Tides"])

    # What is taken anew works as what came with the page.
    reader.get_by_role("button", name="Remind me: Night trains").click()
    expect(reader.get_by_role("button", name="Remind me: Night trains")).to_have_attribute(
        "aria-pressed", "true"
    )

    host.get_by_role("button", name="Cancel the Space").click()
    expect(titles).to_have_text(["Tides"])


def test_secret_address_is_made_and_copied(people, stack):
    make_user("lena")
    page = people.visit("lena", permissions=["clipboard-read", "clipboard-write"])
    page.goto("/settings/calendar/")
    page.get_by_role("button", name="Make an address").click()

    page.get_by_role("button", name="Copy address").click()

    expect(page.get_by_text("The address is copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_label("Secret address").input_value()
    assert page.request.get(copied).status == 200
