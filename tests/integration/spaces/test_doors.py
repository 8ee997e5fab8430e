"""Every button's address: who comes in, who is refused, and how the refusal reads."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from spaces import actions
from spaces.models import Participant, Space
from tests.factories import (
    ask_to_co_host,
    make_comment,
    make_host,
    make_pin,
    make_scheduled,
    make_space,
    make_user,
)

from .private import invite

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
Role, Microphone = Participant.Role, Participant.Microphone


def url(name, space, *more):
    return reverse(f"spaces:{name}", args=[space.public_id, *(row.public_id for row in more)])


@pytest.fixture
def addresses(space, speaker, speak_request, turns):
    """Every verb of a Space where Sami speaks, asked to co-host, and Lena asks to speak; and of one
    that Hana announced.
    """
    ask_to_co_host(space, speaker.user)
    listener, comment = speak_request.participant, make_comment(space, speaker.user)
    announced = make_scheduled(space.host, scheduled_for=timezone.now() + timedelta(minutes=10))
    return {
        "space-go-live": url("space-go-live", space),
        "reminder-ask": url("reminder-ask", announced),
        "reminder-ask-early": url("reminder-ask-early", announced),
        "reminder-cancel": url("reminder-cancel", announced),
        "space-cancel": url("space-cancel", announced),
        "space-restore": url("space-restore", announced),
        "space-end": url("space-end", space),
        "comments-pause": url("comments-pause", space),
        "comments-resume": url("comments-resume", space),
        "ask": url("ask", space),
        "step-up": url("step-up", space),
        "step-down": url("step-down", space),
        "request-accept": url("request-accept", space, speak_request),
        "request-decline": url("request-decline", space, speak_request),
        "request-withdraw": url("request-withdraw", space, speak_request),
        "request-question": url("request-question", space, speak_request),
        "request-move": url("request-move", space, speak_request),
        "microphone-open": url("microphone-open", space),
        "microphone-mute": url("microphone-mute", space),
        "pin-add": url("pin-add", space),
        "pin-remove": url("pin-remove", space, make_pin(space, speaker.user)),
        "pin-restore": url("pin-restore", space, make_pin(space, speaker.user)),
        "comment-post": url("comment-post", space),
        "comment-edit": url("comment-edit", space, comment),
        "comment-delete": url("comment-delete", space, comment),
        "comment-restore": url("comment-restore", space, comment),
        "participant-invite": url("participant-invite", space, listener),
        "participant-mute": url("participant-mute", space, speaker),
        "participant-allow": url("participant-allow", space, speaker),
        "participant-give-turn": url("participant-give-turn", space, speaker),
        "participant-move-down": url("participant-move-down", space, speaker),
        "participant-lower-hand": url("participant-lower-hand", space, speaker),
        "participant-remove": url("participant-remove", space, speaker),
        "participant-block": url("participant-block", space, speaker),
        "participant-restore": url("participant-restore", space, speaker),
        "mute-all": url("mute-all", space),
        "hand-raise": url("hand-raise", space),
        "hand-lower": url("hand-lower", space),
        "co-host-invite": url("co-host-invite", space),
        "co-host-withdraw": url("co-host-withdraw", space),
        "co-host-accept": url("co-host-accept", space),
        "co-host-decline": url("co-host-decline", space),
        "person-invite": url("person-invite", space),
        "invitation-withdraw": url("invitation-withdraw", space, invite(space, make_user("ida"))),
        "invitation-decline": url("invitation-decline", space, invite(space, make_user("ivy"))),
        "listen-unnamed": url("listen-unnamed", space),
        "listen-named": url("listen-named", space),
    }


VERBS = (
    "space-go-live",
    "reminder-ask",
    "reminder-ask-early",
    "reminder-cancel",
    "space-cancel",
    "space-restore",
    "space-end",
    "comments-pause",
    "comments-resume",
    "ask",
    "step-up",
    "step-down",
    "request-accept",
    "request-decline",
    "request-withdraw",
    "request-question",
    "request-move",
    "microphone-open",
    "microphone-mute",
    "pin-add",
    "pin-remove",
    "pin-restore",
    "comment-post",
    "comment-edit",
    "comment-delete",
    "comment-restore",
    "participant-invite",
    "participant-mute",
    "participant-allow",
    "participant-give-turn",
    "participant-move-down",
    "participant-lower-hand",
    "participant-remove",
    "participant-block",
    "participant-restore",
    "mute-all",
    "hand-raise",
    "hand-lower",
    "co-host-invite",
    "co-host-withdraw",
    "co-host-accept",
    "co-host-decline",
    "person-invite",
    "invitation-withdraw",
    "invitation-decline",
    "listen-unnamed",
    "listen-named",
)
# What a verb is posted with.
FIELDS = {
    "co-host-invite": {"handle": "sami"},
    "co-host-withdraw": {"handle": "sami"},
    "person-invite": {"handle": "ida"},
    "pin-add": {"text": "Page four"},
    "comment-post": {"body": "Page four", "client_id": uuid.uuid4()},
    "comment-edit": {"body": "Page four"},
}
# They answer to a GET, and have tests of their own.
PAGES = {
    *("space-detail", "comments", "people", "space-settings", "space-share", "space-qr"),
    *("space-edit", "space-calendar", "space-analytics", "space-minutes"),
}
every_verb = pytest.mark.parametrize("verb", VERBS)
# What each of the cast may do in that Space; everything else is a 403.
MAY = {
    "hana": {
        "space-go-live",
        "space-cancel",
        "space-restore",
        "space-end",
        "comments-pause",
        "comments-resume",
        "request-accept",
        "request-decline",
        "request-move",
        "microphone-open",
        "microphone-mute",
        "pin-add",
        "pin-remove",
        "pin-restore",
        "comment-post",
        "comment-delete",
        "comment-restore",
        "participant-invite",
        "participant-mute",
        "participant-allow",
        "participant-give-turn",
        "participant-move-down",
        "participant-lower-hand",
        "participant-remove",
        "participant-block",
        "participant-restore",
        "mute-all",
        "co-host-invite",
        "co-host-withdraw",
        "person-invite",
        "invitation-withdraw",
        "listen-named",
    },
    "sami": {
        "step-down",
        "microphone-open",
        "microphone-mute",
        "pin-add",
        "pin-remove",
        "pin-restore",
        "comment-post",
        "comment-edit",
        "comment-delete",
        "comment-restore",
        "hand-raise",
        "hand-lower",
        "co-host-accept",
        "co-host-decline",
        "listen-named",
    },
    "lena": {
        *("ask", "request-withdraw", "request-question", "comment-post"),
        *("listen-unnamed", "listen-named"),
    },
    "otto": {"ask", "comment-post", "listen-unnamed", "listen-named"},
}

# Anybody whom the announcement is open to; its host needs no reminder.
REMINDERS = {"reminder-ask", "reminder-ask-early", "reminder-cancel"}
for person in MAY:
    MAY[person] |= REMINDERS if person != "hana" else {"reminder-cancel"}

# Their page is loaded again, and says what was done.
LOADED_AGAIN = {"space-cancel", "space-restore"}
# Their page is given what came of it, also where it has lost its socket.
ANSWERED = {"comment-post", "comment-edit", "person-invite", "invitation-withdraw", *REMINDERS}


def when_done(verb):
    return 302 if verb in LOADED_AGAIN else 200 if verb in ANSWERED else 204


def test_every_verb_is_among_these():
    from spaces.urls import space_patterns

    names = set()
    for pattern in space_patterns:
        names |= {part.name for part in getattr(pattern, "url_patterns", [pattern])}

    assert names == PAGES | set(VERBS)


@every_verb
@pytest.mark.parametrize("who", MAY)
def test_each_of_the_cast_presses_their_own_buttons_only(request, client, addresses, verb, who):
    client.force_login(request.getfixturevalue(who))

    response = client.post(addresses[verb], FIELDS.get(verb, {}), headers=HTMX)

    assert response.status_code == (when_done(verb) if verb in MAY[who] else 403)


@every_verb
def test_host_of_another_space_presses_no_button_of_the_crew(client, addresses, verb):
    client.force_login(make_space(make_host("rival")).host)

    response = client.post(addresses[verb], FIELDS.get(verb, {}), headers=HTMX)

    is_open = verb in MAY["otto"]
    assert response.status_code == (when_done(verb) if is_open else 403)


@every_verb
def test_stranger_without_an_account_is_asked_to_sign_in(client, addresses, verb):
    response = client.post(addresses[verb])

    assert response.url.startswith(reverse("account_login"))


@every_verb
def test_link_changes_nothing(client, hana, space, addresses, verb):
    client.force_login(hana)

    assert client.get(addresses[verb]).status_code == 405
    assert Space.objects.get(pk=space.pk).version == space.version


@every_verb
def test_form_of_another_site_is_refused(hana, space, addresses, verb):
    client = Client(enforce_csrf_checks=True)
    client.force_login(hana)

    assert client.post(addresses[verb]).status_code == 403
    assert Space.objects.get(pk=space.pk).version == space.version


@every_verb
def test_unknown_space_is_not_found(client, hana, space, addresses, verb):
    client.force_login(hana)

    unknown = re.sub(r"/spaces/[^/]+/", f"/spaces/{uuid.uuid4()}/", addresses[verb])

    assert client.post(unknown).status_code == 404


def test_form_of_the_site_itself_is_taken(hana, space):
    client = Client(enforce_csrf_checks=True)
    client.force_login(hana)
    content = client.get(space.get_absolute_url()).content.decode()
    token = content.partition('<meta name="csrf-token" content="')[2].partition('"')[0]

    response = client.post(url("space-end", space), headers=HTMX | {"X-CSRFToken": token})

    assert response.status_code == 204


@pytest.mark.parametrize("path", ["", "end/", "ask/"])
def test_address_that_is_no_space_is_not_found(client, hana, path):
    client.force_login(hana)

    assert client.post(f"/spaces/{uuid.uuid4()}/{path}").status_code in {404, 405}
    assert client.get(f"/spaces/not-a-uuid/{path}").status_code == 404


def test_page_of_an_unknown_space_is_not_found(client):
    assert client.get(f"/spaces/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize(
    "verb", ["participant-invite", "participant-mute", "participant-allow", "participant-move-down"]
)
def test_host_reaches_nobody_in_another_space_by_the_own_ones_address(client, speaker, verb):
    own = make_space(make_host("rival"))
    client.force_login(own.host)

    assert client.post(url(verb, own, speaker)).status_code == 404


@pytest.mark.parametrize(
    "verb",
    ["request-accept", "request-decline", "request-withdraw", "request-question", "request-move"],
)
def test_host_answers_no_request_of_another_space(client, speak_request, verb):
    own = make_space(make_host("rival"))
    client.force_login(own.host)

    assert client.post(url(verb, own, speak_request)).status_code == 404


# --- How an answer reads ---


def test_browser_without_scripts_is_shown_the_space_again(client, hana, space):
    client.force_login(hana)

    response = client.post(url("microphone-open", space))

    assert response.url == space.get_absolute_url()


def test_refusal_is_json_for_the_pages_script(client, lena, space):
    client.force_login(lena)

    response = client.post(url("microphone-open", space), headers=HTMX)

    assert response.status_code == 403
    assert response.json() == {
        "code": "not_allowed_speak",
        "message": "You are not on stage. Ask to speak first.",
    }


def test_refusal_is_a_page_for_a_browser(client, lena, space):
    client.force_login(lena)

    response = client.post(url("microphone-open", space))

    assert response.status_code == 403
    assert "You are not on stage. Ask to speak first." in response.content.decode()
    assert response.headers["Content-Type"].startswith("text/html")


def test_refusal_may_not_be_mixed_up_by_a_cache(client, lena, space):
    client.force_login(lena)

    response = client.post(url("microphone-open", space))

    assert "HX-Request" in response.headers["Vary"]


def test_person_muted_by_the_host_reads_who_can_change_it(client, space, sami, speaker):
    actions.mute_participant(actor=space.host, space=space, participant=speaker)
    client.force_login(sami)

    response = client.post(url("microphone-open", space), headers=HTMX)

    assert response.json()["code"] == "muted_by_crew"
    assert "when Hana allows" in response.json()["message"]


@every_verb
def test_every_button_of_an_ended_space_is_a_conflict(client, hana, space, addresses, verb):
    """What a late click may read: the Space is over, or it was never theirs to press."""
    ended = f"/spaces/{space.public_id}/"
    actions.end_space(actor=hana, space=space)
    client.force_login(hana)

    address = re.sub(r"/spaces/[^/]+/", ended, addresses[verb])
    response = client.post(address, FIELDS.get(verb, {}), headers=HTMX)

    assert (response.status_code, response.json()["code"]) == (409, "space_over")
