"""What a newcomer finds in demo mode."""

import pytest
from django.core.management import CommandError, call_command

from accounts import suggestions
from accounts.apart import Apart
from accounts.eligibility import hosting
from accounts.models import User
from spaces.models import Space, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, tmp_path):
    settings.DEMO = True
    settings.VAR_DIR = tmp_path
    for name in ("Coast", "Local", "Transport"):
        Topic.objects.get_or_create(slug=name.lower(), defaults={"name": name})


def test_one_space_is_live_and_its_host_is_heard(demo):
    call_command("seed_demo")

    host = Space.objects.live().get().participants.get()
    assert (host.user.handle, host.microphone) == ("hana", "open")


def test_people_are_on_both_sides_of_the_bar(demo):
    call_command("seed_demo")

    allowed = {
        handle: hosting(User.objects.by_handle(handle).get()).allowed
        for handle in ("hana", "sami", "lena", "otto")
    }
    assert allowed == {"hana": True, "sami": False, "lena": False, "otto": True}
    assert hosting(User.objects.by_handle("sami").get()).followers == 587


def test_counts_equal_rows(demo):
    call_command("seed_demo")

    for handle in ("hana", "sami", "lena", "otto", "demo_000"):
        user = User.objects.by_handle(handle).get()
        assert user.follower_count == user.follows_received.count()
        assert user.following_count == user.follows_made.count()


def test_loading_twice_changes_nothing_more(demo):
    call_command("seed_demo")
    people, spaces = User.objects.count(), list(Space.objects.values("pk", "version"))

    call_command("seed_demo")

    assert User.objects.count() == people
    assert list(Space.objects.values("pk", "version")) == spaces


def test_something_is_coming_up_and_something_is_past(demo):
    call_command("seed_demo")

    assert Space.objects.upcoming().count() == 2
    assert Space.objects.ended_lately().count() == 3


@pytest.mark.parametrize(
    ("handle", "kinds"),
    [
        ("hana", {"followed", "co_host"}),
        ("sami", {"followed", "co_host"}),
        ("lena", {"followed", "invited"}),
    ],
)
def test_newcomer_finds_the_page_of_notifications_filled(demo, client, handle, kinds):
    call_command("seed_demo")
    user = User.objects.by_handle(handle).get()
    client.force_login(user)

    assert {row.kind for row in user.notifications.all()} == kinds
    assert "follow" in client.get("/notifications/").content.decode()


@pytest.mark.parametrize("handle", ["lena", "otto"])
def test_newcomer_is_told_whom_to_follow(demo, handle):
    call_command("seed_demo")

    assert suggestions.for_reader(Apart(User.objects.by_handle(handle).get()))


def test_real_instance_gets_no_demo_people(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="demo mode only"):
        call_command("seed_demo")
    assert not User.objects.exists()
