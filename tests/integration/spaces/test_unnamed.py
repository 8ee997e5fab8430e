"""Listeners who are counted, and named to nobody."""

import pytest
from django.urls import reverse

from config.errors import Conflict, NotAllowed
from spaces import actions, events
from spaces.listener import Marks
from spaces.live.consumer import enter_space
from spaces.live.fragments import Reader, draw_room
from spaces.live.presence import Audience
from spaces.models import Participant, Space
from tests.factories import make_participant

from .reading import come_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def shy(lena):
    """Lena prefers not to be named."""
    lena.listens_unnamed = True
    lena.save(update_fields=["listens_unnamed"])
    return lena


@pytest.fixture
def forbid(space):
    def forbid():
        Space.objects.filter(pk=space.pk).update(allows_unnamed=False)
        space.refresh_from_db()

    return forbid


@pytest.fixture
def enter(client, space):
    """Come in by the socket. Gives the row."""

    def enter(user, *, is_back=False):
        client.force_login(user)
        session_key = client.session.session_key
        entry = enter_space(space.public_id, session_key, Marks(), is_back=is_back)
        return entry.participant

    return enter


def test_who_prefers_it_comes_in_unnamed(enter, shy):
    assert enter(shy).is_unnamed


def test_who_does_not_say_so_is_named(enter, lena):
    assert not enter(lena).is_unnamed


def test_who_comes_where_it_is_forbidden_is_named(enter, forbid, shy):
    forbid()

    assert not enter(shy).is_unnamed


def test_who_comes_again_after_it_was_forbidden_is_named(enter, forbid, shy):
    enter(shy)
    forbid()

    assert not enter(shy).is_unnamed


def test_who_is_inside_when_it_is_forbidden_keeps_it_over_a_lost_socket(enter, forbid, shy):
    enter(shy)
    forbid()

    assert enter(shy, is_back=True).is_unnamed


def test_who_comes_where_it_is_forbidden_in_the_moment_it_ends_comes_to_its_end(
    enter, space, hana, forbid, shy, monkeypatch
):
    enter(shy)
    forbid()
    come_in = actions.come_in

    def come_in_and_end(**asked):
        participant = come_in(**asked)
        actions.end_space(actor=hana, space=space)
        return participant

    monkeypatch.setattr(actions, "come_in", come_in_and_end)

    assert enter(shy).is_unnamed


def test_choice_in_a_space_outlasts_the_preference(enter, space, shy):
    enter(shy)
    actions.listen_named(actor=shy, space=space)

    assert not enter(shy).is_unnamed


def test_nobody_becomes_unnamed_where_it_is_forbidden(space, forbid, lena):
    forbid()

    with pytest.raises(Conflict, match="Listeners are named in this Space"):
        actions.listen_unnamed(actor=lena, space=space)


def test_nobody_on_stage_is_unnamed(space, sami, speaker):
    with pytest.raises(NotAllowed):
        actions.listen_unnamed(actor=sami, space=space)


def test_who_comes_to_the_stage_is_named_from_then_on(space, open_stage, lena):
    actions.listen_unnamed(actor=lena, space=space)
    actions.step_up(actor=lena, space=space)
    actions.step_down(actor=lena, space=space)

    assert not Participant.objects.get(space=space, user=lena).is_unnamed


@pytest.mark.parametrize("reader", ["hana", "sami", "otto", None])
@pytest.mark.parametrize("path", ["", "people/"])
def test_no_page_of_anybody_names_them(request, client, space, speaker, lena, reader, path):
    make_participant(space, user=lena, is_unnamed=True)
    come_in(space, f"u{lena.pk}")
    if reader is not None:
        client.force_login(request.getfixturevalue(reader))

    content = client.get(f"{space.get_absolute_url()}{path}").content.decode()

    assert "lena" not in content.lower()


def test_they_are_counted(client, space, lena):
    make_participant(space, user=lena, is_unnamed=True)
    come_in(space, f"u{lena.pk}")

    assert (
        "<span data-listener-count>1</span>"
        in client.get(space.get_absolute_url()).content.decode()
    )


def test_switch_at_the_door_shows_the_choice(client, space, shy):
    client.force_login(shy)

    page = client.get(space.get_absolute_url()).content.decode()

    unnamed = reverse("spaces:listen-unnamed", args=[space.public_id])
    assert f'data-unnamed-url="{unnamed}" checked' in page


def test_door_says_that_listeners_are_named(client, space, forbid, shy):
    forbid()
    client.force_login(shy)

    page = client.get(space.get_absolute_url()).content.decode()

    assert "Listeners are named in this Space." in page
    assert "data-naming" not in page


def test_invitation_of_somebody_who_goes_unnamed_names_nobody(space, hana, lena, listener):
    actions.invite_to_stage(actor=hana, space=space, participant=listener)
    actions.listen_unnamed(actor=lena, space=space)

    drawing = draw_room(space.public_id, {"stage"}, [Reader()], Audience())

    assert "Lena" not in drawing.html[Reader()]
    assert str(listener.public_id) in drawing.html[Reader()]


def test_going_unnamed_draws_the_stage_anew():
    assert "stage" in events.NamingChanged.fragments
