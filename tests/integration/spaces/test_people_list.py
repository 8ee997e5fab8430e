"""The list of people beside the stage: who is named to whom, and who may do what with them."""

import time
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from config import news
from spaces.live import presence
from spaces.models import Participant
from spaces.views import people
from tests.factories import ask_to_co_host, make_participant, make_request, make_space, make_user

pytestmark = pytest.mark.django_db

Role = Participant.Role


@pytest.fixture
def inside(redis_server):
    """Makes people present, by page."""

    def come(space, *users):
        pipeline = news.connection().pipeline()
        here = [presence.signed_in(user.pk) for user in users]
        presence.add(pipeline, str(space.public_id), here, now=time.time())
        pipeline.execute()

    return come


@pytest.fixture
def listed(client):
    """The list as somebody reads it, or nobody's."""

    def read(space, user=None):
        if user:
            client.force_login(user)
        response = client.get(reverse("spaces:people", args=[space.public_id]))
        assert response.status_code == 200
        return response.content.decode()

    return read


@pytest.fixture
def hall(space, speaker, listener, inside):
    """Hana hosts, Sami speaks, Lena listens."""
    inside(space, space.host, speaker.user, listener.user)
    return space


def test_everybody_reads_who_listens(hall, listed):
    text = listed(hall)

    assert "@lena" in text
    assert "@sami" not in text


def test_who_has_left_is_not_listed(space, listener, inside, listed):
    inside(space, space.host)

    assert "@lena" not in listed(space)


@pytest.mark.parametrize("reader", [None, "hana", "otto"])
def test_who_is_unnamed_is_named_to_nobody(request, hall, listener, listed, reader):
    hall.participants.filter(pk=listener.pk).update(is_unnamed=True)

    text = listed(hall, reader and request.getfixturevalue(reader))

    assert "@lena" not in text
    assert "Nobody in the audience is named." in text


def test_rest_of_a_crowd_is_a_number(space, inside, listed, monkeypatch):
    monkeypatch.setattr(people, "LISTED", 2)
    crowd = [make_participant(space).user for _ in range(5)]
    inside(space, *crowd)

    text = listed(space)

    assert f"@{crowd[1].handle}" in text
    assert f"@{crowd[2].handle}" not in text
    assert "And 3 more listeners" in text


@pytest.mark.parametrize(
    ("reader", "verbs"),
    [
        ("hana", {"invite", "remove", "co-host-invite"}),
        ("nadia", {"invite", "remove"}),
        ("sami", set()),
        ("otto", set()),
    ],
)
def test_each_reads_their_own_buttons_only(request, hall, co_host, listed, reader, verbs):
    text = listed(hall, request.getfixturevalue(reader))

    every = {"invite", "remove", "co-host-invite"}
    assert {verb for verb in every if f'data-verb="{verb}"' in text} == verbs


def test_crew_sees_who_is_invited_already(hall, hana, invitation, listed):
    text = listed(hall, hana)

    assert ">Invited<" in text
    assert 'data-verb="invite"' not in text


def test_crew_brings_up_who_asks(hall, hana, listener, listed):
    listener.speak_requests.create()

    assert "Bring on stage" in listed(hall, hana)


def test_host_sees_whom_they_asked_to_co_host(hall, hana, otto, listed):
    ask_to_co_host(hall, otto)

    text = listed(hall, hana)

    assert "@otto" in text
    assert "Take back" in text


@pytest.mark.parametrize(("reader", "sees"), [("hana", True), ("otto", False)])
def test_crew_alone_sees_who_was_removed(request, space, removed, listed, inside, reader, sees):
    inside(space, space.host)

    assert ("@lena" in listed(space, request.getfixturevalue(reader))) is sees


def test_number_of_queries_does_not_grow_with_the_crowd(
    space, hana, inside, client, django_assert_max_num_queries
):
    crowd = [make_request(space).participant.user for _ in range(20)]
    inside(space, hana, *crowd)
    client.force_login(hana)

    with django_assert_max_num_queries(14):
        client.get(reverse("spaces:people", args=[space.public_id]))


def test_blocked_person_reads_no_list(client, hana, otto):
    from accounts import actions as accounts

    space = make_space(hana)
    accounts.block(actor=hana, person=otto)
    client.force_login(otto)

    assert client.get(reverse("spaces:people", args=[space.public_id])).status_code == 404


# --- Asking by handle ---


@pytest.mark.parametrize("handle", ["otto", "@Otto", "  @otto "])
def test_host_asks_by_handle(client, space, hana, otto, handle):
    client.force_login(hana)

    client.post(reverse("spaces:co-host-invite", args=[space.public_id]), {"handle": handle})

    assert space.invitations.to_co_host().get().user == otto


@pytest.mark.parametrize("handle", ["", "nobody", "\0", "\ud800", "x" * 5000, "@", "o tto"])
def test_unknown_handle_is_told_and_nobody_is_asked(client, space, hana, otto, handle):
    client.force_login(hana)

    response = client.post(
        reverse("spaces:co-host-invite", args=[space.public_id]),
        urlencode({"handle": handle}, errors="surrogatepass"),
        content_type="application/x-www-form-urlencoded",
        headers={"HX-Request": "true"},
    )

    assert response.status_code == 400
    assert response.json()["code"] == "no_such_person"
    assert not space.invitations.exists()


def test_who_is_gone_from_the_site_is_not_found_by_handle(client, space, hana):
    make_user("gone", is_active=False)
    client.force_login(hana)
    address = reverse("spaces:co-host-invite", args=[space.public_id])

    assert client.post(address, {"handle": "gone"}).status_code == 400
