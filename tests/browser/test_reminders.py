"""Being reminded: asked for on the page; told when the host starts, moves it or stays away."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Notification, User
from spaces import tasks
from spaces.models import Bulletin, Space
from tests.factories import make_host, make_reminder, make_scheduled, make_user

pytestmark = pytest.mark.browser

MINUTE = timedelta(minutes=1)


def kinds_told_to(handle):
    notes = Notification.objects.filter(recipient__handle=handle).order_by("pk")
    return list(notes.values_list("kind", flat=True))


def sweep():
    """What would come by the clock, of changes too."""
    Bulletin.objects.waiting().filter(kind__in=["moved", "cancelled"]).update(
        due_at=timezone.now() - MINUTE
    )
    tasks.cancel_overdue()
    tasks.send_reminders()


@pytest.fixture
def space(stack):
    make_user("lena")
    return make_scheduled(make_host(), scheduled_for=timezone.now() + 9 * MINUTE)


def test_lena_asks_thinks_better_of_it_and_takes_that_back(people, space):
    page = people.visit("lena")
    page.goto(space.get_absolute_url())

    page.get_by_role("button", name="Remind me").click()
    page.get_by_role("button", name="Also 10 minutes before").click()
    expect(page.get_by_role("button", name="Also 10 minutes before")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_text("1 person wants to be reminded.")).to_be_visible()
    page.get_by_role("button", name="You will be reminded").click()
    expect(page.get_by_role("button", name="Remind me")).to_be_visible()
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("button", name="You will be reminded")).to_be_visible()
    assert space.reminders.get().wants_early


def test_bell_of_a_row_reminds_without_leaving_the_list(people, space):
    page = people.visit("lena")
    page.goto("/upcoming/")

    bell = page.get_by_role("button", name="Remind me")
    bell.click()

    expect(bell).to_have_attribute("aria-pressed", "true")
    assert space.reminders.filter(user__handle="lena").exists()
    assert page.url.endswith("/upcoming/")


def test_lena_is_told_when_the_host_starts_and_comes_in_by_that(people, space):
    listener, host = people.visit("lena"), people.visit("hana")
    listener.goto(space.get_absolute_url())
    listener.get_by_role("button", name="Remind me").click()
    expect(listener.get_by_role("button", name="You will be reminded")).to_be_visible()

    host.goto(space.get_absolute_url())
    expect(host.get_by_text("1 person wants to be reminded.")).to_be_visible()
    host.get_by_role("button", name="Start the Space").click()
    expect(host.locator("#gate")).to_be_visible()
    # Her page becomes that of the live Space by itself: until then it would take her back.
    expect(listener.locator("#gate")).to_be_visible(timeout=10_000)
    sweep()

    listener.goto("/notifications/")
    line = listener.get_by_role("listitem").filter(has_text="You asked to be reminded")
    expect(line).to_contain_text("is live")
    line.get_by_role("link", name="Listen").click()
    expect(listener.locator("#gate")).to_be_visible()
    assert kinds_told_to("lena") == ["started"]


def test_lena_is_told_that_it_is_off_and_the_page_says_so(people, space):
    make_reminder(space, User.objects.get(handle="lena"))
    host = people.visit("hana")
    host.goto(space.get_absolute_url())

    host.get_by_role("button", name="Cancel the Space").click()
    expect(host.get_by_text("will not take place")).to_be_visible()
    sweep()

    assert kinds_told_to("lena") == ["cancelled"]


def test_lena_is_told_the_new_time(people, space):
    make_reminder(space, User.objects.get(handle="lena"))
    host = people.visit("hana", timezone_id="UTC")
    host.goto("/")
    host.goto(f"{space.get_absolute_url()}edit/")

    host.get_by_label("Day and time").fill(f"{timezone.now() + timedelta(days=2):%Y-%m-%dT19:30}")
    host.get_by_role("button", name="Save").click()
    expect(host.get_by_text("Moved from")).to_be_visible()
    sweep()

    note = Notification.objects.get(recipient__handle="lena")
    assert (note.kind, note.speaks_of) == ("moved", Space.objects.get().scheduled_for)


def test_host_who_never_comes_is_waited_for_and_then_it_is_off(people, space):
    make_reminder(space, User.objects.get(handle="lena"))
    page = people.visit("lena")
    Space.objects.update(scheduled_for=timezone.now() - 5 * MINUTE)
    page.goto(space.get_absolute_url())
    expect(page.get_by_text("It is time. Waiting for Hana")).to_be_visible()

    Space.objects.update(scheduled_for=timezone.now() - 16 * MINUTE)
    sweep()

    # The page is told, and looks again.
    expect(page.get_by_text("did not come, and it was called off")).to_be_visible(timeout=15_000)
    assert kinds_told_to("lena") == ["no_show"]
    assert kinds_told_to("hana") == ["host_no_show"]
