"""What reaches somebody besides the page of notifications, and when not."""

from datetime import time

import pytest
from django.urls import reverse

from accounts import actions
from accounts.models import NotificationChoice, Reach
from accounts.models.notifications import Channel, Subject
from accounts.notifications import DEFAULTS, choices

pytestmark = pytest.mark.django_db

PAGE = reverse("accounts:settings-notifications")
QUIET = {"has_quiet_hours": "on", "quiet_from": "21:30", "quiet_until": "06:00"}


@pytest.fixture
def sami_client(client, sami):
    client.force_login(sami)
    return client


def choose(user, **fields):
    fields = {
        "choices": {Channel.MAIL: [Subject.LIVE], Channel.PUSH: []},
        "has_quiet_hours": True,
        "quiet_from": time(21, 30),
        "quiet_until": time(6),
    } | fields
    actions.choose_notifications(actor=user, **fields)


# --- The action ---


def test_choices_and_hours_are_kept(sami):
    choose(sami, time_zone="Europe/Berlin")

    reach = Reach.objects.get(user=sami)
    assert choices.chosen_by(sami) == {Channel.MAIL: [Subject.LIVE], Channel.PUSH: []}
    assert (reach.quiet_from, reach.quiet_until) == (time(21, 30), time(6))
    assert reach.time_zone == "Europe/Berlin"


def test_choosing_again_replaces_what_was_chosen(sami):
    choose(sami)
    choose(sami, choices={Channel.MAIL: [], Channel.PUSH: [Subject.LIVE]}, has_quiet_hours=False)

    assert choices.chosen_by(sami) == {Channel.MAIL: [], Channel.PUSH: [Subject.LIVE]}
    assert not Reach.objects.get(user=sami).has_quiet_hours


def test_choosing_twice_is_one_row_for_each_switch(sami):
    choose(sami)
    choose(sami)

    assert NotificationChoice.objects.count() == len(Subject) * len(Channel)


def test_unknown_time_zone_leaves_the_known_one(sami):
    choose(sami, time_zone="Europe/Berlin")
    choose(sami, time_zone="")

    assert Reach.objects.get(user=sami).time_zone == "Europe/Berlin"


def test_language_that_was_remembered_stays(sami):
    Reach.objects.create(user=sami, language="de")

    choose(sami)

    assert Reach.objects.get(user=sami).language == "de"


def test_without_a_choice_the_defaults_hold(sami):
    chosen = choices.chosen_by(sami)

    assert {channel: set(subjects) for channel, subjects in chosen.items()} == DEFAULTS


def test_choices_are_each_persons_own(sami, lena):
    choose(lena)

    assert set(choices.chosen_by(sami)[Channel.MAIL]) == DEFAULTS[Channel.MAIL]


# --- The page ---


def test_page_shows_what_holds(sami_client):
    content = sami_client.get(PAGE).content.decode()

    assert 'name="mail_reminders" id="id_mail_reminders" checked' in content
    assert 'name="mail_live" id="id_mail_live">' in content
    assert 'value="22:00"' in content


def test_form_is_saved_and_says_so(sami_client, sami):
    response = sami_client.post(PAGE, QUIET | {"push_live": "on"}, follow=True)

    assert "Saved." in response.content.decode()
    assert choices.chosen_by(sami) == {Channel.MAIL: [], Channel.PUSH: [Subject.LIVE]}
    assert Reach.objects.get(user=sami).quiet_from == time(21, 30)


def test_form_without_any_choice_is_one(sami_client, sami):
    sami_client.post(PAGE, {"quiet_from": "22:00", "quiet_until": "07:00"})

    assert choices.chosen_by(sami) == {Channel.MAIL: [], Channel.PUSH: []}
    assert not Reach.objects.get(user=sami).has_quiet_hours


@pytest.mark.parametrize("hour", ["", "25:00", "late", "\x00"])
def test_wrong_hour_is_named_at_its_field_and_saves_nothing(sami_client, sami, hour):
    response = sami_client.post(PAGE, QUIET | {"quiet_until": hour, "push_live": "on"})

    content = response.content.decode()
    assert 'class="wrong"' in content
    assert "Nothing is saved yet" in content
    assert 'name="push_live" id="id_push_live" checked' in content
    assert not Reach.objects.filter(user=sami).exists()


@pytest.mark.parametrize(
    ("chosen", "cookie", "remembered", "shown"),
    [
        ("Europe/Berlin", "Asia/Tokyo", "Asia/Tokyo", "Europe/Berlin"),
        ("", "Asia/Tokyo", "Europe/Berlin", "Asia/Tokyo"),
        ("", "nonsense", "Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_page_says_by_whose_clock(sami_client, sami, chosen, cookie, remembered, shown):
    sami.time_zone = chosen
    sami.save(update_fields=["time_zone"])
    Reach.objects.create(user=sami, time_zone=remembered)
    sami_client.cookies["time_zone"] = cookie

    assert f"By the clock of <bdi>{shown}</bdi>." in sami_client.get(PAGE).content.decode()


def test_clock_that_nobody_knows_is_said_to_be_so(sami_client):
    assert "has told your time zone" in sami_client.get(PAGE).content.decode()


def test_browsers_clock_is_kept_for_who_chose_none(sami_client, sami):
    sami_client.cookies["time_zone"] = "Asia/Tokyo"

    sami_client.post(PAGE, QUIET)

    assert Reach.objects.get(user=sami).time_zone == "Asia/Tokyo"


def test_same_hour_twice_is_no_quiet_hours():
    reach = Reach(quiet_from=time(7), quiet_until=time(7))

    assert not reach.is_ever_quiet


# --- The admin ---


@pytest.mark.parametrize(
    "model",
    ["notification", "delivery", "notificationchoice", "pushsubscription", "reach"],
)
def test_staff_look_and_change_nothing(admin_client, sami, model):
    listed = reverse(f"admin:accounts_{model}_changelist")

    assert admin_client.get(listed, {"q": "sami"}).status_code == 200
    assert admin_client.get(reverse(f"admin:accounts_{model}_add")).status_code == 403
