"""State reaches open pages: soon, in order, as one set of frames an action, from any process."""

import re
import statistics
import time

from spaces import actions
from tests.factories import make_participant, make_request

CHANGES = 20


def seqs(page):
    return [frame["seq"] for _, frame in page.frames if "seq" in frame]


def test_twenty_changes_are_seen_within_500_ms_each_with_its_seq(pages, space, hana):
    page = pages.space(space, version=space.version)
    took = []
    for number in range(CHANGES):
        act = actions.mute_microphone if number % 2 else actions.open_microphone
        expected = space.version + number + 1
        began = time.monotonic()
        act(actor=hana, space=space)
        moment, frame = page.wait(lambda frame, seq=expected: frame.get("seq") == seq)
        assert frame["event"] == "state"
        took.append(moment - began)

    assert max(took) < 0.5, sorted(took)
    assert statistics.median(took) < 0.2
    assert seqs(page) == sorted(seqs(page))


def test_events_of_one_action_share_one_frame_of_html(pages, space, hana, lena):
    request = make_request(space, user=lena)
    page = pages.space(space, version=space.version)

    actions.accept_request(actor=hana, space=space, request=request)
    page.wait_event("participant.role_changed")

    frames = [frame for _, frame in page.frames if frame.get("seq") == 2]
    assert [frame["event"] for frame in frames] == [
        "state",
        "request.changed",
        "participant.role_changed",
    ]
    ids = set(re.findall(r'<section id="(\w+)"', frames[0]["html"]))
    assert ids == {"stage", "audience", "queue"}


def test_html_comes_before_the_event_that_names_it(pages, space, hana, sami):
    person = make_participant(space, user=sami)
    request = person.speak_requests.create()
    page = pages.space(space, version=space.version)

    actions.accept_request(actor=hana, space=space, request=request)
    page.wait_event("participant.role_changed")

    frames = [frame for _, frame in page.frames]
    told = next(n for n, frame in enumerate(frames) if frame["event"] == "participant.role_changed")
    shown = "".join(frame.get("html", "") for frame in frames[:told])
    assert f'data-person="{person.public_id}"' in shown


def test_end_is_told_to_everybody(pages, space, hana, lena):
    opened = [pages.space(space, user=user, version=space.version) for user in (hana, lena, None)]
    began = time.monotonic()

    actions.end_space(actor=hana, space=space)

    for page in opened:
        moment, frame = page.wait(lambda frame: 'id="ended"' in frame.get("html", ""))
        assert moment - began < 0.5
        assert frame["seq"] == 2
        page.wait_event("space.ended")


def test_news_from_one_web_process_reaches_sockets_on_another(stack, pages, space, hana, lena):
    port = stack.port + 1
    stack.run_web("web-two", port)
    stack.wait_for_web(port)
    here = pages.space(space, version=space.version)
    there = pages.open(f"/ws/spaces/{space.public_id}/?version={space.version}", port=port)
    there.wait_event("welcome")
    took = []

    # The actions run in a third process, this one; each hub hears of each once.
    for version, act in enumerate([actions.open_microphone, actions.mute_microphone] * 3, start=2):
        began = time.monotonic()
        act(actor=hana, space=space)
        for page in (here, there):
            moment, _ = page.wait(lambda frame, version=version: frame.get("seq") == version)
            took.append(moment - began)

    # One busy moment of the machine is none of the news'.
    assert statistics.median(took) < 0.5


def test_two_processes_count_each_person_once(stack, pages, space, lena):
    port = stack.port + 1
    stack.run_web("web-two", port)
    stack.wait_for_web(port)
    here = pages.space(space, user=lena, version=space.version)
    path = f"/ws/spaces/{space.public_id}/?version={space.version}"
    there = pages.open(path, port=port)
    there.wait_event("welcome")

    here.wait_count(2)
    there.wait_count(2)
