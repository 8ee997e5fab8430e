"""What one person does is seen on the open pages of the others, without a reload."""

import re

import pytest
from playwright.sync_api import Page, expect

from spaces import actions
from spaces.models import Space
from tests.browser.steps import add_speaker, choose_for, come_in
from tests.browser.stopwatch import Stopwatch
from tests.factories import make_host, make_participant, make_user

pytestmark = pytest.mark.browser

AT_MOST_MS = 500
COUNTS_WITHIN_MS = 2_000
ROUNDS = 3


def test_queue_news_is_seen_by_others_within_half_a_second(people, space):
    make_user("lena")
    host, lena = come_in(people, space, "hana"), come_in(people, space, "lena")
    watch = Stopwatch(come_in(people, space), host, lena)

    for _ in range(ROUNDS):
        lena.locator(".controls [data-do=ask]").click()
        watch.time("ask", lena, "#ask-dialog [value=send]", ".qrow")
        watch.time("take back", lena, "[data-do=withdraw]", ".qrow", gone=True)
        lena.locator(".controls [data-do=ask]").click()
        watch.time("ask", lena, "#ask-dialog [value=send]", ".qrow")
        watch.time("decline", host, "[data-verb=decline]", ".qrow", gone=True)
        lena.locator(".controls [data-do=ask]").click()
        watch.time("ask", lena, "#ask-dialog [value=send]", ".qrow")
        watch.time("accept", host, "[data-verb=accept]", "#tiles-speakers .tile")
        watch.time("step down", lena, "[data-do=step-down]", "#tiles-speakers .tile", gone=True)

    watch.check(AT_MOST_MS)


def test_invitation_is_seen_by_others_within_half_a_second(people, space):
    make_user("lena")
    host, lena = come_in(people, space, "hana"), come_in(people, space, "lena")
    watch = Stopwatch(come_in(people, space), host, lena)
    up = "#tiles-speakers [data-role=speaker]"

    host.get_by_role("tab", name="People").click()
    for _ in range(ROUNDS):
        watch.time("invite", host, "[data-verb=invite]", ".tile-invited")
        watch.time("not now", lena, "[data-do=decline-invitation]", ".tile-invited", gone=True)
        watch.time("invite", host, "[data-verb=invite]", ".tile-invited")
        watch.time("go on stage", lena, "[data-do=accept-invitation]", up)
        watch.time("step down", lena, "[data-do=step-down]", up, gone=True)

    watch.check(AT_MOST_MS)


def test_mutes_are_seen_by_others_within_half_a_second(people, space):
    participant = add_speaker(space)
    host, sami = come_in(people, space, "hana"), come_in(people, space, "sami")
    watch = Stopwatch(come_in(people, space), host, sami)
    menu = f"#tile-{participant.public_id} .tile-menu"

    def tile(microphone: str) -> str:
        return f'#tile-{participant.public_id}[data-microphone="{microphone}"]'

    sami.locator("[data-do=open]").click()
    expect(watch.watcher.locator(tile("open"))).to_be_visible()
    for _ in range(ROUNDS):
        watch.time("mute oneself", sami, ".controls [data-do=mute]", tile("muted"))
        watch.time("unmute", sami, ".controls [data-do=open]", tile("open"))
        host.locator(f"{menu} summary").click()
        watch.time("mute", host, f"{menu} [data-verb=mute]", tile("muted_by_crew"))
        host.locator(f"{menu} summary").click()
        watch.time("allow", host, f"{menu} [data-verb=allow]", tile("muted"))
        watch.time("unmute", sami, ".controls [data-do=open]", tile("open"))

    watch.check(AT_MOST_MS)


def test_move_down_and_end_are_seen_by_others_within_half_a_second(people, space):
    participant = add_speaker(space)
    host = come_in(people, space, "hana")
    watch = Stopwatch(come_in(people, space), host)
    menu = f"#tile-{participant.public_id} .tile-menu"
    host.locator(f"{menu} summary").click()

    watch.time(
        "move down", host, f"{menu} [data-verb=move-down]", "#tiles-speakers .tile", gone=True
    )
    host.locator(".controls [data-do=end]").click()
    watch.time("end", host, "#end-dialog .btn-stop", "#ended")

    watch.check(AT_MOST_MS)


def test_host_sees_own_changes_like_anybody(people, space):
    participant = add_speaker(space)
    host = come_in(people, space, "hana")

    choose_for(host, participant, "move-down")

    expect(host.locator("#tiles-speakers .tile")).to_have_count(0, timeout=AT_MOST_MS)


def expect_listeners(page: Page, count: int) -> None:
    expect(page.locator(".house [data-listener-count]")).to_have_text(
        str(count), timeout=COUNTS_WITHIN_MS
    )


def test_count_and_faces_follow_who_comes_and_goes(people, space):
    make_user("lena")
    watcher = come_in(people, space)
    expect_listeners(watcher, 1)
    faces = watcher.locator(".house .faces .av")

    lena = come_in(people, space, "lena")
    expect_listeners(watcher, 2)
    expect(faces).to_have_count(1, timeout=COUNTS_WITHIN_MS)
    lena.goto("/")

    expect_listeners(watcher, 1)
    expect(faces).to_have_count(0, timeout=COUNTS_WITHIN_MS)


def test_home_shows_a_new_space_its_count_and_its_end(people, stack):
    host = make_host()
    home = people.visit()
    home.goto("/")
    expect(home.get_by_role("heading", name="Nobody is live")).to_be_visible()

    started = {"title": "Night trains", "topics": [], "who_may_speak": Space.WhoMaySpeak.INVITED}
    stack.act(actions.open_space, actor=host, **started)
    card = home.locator(".card")
    expect(card).to_contain_text("Night trains", timeout=COUNTS_WITHIN_MS)
    space = Space.objects.get()
    come_in(people, space)
    expect(card.locator("[data-listeners-of]")).to_have_text("1", timeout=COUNTS_WITHIN_MS)
    stack.act(actions.end_space, actor=host, space=space)

    expect(card).to_have_count(0, timeout=COUNTS_WITHIN_MS)
    expect(home.get_by_role("heading", name="Nobody is live")).to_be_visible()


def test_newcomer_is_announced_to_those_who_listen_to_the_page(people, space):
    lena = make_participant(space, user=make_user("lena"))
    page = come_in(people, space)

    people.stack.act(actions.invite_to_stage, actor=space.host, space=space, participant=lena)
    request = lena.speak_requests.get()
    people.stack.act(actions.accept_request, actor=lena.user, space=space, request=request)

    expect(page.locator(".room > p[role=status]")).to_have_text(
        re.compile("Lena came on stage"), timeout=5_000
    )
