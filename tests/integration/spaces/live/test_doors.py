"""Who gets a socket, what it is told at the door, and what closes it."""

import json
import time
from dataclasses import asdict

import pytest
from django.contrib.sessions.models import Session
from websockets.exceptions import InvalidStatus

from config.news import connection
from spaces import actions
from spaces.events import space_channel
from spaces.live.signals import MAX_BYTES
from spaces.media import registry
from spaces.media.node import NodeLoad
from spaces.models import Participant
from tests.factories import make_request, make_space
from tests.waiting import wait_until

from .page import sign_in

NOWHERE = "/ws/spaces/00000000-0000-4000-8000-000000000000/"


def test_missing_space_is_closed_as_not_found(pages):
    page = pages.open(NOWHERE)

    assert page.wait_closed() == 4404


@pytest.mark.parametrize("origin", ["http://elsewhere.example", None, "null"])
@pytest.mark.parametrize("path", [NOWHERE, "/ws/home/"])
def test_foreign_page_is_refused(pages, origin, path):
    with pytest.raises(InvalidStatus) as refusal:
        pages.open(path, origin=origin)

    assert refusal.value.response.status_code == 403


def greeting(page):
    """What a page is told as it comes in, its clock set right."""
    data = page.wait_event("welcome")["data"]
    assert abs(data.pop("now") / 1000 - time.time()) < 5
    return data


def test_stranger_is_admitted_as_nobody(pages, space):
    page = pages.space(space, version=space.version)

    assert greeting(page) == {"me": "", "comments": 0}


def test_signed_in_person_is_told_who_they_are(pages, space, lena):
    page = pages.space(space, user=lena, version=space.version)

    lenas = Participant.objects.get(space=space, user=lena)
    assert greeting(page) == {"me": str(lenas.public_id), "comments": 0}
    assert lenas.role == Participant.Role.LISTENER


def test_forged_session_is_nobody(pages, space):
    page = pages.open(f"/ws/spaces/{space.public_id}/", session="a" * 32)

    assert greeting(page) == {"me": "", "comments": 0}


def test_odd_cookies_do_not_hide_the_session(pages, space, lena):
    """Another program on the same host may set what RFC 6265 does not allow."""
    odd = 'theirs="a,b{c}"@; x[1]=(2); flag'

    page = pages.space(space, user=lena, more_cookies=odd)

    assert page.wait_event("welcome")["data"]["me"] != ""


def test_ended_space_shows_its_end_and_takes_nobody_in(pages, space, hana, lena):
    actions.end_space(actor=hana, space=space)

    page = pages.space(space, user=lena, version=1)

    assert 'id="ended"' in page.wait_event("resync")["html"]
    assert not Participant.objects.filter(space=space, user=lena).exists()


def test_current_page_is_sent_nothing_it_has(pages, space):
    page = pages.space(space, version=space.version)

    time.sleep(0.3)

    assert "resync" not in [frame["event"] for _, frame in page.frames]


def test_old_page_is_brought_up_to_date_at_once(pages, space, hana):
    actions.open_microphone(actor=hana, space=space)

    page = pages.space(space, version=1)

    assert 'data-microphone="open"' in page.wait_event("resync", within=1)["html"]


@pytest.mark.parametrize("version", ["-1", "x", "9" * 30, "", "%00", "1.5"])
def test_odd_version_is_that_of_an_old_page(pages, space, version):
    page = pages.open(f"/ws/spaces/{space.public_id}/?version={version}")

    page.wait_event("resync", within=2)


BAD_SIGNALS = [
    "",
    "{",
    "[]",
    "null",
    '{"do": "end_space"}',
    '{"do": "heartbeat", "read": -1}',
    '{"do": "answer", "peer": "' + "0" * 32 + '"}',
    '{"do": "candidate", "peer": "../../x"}',
    '{"do": "heartbeat", "read": "' + "9" * MAX_BYTES + '"}',
    "[" * 20_000,
    b"\x00\xff",
]


@pytest.mark.parametrize("signal", BAD_SIGNALS, ids=lambda signal: str(signal[:30]))
def test_bad_signal_is_refused_and_the_socket_stays(pages, space, hana, signal):
    page = pages.space(space, version=space.version)

    page.socket.send(signal)

    assert page.wait_event("refused")["data"]["code"] == "bad_signal"
    actions.open_microphone(actor=hana, space=space)
    page.wait_event("state", within=1)


def test_listener_may_not_speak(pages, space, lena):
    page = pages.space(space, user=lena, version=space.version)

    page.say(do="speak")

    assert page.wait_event("refused")["data"]["code"] == "not_allowed_speak"


@pytest.fixture
def node(stack):
    """The media node has told of itself since the test's Redis was emptied."""
    wait_until(lambda: connection().keys(f"{registry.PREFIX}node:*"))


def test_node_answers_the_socket_that_asked(node, pages, space):
    page, other = (pages.space(space, version=space.version) for _ in range(2))

    page.say(do="listen")
    offer = page.wait_event("media.offer")["data"]

    assert offer["kind"] == "listen"
    assert "v=0" in offer["sdp"]
    assert "media.offer" not in [frame["event"] for _, frame in other.frames]


def test_page_goes_on_with_its_peer_on_a_new_socket(node, pages, space):
    before = pages.space(space, version=space.version)
    before.say(do="listen")
    peer = before.wait_event("media.offer")["data"]["peer"]
    before.drop()
    after = pages.space(space, version=space.version)

    after.say(do="answer", peer=peer, sdp="v=0")

    refused = after.wait_event("media.refused")["data"]
    assert (refused["peer"], refused["kind"]) == (peer, "listen")


def test_page_is_told_when_every_node_is_at_its_limit_and_when_there_is_room(stack, pages, space):
    stack.programs["media"].kill()
    wait_until(lambda: not connection().keys(f"{registry.PREFIX}node:*"))
    busy = NodeLoad(1, 0, 0, late_ticks=0, busy=0.9, is_overloaded=True)
    redis = connection()
    redis.sadd(f"{registry.PREFIX}nodes", "busy-node")
    redis.set(f"{registry.PREFIX}node:busy-node", json.dumps(asdict(busy)), px=30_000)
    page = pages.space(space, version=space.version)

    page.say(do="listen")
    page.wait_event("media.full")

    stack.run_media()
    page.wait_event("media.ready", within=20)
    page.say(do="listen")
    page.wait_event("media.offer")


def test_ended_space_gives_no_sound(pages, space, hana):
    page = pages.space(space, version=space.version)
    actions.end_space(actor=hana, space=space)

    page.say(do="listen")

    assert page.wait_event("refused")["data"]["code"] == "space_over"


def test_sign_out_closes_the_sockets_of_its_session(pages, space, lena):
    session = sign_in(lena)
    path = f"/ws/spaces/{space.public_id}/?version={space.version}"
    tabs = [pages.open(path, session=session) for _ in range(2)]
    for tab in tabs:
        tab.wait_event("welcome")
    elsewhere = pages.space(space, user=lena, version=space.version)
    began = time.monotonic()

    actions.close_pages(user=lena, session_key=session)

    assert [tab.wait_closed(within=1) for tab in tabs] == [4403, 4403]
    assert time.monotonic() - began < 1
    assert elsewhere.code is None


def test_session_that_ended_unseen_gets_no_sound(pages, space, lena):
    """The message that closes sockets may be lost; the question at the door is asked anew."""
    session = sign_in(lena)
    page = pages.open(f"/ws/spaces/{space.public_id}/", session=session)
    page.wait_event("welcome")
    Session.objects.all().delete()
    page.say(do="listen")

    assert page.wait_closed() == 4403


def test_only_the_crew_is_shown_the_crews_buttons(pages, space, hana, sami, lena):
    crew = pages.space(space, user=hana, version=space.version)
    others = [
        pages.space(space, user=sami, version=space.version),
        pages.space(space, version=0),
        pages.space(space, version=space.version),
    ]
    make_request(space, user=lena)

    actions.ask_to_speak(actor=sami, space=space)

    assert "hx-post" in crew.wait_event("state")["html"]
    for page in others:
        page.wait_event("request.changed")
        shown = "".join(frame.get("html", "") for _, frame in page.frames)
        assert "request-" in shown
        assert "hx-post" not in shown


def test_host_of_another_space_is_not_crew_here(pages, space, otto):
    make_space(otto)
    page = pages.space(space, user=otto, version=0)

    assert "hx-post" not in page.wait_event("resync")["html"]


def test_only_the_crew_hears_how_long_people_talked(pages, space, hana, sami):
    crew, other = pages.space(space, user=hana), pages.space(space, user=sami)
    told = {"event": "talk_times", "audience": "crew", "ms": {"a": 2_000}}
    channel = space_channel(space.public_id)

    connection().publish(channel, json.dumps(told))
    connection().publish(channel, json.dumps({"event": "last"}))

    assert crew.wait_event("talk_times")["data"] == {"ms": {"a": 2_000}}
    other.wait_event("last")
    assert "talk_times" not in [frame["event"] for _, frame in other.frames]
