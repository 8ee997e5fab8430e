"""The pages of Spaces: what they show, to whom, in how many queries."""

import pytest

from accounts.models import Follow
from spaces.listener import LISTENER_COOKIE, listener_token
from spaces.live import presence
from spaces.models import Participant, SpeakRequest
from tests.factories import (
    make_host,
    make_participant,
    make_request,
    make_space,
    make_topic,
    make_user,
)

from .reading import come_in, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

Role, Microphone = Participant.Role, Participant.Microphone


def read(client, space):
    return page(client, space.get_absolute_url())


# --- The Space ---


def test_stage_shows_pictures_of_those_who_have_one(client, space, hana):
    hana.picture = "0" * 32
    hana.save()

    tile = read(client, space).partition('id="tile-')[2].partition("</li>")[0]

    assert f"/pictures/{hana.picture}-" in tile


def test_anybody_reads_the_space_and_its_stage(client, space, speaker):
    content = read(client, space)

    assert space.title in content
    assert f'data-person="{speaker.public_id}"' in content
    assert 'data-me=""' in content


def test_reader_finds_themselves_on_the_page(client, space, sami, speaker):
    client.force_login(sami)

    content = read(client, space)

    assert f'data-me="{speaker.public_id}"' in content
    assert 'data-role="speaker"' in content


@pytest.mark.parametrize("microphone", Microphone.values)
def test_stage_shows_each_microphone(client, space, microphone):
    speaker = make_participant(space, role=Role.SPEAKER, microphone=microphone)

    content = read(client, space)

    assert f'data-person="{speaker.public_id}" data-role="speaker" ' in content
    assert f'data-microphone="{microphone}"' in content


def test_queue_is_in_order_of_asking(client, space):
    first = make_request(space, user=make_user("first"))
    second = make_request(space, user=make_user("second"))

    content = read(client, space)

    assert content.index(str(first.public_id)) < content.index(str(second.public_id))


def test_invited_person_has_a_place_on_stage_and_none_in_the_queue(client, space, hana, listener):
    invitation = SpeakRequest.objects.create(participant=listener, invited_by=hana)

    content = read(client, space)

    assert f'id="tile-invited-{invitation.public_id}"' in content
    assert "The queue is empty" in content


def test_count_is_of_those_who_listen(client, space, hana, lena, listener):
    come_in(space, presence.signed_in(hana.pk), presence.signed_in(lena.pk), "a1")

    assert "<span data-listener-count>2</span> in the audience" in read(client, space)


@pytest.mark.parametrize(("who", "sees"), [("hana", True), ("sami", False), ("lena", False)])
def test_buttons_of_the_crew_are_the_hosts_alone(
    request, client, space, lena, speaker, speak_request, who, sees
):
    come_in(space, presence.signed_in(lena.pk))
    client.force_login(request.getfixturevalue(who))

    content = read(client, space)

    for verb in ("accept", "decline", "mute", "move-down", "remove"):
        assert (f'data-verb="{verb}"' in content) is sees


def test_nobody_without_an_account_gets_a_button_of_the_crew(client, space, speaker, speak_request):
    assert "hx-post" not in read(client, space)


def test_ended_space_says_so_and_has_no_door(client, hana):
    content = read(client, make_space(hana, ended=True))

    assert "This Space has ended." in content
    assert 'id="gate"' not in content
    assert 'data-state="ended"' in content


def test_title_and_names_are_shown_as_text(client):
    attack = "<script>alert(1)</script>"
    space = make_space(make_host(name=attack), title=attack)
    make_request(space, user=make_user(name=attack))

    assert attack not in read(client, space)
    assert attack not in page(client, "/")


@pytest.mark.parametrize(("followed", "answer"), [(True, "yes"), (False, "no")])
def test_page_knows_who_steps_up_without_asking(client, hana, lena, followed, answer):
    space = make_space(hana, who_may_speak="followed")
    if followed:
        Follow.objects.create(follower=hana, followed=lena)
    client.force_login(lena)

    assert f'data-is-followed="{answer}"' in read(client, space)


# --- The listener's cookie ---


def test_listener_without_an_account_is_remembered(client, space):
    read(client, space)
    first = client.cookies[LISTENER_COOKIE].value
    response = client.get(space.get_absolute_url())

    assert listener_token(first)
    assert LISTENER_COOKIE not in response.cookies


def test_forged_cookie_is_replaced(client, space):
    client.cookies[LISTENER_COOKIE] = "0123456789abcdef:forged"

    response = client.get(space.get_absolute_url())

    assert listener_token(response.cookies[LISTENER_COOKIE].value)


def test_cookie_is_kept_from_scripts(client, space):
    cookie = client.get(space.get_absolute_url()).cookies[LISTENER_COOKIE]

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_signed_in_reader_gets_no_listeners_cookie(client, space, lena):
    client.force_login(lena)

    assert LISTENER_COOKIE not in client.get(space.get_absolute_url()).cookies


@pytest.mark.parametrize("path", ["/", "/topics/", "/topics/coast/", "/upcoming/", "{space}"])
def test_page_can_be_looked_for_without_being_read(client, space, path):
    """Monitors and link previews ask with HEAD."""
    make_topic("Coast")

    assert client.head(path.format(space=space.get_absolute_url())).status_code == 200


# --- Queries: the same for any number of rows ---


def fill(space, *, speakers, queue, audience):
    for _ in range(speakers):
        make_participant(space, role=Role.SPEAKER)
    for _ in range(queue):
        make_request(space)
    for _ in range(audience):
        listener = make_participant(space)
        come_in(space, presence.signed_in(listener.user_id))


@pytest.mark.parametrize("size", [1, 10])
def test_space_takes_the_same_queries_for_a_full_stage_queue_and_audience(
    client, space, django_assert_num_queries, size
):
    fill(space, speakers=size, queue=size, audience=size)

    # The Space with its host, stage, queue, audience, co-hosts to be, pins.
    with django_assert_num_queries(9):
        client.get(space.get_absolute_url())


@pytest.mark.parametrize("size", [1, 10])
def test_hosts_page_takes_the_same_queries_for_a_full_stage_queue_and_audience(
    client, space, hana, django_assert_num_queries, size
):
    fill(space, speakers=size, queue=size, audience=size)
    client.force_login(hana)

    # Session and reader, their own row, and the six that everybody's page takes.
    with django_assert_num_queries(15):
        client.get(space.get_absolute_url())


@pytest.mark.parametrize("followers", [1, 40])
def test_page_takes_the_same_queries_for_any_number_of_followers(
    client, hana, lena, django_assert_num_queries, followers
):
    space = make_space(hana, who_may_speak="followed")
    Follow.objects.bulk_create(
        Follow(follower=make_user(), followed=hana) for _ in range(followers)
    )
    client.force_login(lena)

    # As above with nobody to list in the audience, and whether the host follows the reader.
    with django_assert_num_queries(15):
        client.get(space.get_absolute_url())
