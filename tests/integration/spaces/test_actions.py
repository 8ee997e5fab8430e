"""What holds for every action of a Space."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from config.errors import Conflict, NotAllowed
from spaces import actions, events
from spaces.models import Space

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Deed:
    """An action with who does it and what it takes; fixtures by name."""

    name: str
    by: str
    takes: dict[str, str] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    moves_stage: bool = True
    shows_at_home: bool = False
    label: str = ""

    def __str__(self) -> str:
        return self.label or self.name


OTHERS = ("sami", "lena", "otto", "rival")
ROLE = "participant.role_changed"
MICROPHONE = "participant.microphone_changed"
REQUEST = "request.changed"
HAND = "participant.hand_changed"
INVITATION = "invitation.changed"
SETTINGS = "space.settings_changed"
PINS = "pins.changed"

DEEDS = [
    Deed("end_space", "hana", not_by=OTHERS, news=("space.ended",), shows_at_home=True),
    Deed("ask_to_speak", "lena", not_by=("hana", "sami"), news=(REQUEST,), moves_stage=False),
    Deed(
        "step_up",
        "lena",
        given=("open_stage",),
        not_by=("hana", "sami"),
        news=(ROLE,),
        shows_at_home=True,
    ),
    Deed(
        "withdraw_request",
        "lena",
        {"request": "speak_request"},
        not_by=("hana", "sami", "otto", "rival"),
        news=(REQUEST,),
        moves_stage=False,
    ),
    Deed(
        "withdraw_request",
        "lena",
        {"request": "invitation"},
        not_by=("sami", "otto", "rival"),
        news=(REQUEST,),
        moves_stage=False,
        label="withdraw_invitation",
    ),
    Deed(
        "withdraw_request",
        "hana",
        {"request": "invitation"},
        not_by=("sami", "otto", "rival"),
        news=(REQUEST,),
        moves_stage=False,
        label="take_back_invitation",
    ),
    Deed(
        "listen_unnamed",
        "lena",
        not_by=("hana", "sami"),
        news=("participant.naming_changed",),
        moves_stage=False,
    ),
    Deed(
        "listen_named",
        "lena",
        given=("unnamed_listener",),
        news=("participant.naming_changed",),
        moves_stage=False,
    ),
    Deed(
        "invite_to_stage",
        "hana",
        {"participant": "listener"},
        not_by=OTHERS,
        news=(REQUEST,),
        moves_stage=False,
    ),
    Deed(
        "accept_request",
        "hana",
        {"request": "speak_request"},
        not_by=OTHERS,
        news=(REQUEST, ROLE),
        shows_at_home=True,
    ),
    Deed(
        "accept_request",
        "lena",
        {"request": "invitation"},
        not_by=("hana", "sami", "otto", "rival"),
        news=(REQUEST, ROLE),
        shows_at_home=True,
        label="accept_invitation",
    ),
    Deed(
        "decline_request",
        "hana",
        {"request": "speak_request"},
        not_by=OTHERS,
        news=(REQUEST,),
        moves_stage=False,
    ),
    Deed(
        "decline_request",
        "lena",
        {"request": "invitation"},
        not_by=("hana", "sami", "otto", "rival"),
        news=(REQUEST,),
        moves_stage=False,
        label="decline_invitation",
    ),
    Deed(
        "change_question",
        "lena",
        {"request": "speak_request", "question": "question"},
        not_by=("hana", "sami", "otto", "rival"),
        news=(REQUEST,),
        moves_stage=False,
    ),
    Deed(
        "move_request",
        "hana",
        {"request": "late_request", "to": "first_place"},
        not_by=OTHERS,
        news=("queue.arranged",),
        moves_stage=False,
    ),
    Deed(
        "give_turn",
        "hana",
        {"participant": "open_speaker"},
        given=("turns",),
        not_by=OTHERS,
        news=("participant.turn_changed",),
        moves_stage=False,
    ),
    Deed(
        "add_pin",
        "sami",
        {"url": "link", "text": "line"},
        not_by=("lena", "otto", "rival"),
        news=(PINS,),
        moves_stage=False,
    ),
    Deed(
        "remove_pin",
        "sami",
        {"pin": "pin"},
        not_by=("lena", "otto", "rival"),
        news=(PINS,),
        moves_stage=False,
    ),
    Deed(
        "remove_pin",
        "hana",
        {"pin": "pin"},
        not_by=("lena", "otto", "rival"),
        news=(PINS,),
        moves_stage=False,
        label="remove_pin_of_others",
    ),
    Deed(
        "restore_pin",
        "sami",
        {"pin": "pin"},
        given=("pin_was_removed",),
        not_by=("lena", "otto", "rival"),
        news=(PINS,),
        moves_stage=False,
    ),
    Deed("open_microphone", "sami", not_by=("lena", "otto", "rival"), news=(MICROPHONE,)),
    Deed(
        "mute_microphone",
        "sami",
        given=("open_speaker",),
        not_by=("lena", "otto", "rival"),
        news=(MICROPHONE,),
    ),
    Deed(
        "mute_participant",
        "hana",
        {"participant": "open_speaker"},
        not_by=OTHERS,
        news=(MICROPHONE,),
    ),
    Deed(
        "allow_microphone",
        "hana",
        {"participant": "barred_speaker"},
        not_by=OTHERS,
        news=(MICROPHONE,),
    ),
    Deed(
        "move_to_audience",
        "hana",
        {"participant": "speaker"},
        not_by=OTHERS,
        news=(ROLE,),
        shows_at_home=True,
    ),
    Deed(
        "change_settings",
        "hana",
        {"who_may_comment": "nobody"},
        not_by=OTHERS,
        news=(SETTINGS,),
        moves_stage=False,
    ),
    Deed("pause_comments", "hana", not_by=OTHERS, news=(SETTINGS,), moves_stage=False),
    Deed(
        "resume_comments",
        "hana",
        given=("paused_comments",),
        not_by=OTHERS,
        news=(SETTINGS,),
        moves_stage=False,
    ),
    Deed(
        "mute_all",
        "hana",
        given=("open_speaker",),
        not_by=OTHERS,
        news=("participant.everyone_muted",),
    ),
    Deed(
        "raise_hand",
        "sami",
        not_by=("hana", "lena", "otto", "rival"),
        news=(HAND,),
        moves_stage=False,
    ),
    Deed(
        "lower_hand",
        "sami",
        given=("raised_hand",),
        not_by=("hana", "lena", "otto", "rival"),
        news=(HAND,),
        moves_stage=False,
    ),
    Deed(
        "lower_hand",
        "hana",
        {"participant": "raised_hand"},
        not_by=OTHERS,
        news=(HAND,),
        moves_stage=False,
        label="lower_hand_of",
    ),
    Deed(
        "invite_co_host",
        "hana",
        {"user": "lena"},
        not_by=OTHERS,
        news=(INVITATION,),
        moves_stage=False,
    ),
    Deed(
        "accept_co_hosting",
        "sami",
        given=("asked",),
        not_by=("hana", "lena", "otto", "rival"),
        news=(INVITATION, ROLE),
        shows_at_home=True,
    ),
    Deed(
        "decline_co_hosting",
        "sami",
        given=("asked",),
        not_by=("hana", "lena", "otto", "rival"),
        news=(INVITATION,),
        moves_stage=False,
    ),
    Deed(
        "withdraw_co_hosting",
        "hana",
        {"user": "sami"},
        given=("asked",),
        not_by=OTHERS,
        news=(INVITATION,),
        moves_stage=False,
    ),
    Deed(
        "withdraw_co_hosting",
        "hana",
        {"user": "nadia"},
        given=("co_host",),
        not_by=(*OTHERS, "nadia"),
        news=(INVITATION, ROLE),
        shows_at_home=True,
        label="end_co_hosting",
    ),
    Deed(
        "remove_participant",
        "hana",
        {"participant": "speaker"},
        not_by=OTHERS,
        news=("participant.removed",),
        shows_at_home=True,
    ),
    Deed(
        "restore_participant",
        "hana",
        {"participant": "removed"},
        not_by=("sami", "otto", "rival"),
        news=("participant.restored",),
    ),
    Deed(
        "step_down",
        "sami",
        not_by=("hana", "lena", "otto", "rival"),
        news=(ROLE,),
        shows_at_home=True,
    ),
]

every_deed = pytest.mark.parametrize("deed", DEEDS, ids=str)


@pytest.fixture
def do(request, space, speaker):
    """Set the scene (Hana hosts, Sami speaks); gives the deed as a function of who does it."""

    def prepare(deed):
        for name in deed.given:
            request.getfixturevalue(name)
        taken = {key: request.getfixturevalue(name) for key, name in deed.takes.items()}
        people = {name: request.getfixturevalue(name) for name in (deed.by, *deed.not_by)}

        def act(by=deed.by) -> Any:
            return getattr(actions, deed.name)(actor=people[by], space=space, **taken)

        return act

    return prepare


def version(space):
    return Space.objects.values_list("version", flat=True).get(pk=space.pk)


@every_deed
def test_every_action_raises_the_version_once_and_tells_pages_after_commit(
    deed, do, space, news, django_capture_on_commit_callbacks
):
    act = do(deed)

    with django_capture_on_commit_callbacks(execute=True):
        act()
        assert news.messages == []

    (message,) = news.of(space)
    assert message["seq"] == version(space) == space.version + 1
    assert tuple(event["name"] for event in message["events"]) == deed.news


@every_deed
def test_every_action_tells_nodes_and_home_what_concerns_them(
    deed, do, space, news, django_capture_on_commit_callbacks
):
    act = do(deed)

    with django_capture_on_commit_callbacks(execute=True):
        act()

    assert news.stages == ([space.public_id] if deed.moves_stage else [])
    assert news.reached_home == deed.shows_at_home


@pytest.mark.parametrize(
    ("deed", "who"),
    [pytest.param(deed, who, id=f"{deed}-{who}") for deed in DEEDS for who in deed.not_by],
)
def test_every_action_is_refused_to_who_may_not(
    deed, who, do, space, news, django_capture_on_commit_callbacks
):
    act = do(deed)

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(NotAllowed):
        act(who)

    assert news.messages == news.stages == []
    assert version(space) == space.version


@every_deed
def test_every_action_is_refused_when_the_space_has_ended(deed, do, space, hana):
    act = do(deed)
    actions.end_space(actor=hana, space=space)

    with pytest.raises(actions.SpaceOver):
        act()


@every_deed
def test_every_action_repeated_changes_nothing_more(deed, do, space):
    act = do(deed)
    act()
    after_one = version(space)

    with suppress(Conflict, NotAllowed):
        act()

    assert version(space) == after_one


def test_every_action_is_held_to_these_laws():
    """A new action gets its row above; these have rules of their own."""
    elsewhere = {
        *(
            "open_space",
            "join_space",
            "come_in",
            "close_pages",
            "sweep_absent",
            "may_step_up",
            "places",
        ),
        *(
            "host_came_back",
            "remove_blocked",
            "withdraw_blocked",
            "show_out",
            "limit_length",
            "describe_pin",
            "count_reactions",
            "tell_reactions",
            "measure_attendance",
        ),
        *("schedule_space", "start_scheduled", "cancel_space", "restore_space", "cancel_overdue"),
        *("ask_reminder", "cancel_reminder", "tell_next", "tell_next_followers"),
        *("edit_announcement", "require_announced", "renew_calendar", "refresh_search"),
        *("post_comment", "edit_comment", "delete_comment", "restore_comment"),
        *("invite_person", "withdraw_invitation", "decline_invitation"),
        *("follow_topic", "unfollow_topic"),
        *("require_live", "require_standing", "require_started"),
        *("is_followed_by_host", "is_co_hosting"),
    }
    public = {name for name in actions.__all__ if name[0].islower()}

    assert public - elsewhere == {deed.name for deed in DEEDS}


# --- Rules of their own ---


def test_joining_twice_is_one_row_and_no_news(space, lena, news):
    first = actions.join_space(actor=lena, space=space)

    assert actions.join_space(actor=lena, space=space) == first
    assert (version(space), news.messages) == (space.version, [])


def test_signing_out_closes_the_pages_of_that_browser_only(
    client, lena, news, django_capture_on_commit_callbacks
):
    client.force_login(lena)
    key = client.session.session_key

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/logout/")

    message = news.messages[0][events.user_channel(lena.pk)]
    assert message == {"close": 4403, "session": events.session_digest(key), "space": None}
    assert key not in str(news.messages)


def test_dead_redis_keeps_the_change(space, hana, monkeypatch, django_capture_on_commit_callbacks):
    def refuse(messages):
        raise ConnectionError("no Redis")

    monkeypatch.setattr("config.news._send", refuse)

    with django_capture_on_commit_callbacks(execute=True):
        actions.end_space(actor=hana, space=space)

    space.refresh_from_db()
    assert space.state == Space.State.ENDED
