"""Pins: who holds up what, how many stand, and what becomes of their links."""

import socket
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from config.errors import Conflict, NotAllowed
from spaces import actions, link_preview, tasks
from spaces.actions.pins import PINS_A_MINUTE
from spaces.link_preview import Preview, Unreadable
from spaces.live.fragments import Reader, draw_room
from spaces.live.presence import Audience
from spaces.models import Participant, Pin, Space
from tests.factories import make_participant, make_pin, make_space

pytestmark = pytest.mark.django_db

Role, State = Participant.Role, Pin.State
LINK = "https://harbour.example/winter"
HTMX = {"HX-Request": "true"}


def standing(space):
    return [str(pin) for pin in space.pins.standing()]


# --- Holding up ---


def test_newest_pin_is_the_first(space, hana):
    for text in ("one", "two"):
        actions.add_pin(actor=hana, space=space, url="", text=text)

    assert standing(space) == ["two", "one"]


def test_double_click_pins_once(space, hana):
    for _ in range(2):
        actions.add_pin(actor=hana, space=space, url=LINK, text="")

    assert standing(space) == [LINK]


def test_pins_are_few_and_the_refusal_says_what_helps(space, hana, settings):
    settings.MAX_PINS = 1
    make_pin(space)

    with pytest.raises(actions.PinsFull, match="Unpin it first"):
        actions.add_pin(actor=hana, space=space, url="", text="two")


def test_restored_pin_needs_a_place_too(space, hana, settings):
    settings.MAX_PINS = 1
    removed = actions.remove_pin(actor=hana, space=space, pin=make_pin(space))
    make_pin(space)

    with pytest.raises(actions.PinsFull):
        actions.restore_pin(actor=hana, space=space, pin=removed)


def test_nobody_has_the_server_visit_pages_by_the_hundred(space, hana):
    for number in range(PINS_A_MINUTE):
        pin = actions.add_pin(actor=hana, space=space, url=f"{LINK}/{number}", text="")
        actions.remove_pin(actor=hana, space=space, pin=pin)

    with pytest.raises(Conflict, match="Wait a minute"):
        actions.add_pin(actor=hana, space=space, url=LINK, text="")


def test_who_stepped_down_takes_down_what_they_pinned_and_no_more_up(space, sami, speaker, pin):
    actions.step_down(actor=sami, space=space)

    removed = actions.remove_pin(actor=sami, space=space, pin=pin)

    assert standing(space) == []
    with pytest.raises(NotAllowed, match="on stage"):
        actions.restore_pin(actor=sami, space=space, pin=removed)


# --- The host's filter ---


def test_filter_holds_what_a_speaker_pins(space, sami, speaker, filtered):
    for url in ("", LINK):
        with pytest.raises(actions.HeldBack, match="the filter that Hana set up for words"):
            actions.add_pin(actor=sami, space=space, url=url, text="Free SPAM")
    assert standing(space) == []


def test_filter_holds_a_pin_that_comes_back(space, sami, speaker, filtered):
    removed = actions.remove_pin(actor=sami, space=space, pin=make_pin(space, sami, text="Spam"))

    with pytest.raises(actions.HeldBack):
        actions.restore_pin(actor=sami, space=space, pin=removed)


def test_filter_lets_the_crew_pin_and_bring_back(space, hana, filtered):
    pin = actions.add_pin(actor=hana, space=space, url="", text="No spam here")
    removed = actions.remove_pin(actor=hana, space=space, pin=pin)

    actions.restore_pin(actor=hana, space=space, pin=removed)

    assert standing(space) == ["No spam here"]


def test_speaker_does_not_bring_back_what_the_crew_took_down(space, hana, sami, speaker):
    removed = actions.remove_pin(actor=hana, space=space, pin=make_pin(space, sami))

    with pytest.raises(NotAllowed, match="The crew of this Space took this down"):
        actions.restore_pin(actor=sami, space=space, pin=removed)

    actions.restore_pin(actor=hana, space=space, pin=removed)
    own = actions.remove_pin(actor=sami, space=space, pin=removed)
    assert actions.restore_pin(actor=sami, space=space, pin=own).unpinned_at is None


# --- What is typed ---


def post(client, space, **fields):
    return client.post(reverse("spaces:pin-add", args=[space.public_id]), fields, headers=HTMX)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"url": LINK, "text": " Winter\n sailings "}, (LINK, "Winter sailings")),
        ({"url": "harbour.example/winter"}, (LINK, "")),
        ({"url": "HTTP://Harbour.example"}, ("http://Harbour.example", "")),
        ({"text": "The next boat is at nine"}, ("", "The next boat is at nine")),
    ],
)
def test_link_or_update_is_kept_as_typed(client, space, hana, typed, kept):
    client.force_login(hana)

    response = post(client, space, **typed)

    assert response.status_code == 204
    assert space.pins.values_list("url", "text").get() == kept


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"url": " ", "text": " "},
        {"url": "javascript:alert(1)"},
        {"url": "data:text/html,x"},
        {"url": "ftp://harbour.example/"},
        {"url": "https://me:secret@harbour.example/"},
        {"url": "https://harbour.example/\x00"},
        {"url": "https://[::1"},
        {"url": f"https://harbour.example/{'x' * 500}"},
        {"text": "x" * 281},
        {"text": "\x00"},
    ],
)
def test_anything_else_is_refused_with_a_sentence(client, space, hana, typed):
    client.force_login(hana)

    response = post(client, space, **typed)

    assert response.status_code == 400
    assert response.json()["message"]
    assert not space.pins.exists()


@pytest.mark.parametrize("verb", ["pin-remove", "pin-restore"])
def test_pin_of_another_space_is_not_found(client, space, hana, verb):
    other = make_pin(make_space(make_participant(space).user))
    client.force_login(hana)

    url = reverse(f"spaces:{verb}", args=[space.public_id, other.public_id])

    assert client.post(url, headers=HTMX).status_code == 404


# --- The card ---


def cards(space):
    return draw_room(space.public_id, {"pins"}, [Reader()], Audience()).html[Reader()]


def test_card_shows_title_site_and_who_pinned_it(space, sami, speaker):
    make_pin(
        space, sami, url="https://www.harbour.example/w", title="Sailings", site="Harbour Times"
    )

    html = cards(space)

    assert 'href="https://www.harbour.example/w"' in html
    for part in ("Sailings", "harbour.example", "Harbour Times", "Sami", str(speaker.public_id)):
        assert part in html


def test_card_without_a_title_shows_where_the_link_leads(space):
    make_pin(space, url=LINK, text="", state=State.FAILED)

    assert ">harbour.example<" in cards(space)


def test_what_a_page_says_is_no_html(space):
    make_pin(space, url=LINK, title="<script>x</script>", site="<b>", text="<i>")

    html = cards(space)

    assert not [raw for raw in ("<script>", "<b>", "<i>") if raw in html]
    assert [said for said in ("&lt;script&gt;", "&lt;b&gt;", "&lt;i&gt;") if said not in html] == []


# --- The title ---


@pytest.fixture
def link_pin(space):
    return make_pin(space, url=LINK, text="", state=State.FETCHING)


@pytest.fixture
def page(monkeypatch):
    """What a visit gives: a preview, or what it raises; `visits` are the addresses asked for."""

    class Page:
        answer = Preview(title="Winter sailings", site="Harbour Times")

        def __init__(self):
            self.visits = []

        def fetch(self, url, *, agent):
            self.visits.append((url, agent))
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

    page = Page()
    monkeypatch.setattr(link_preview, "fetch", page.fetch)
    return page


def version(space):
    return Space.objects.values_list("version", flat=True).get(pk=space.pk)


def test_link_is_visited_after_the_commit(
    space, hana, monkeypatch, django_capture_on_commit_callbacks
):
    asked = []
    monkeypatch.setattr(tasks.fetch_pin_title, "delay", asked.append)

    with django_capture_on_commit_callbacks(execute=True):
        pin = actions.add_pin(actor=hana, space=space, url=LINK, text="")
        actions.add_pin(actor=hana, space=space, url="", text="Nothing to visit")
        assert asked == []

    assert asked == [pin.pk]
    assert pin.state == State.FETCHING


def test_title_comes_to_the_card_and_pages_are_told(space, link_pin, page):
    tasks.fetch_pin_title(link_pin.pk)

    link_pin.refresh_from_db()
    assert (link_pin.title, link_pin.site, link_pin.state) == (
        "Winter sailings",
        "Harbour Times",
        State.READY,
    )
    assert page.visits == [(LINK, "Rostrum (link preview)")]
    assert version(space) == space.version + 1


def test_page_that_cannot_be_read_leaves_the_card_as_it_is(space, link_pin, page):
    page.answer = Unreadable("not a page")

    tasks.fetch_pin_title(link_pin.pk)

    link_pin.refresh_from_db()
    assert (link_pin.state, link_pin.title) == (State.FAILED, "")
    assert version(space) == space.version


def test_network_that_fails_is_tried_twice_more(link_pin, page):
    page.answer = Unreadable("away", retryable=True)

    tasks.fetch_pin_title.apply([link_pin.pk])

    link_pin.refresh_from_db()
    assert len(page.visits) == 3
    assert link_pin.state == State.FAILED


def test_link_into_the_own_network_is_not_visited(space, monkeypatch):
    visits = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, place: visits.append(place))
    pin = make_pin(space, url="http://localhost/", text="", state=State.FETCHING)

    tasks.fetch_pin_title(pin.pk)

    pin.refresh_from_db()
    assert (pin.state, visits) == (State.FAILED, [])


def test_visit_is_made_once(link_pin, page):
    for _ in range(2):
        tasks.fetch_pin_title(link_pin.pk)

    assert len(page.visits) == 1


def test_visit_that_was_lost_with_its_worker_is_made_anew(space, link_pin, monkeypatch):
    asked = []
    monkeypatch.setattr(tasks.fetch_pin_title, "delay", asked.append)
    ago = {"lost": 3, "under way": 1}
    pins = {
        name: make_pin(space, url=f"{LINK}{minutes}", text="", state=State.FETCHING)
        for name, minutes in ago.items()
    }
    for name, minutes in ago.items():
        created_at = timezone.now() - timedelta(minutes=minutes)
        Pin.objects.filter(pk=pins[name].pk).update(created_at=created_at)

    tasks.fetch_missed_titles()

    assert asked == [pins["lost"].pk]


@pytest.mark.parametrize("what", ["removed", "ended"])
def test_title_that_comes_too_late_is_kept_and_not_told(space, hana, link_pin, page, what):
    if what == "removed":
        actions.remove_pin(actor=hana, space=space, pin=link_pin)
    else:
        actions.end_space(actor=hana, space=space)
    before = version(space)

    tasks.fetch_pin_title(link_pin.pk)

    link_pin.refresh_from_db()
    assert link_pin.title == "Winter sailings"
    assert version(space) == before


def test_title_of_a_space_that_was_deleted_meanwhile_is_dropped(space, link_pin, page):
    found = Pin.objects.get(pk=link_pin.pk)
    space.delete()

    actions.describe_pin(pin=found, preview=Preview(title="One", site=""))

    assert not Pin.objects.exists()


def test_first_title_stays(link_pin):
    actions.describe_pin(pin=link_pin, preview=Preview(title="One", site=""))
    actions.describe_pin(pin=link_pin, preview=Preview(title="Two", site=""))

    assert Pin.objects.get(pk=link_pin.pk).title == "One"
