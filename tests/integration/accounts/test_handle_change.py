"""A handle changed: once a day, the old one leads on for a while, and rows decide who has it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import actions, handles
from accounts.models import FormerHandle, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def change(person, handle):
    return actions.change_handle(actor=person, handle=handle)


def let_days_pass(days):
    for former in FormerHandle.objects.all():
        FormerHandle.objects.filter(pk=former.pk).update(
            changed_at=former.changed_at - timedelta(days=days)
        )


def test_changed_handle_is_theirs_and_the_old_one_is_kept(sami):
    change(sami, "Sami_O")

    sami.refresh_from_db()
    assert sami.handle == "Sami_O"
    assert sami.former_handles.get().handle == "sami"


def test_changing_to_the_same_handle_is_no_change(sami):
    change(sami, "sami")

    assert not FormerHandle.objects.exists()


def test_changing_the_case_alone_leaves_no_former_handle(sami):
    change(sami, "SAMI")

    assert User.objects.get(pk=sami.pk).handle == "SAMI"
    assert not FormerHandle.objects.exists()


@pytest.mark.parametrize("handle", ["admin", "ab", "a b", "LENA", "x" * 31])
def test_handle_that_the_rules_refuse_changes_nothing(sami, lena, handle):
    with pytest.raises(actions.HandleRefused):
        change(sami, handle)

    sami.refresh_from_db()
    assert sami.handle == "sami"
    assert not FormerHandle.objects.exists()


def test_second_change_on_one_day_is_refused(sami):
    change(sami, "sami_o")

    with pytest.raises(actions.HandleRefused, match="tomorrow"):
        change(sami, "sami_oh")


def test_next_change_is_possible_a_day_later(sami):
    change(sami, "sami_o")
    let_days_pass(1)

    change(sami, "sami_oh")

    assert {former.handle for former in sami.former_handles.all()} == {"sami", "sami_o"}


def test_way_back_is_open_at_once(sami):
    change(sami, "sami_o")

    change(sami, "sami")

    assert [former.handle for former in sami.former_handles.all()] == ["sami_o"]


def test_handle_given_up_long_ago_goes_to_who_takes_it(sami, lena):
    change(sami, "sami_o")
    let_days_pass(handles.KEPT_FOR.days + 1)

    change(lena, "sami")
    change(make_user("nora"), "lena_m")

    assert FormerHandle.objects.get(user=lena).handle == "lena"
    assert not FormerHandle.objects.filter(handle="sami").exists()


# --- Where the old address leads ---


@pytest.mark.parametrize("page", ["profile", "followers", "following", "profile-spaces"])
def test_old_address_leads_to_the_new_one(client, sami, page):
    change(sami, "sami_o")

    response = client.get(reverse(f"accounts:{page}", args=["SAMI"]))

    assert response.status_code == 302
    assert response.url == reverse(f"accounts:{page}", args=["sami_o"])


def test_old_address_ends_after_its_time(client, sami):
    change(sami, "sami_o")
    let_days_pass(handles.KEPT_FOR.days)

    assert client.get("/@sami").status_code == 404


def test_address_of_a_barred_person_leads_nowhere(client, sami):
    change(sami, "sami_o")
    User.objects.filter(pk=sami.pk).update(is_active=False)

    assert client.get("/@sami").status_code == 404


def test_button_of_a_page_drawn_before_still_works(client, lena, sami):
    change(sami, "sami_o")
    client.force_login(lena)

    client.post(reverse("accounts:follow", args=["sami"]))

    sami.refresh_from_db()
    assert sami.follower_count == 1


# --- Two people for one handle ---


def take_it_together(at_once):
    """Both have found it free."""
    people = [make_user("sami"), make_user("lena")]
    return at_once(*[lambda person=person: change(person, "ferry") for person in people])


@pytest.fixture
def unchecked(monkeypatch):
    monkeypatch.setattr(handles, "check", lambda handle, *, user: None)


@pytest.mark.django_db(transaction=True)
def test_one_of_two_gets_the_handle_and_the_other_a_sentence(at_once, unchecked):
    refused = [found for found in take_it_together(at_once) if not isinstance(found, User)]

    assert [type(found) for found in refused] == [actions.HandleRefused]
    assert User.objects.filter(handle="ferry").count() == 1
    assert FormerHandle.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_that_trusts_the_check_breaks_for_one_of_them(at_once, unchecked, monkeypatch):
    def trusting(*, actor, handle):
        with transaction.atomic():
            User.objects.filter(pk=actor.pk).update(handle=handle)

    monkeypatch.setattr(actions, "change_handle", trusting)

    assert IntegrityError in [type(found) for found in take_it_together(at_once)]
