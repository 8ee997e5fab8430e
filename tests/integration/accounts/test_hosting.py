"""Who may host: the bar, the grant, and every door shut for the rest."""

import pytest
from django.urls import reverse

from accounts.eligibility import hosting
from accounts.models import HostGrant
from config.errors import NotAllowed
from spaces import actions
from spaces.models import Space
from tests.factories import make_user

pytestmark = pytest.mark.django_db

START = "/spaces/start/"
FORM = {"title": "Who stays when the ferries stop?", "who_may_speak": "invited"}


@pytest.fixture
def sami():
    """13 short of the bar."""
    return make_user("sami", follower_count=587)


@pytest.mark.parametrize(
    ("followers", "allowed", "missing"), [(0, False, 600), (599, False, 1), (600, True, 0)]
)
def test_six_hundred_followers_are_the_bar(followers, allowed, missing):
    answer = hosting(make_user(follower_count=followers))

    assert (answer.allowed, answer.missing) == (allowed, missing)


def test_bar_of_zero_is_everyone(settings, otto):
    settings.HOST_MIN_FOLLOWERS = 0

    assert hosting(otto).allowed


def test_grant_replaces_the_followers(otto):
    HostGrant.objects.create(user=otto, reason="Runs the harbour office.")

    assert hosting(otto).allowed
    assert hosting(otto).by_grant


def test_grant_is_asked_for_only_when_it_decides(hana, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not hosting(hana).by_grant


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("crew@example.org", 'href="mailto:crew@example.org"'),
        ("https://example.org/contact", 'href="https://example.org/contact"'),
    ],
)
def test_own_page_says_where_to_ask_for_a_grant(client, sami, instance_with, contact, link):
    instance_with(contact=contact)
    client.force_login(sami)

    panel = client.get(sami.get_absolute_url()).content.decode().partition('id="host"')[2]

    assert link in panel.partition("</section>")[0]


def test_nothing_to_write_to_is_no_link(client, sami):
    client.force_login(sami)

    content = client.get(sami.get_absolute_url()).content.decode()

    assert "A grant." in content
    assert "Write to the people who run this site" not in content


@pytest.fixture
def staff_client(client):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def test_staff_grants_hosting_in_the_admin(staff_client, otto):
    form = {"user": otto.pk, "reason": "Runs the harbour office."}

    staff_client.post(reverse("admin:accounts_hostgrant_add"), form)

    assert hosting(otto).allowed
    assert otto.host_grant.granted_by.handle == "root"


def test_staff_takes_a_grant_back_in_the_admin(staff_client, otto):
    grant = HostGrant.objects.create(user=otto, reason="Runs the harbour office.")

    staff_client.post(reverse("admin:accounts_hostgrant_delete", args=[grant.pk]), {"post": "yes"})

    assert not hosting(otto).allowed


def test_staff_cannot_set_the_counts(staff_client, sami):
    form = {"handle": "sami", "name": "Sami", "email": "sami@example.org", "is_active": "on"}

    staff_client.post(
        reverse("admin:accounts_user_change", args=[sami.pk]), form | {"follower_count": "9000"}
    )

    sami.refresh_from_db()
    assert sami.follower_count == 587


def test_staff_cannot_delete_a_person_whom_others_count(staff_client, sami):
    response = staff_client.post(
        reverse("admin:accounts_user_delete", args=[sami.pk]), {"post": "yes"}
    )

    assert response.status_code == 403


# --- Every door ---


def test_page_says_what_is_missing_and_has_no_form(client, sami):
    client.force_login(sami)

    content = client.get(START).content.decode()

    assert "<b>587</b> of 600 followers" in content
    assert "13 more people who follow you" in content
    assert 'name="title"' not in content


def test_page_of_somebody_who_may_host_has_the_form(client, hana):
    client.force_login(hana)

    assert 'name="title"' in client.get(START).content.decode()


def test_home_shows_the_way_to_the_stage(client, sami):
    client.force_login(sami)

    content = client.get("/").content.decode()

    assert "587 of 600" in content
    assert "13 more followers, and you can host" in content


def test_posting_the_form_without_the_bar_is_refused(client, sami):
    client.force_login(sami)

    response = client.post(START, FORM)

    assert response.status_code == 403
    assert "587 of 600 followers" in response.content.decode()
    assert not Space.objects.exists()


def test_action_without_the_bar_is_refused(sami):
    with pytest.raises(NotAllowed) as refusal:
        actions.open_space(actor=sami, title="Ferries", topics=[], who_may_speak="invited")

    assert refusal.value.code == "may_not_host"
    assert "587 of 600 followers" in str(refusal.value.message)


@pytest.mark.parametrize("method", ["get", "post"])
def test_stranger_without_an_account_is_asked_to_sign_in(client, method):
    response = getattr(client, method)(START, FORM)

    assert response.url.startswith(reverse("account_login"))
    assert not Space.objects.exists()
