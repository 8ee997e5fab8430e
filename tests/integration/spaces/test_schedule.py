"""Announcing a Space for later: the form, the actions, its page."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from accounts.models import User
from config.errors import Conflict, NotAllowed
from spaces import actions
from spaces.actions import announcing
from spaces.forms import WALL_FORMAT, StartSpaceForm
from spaces.media import commands
from spaces.models import Participant, Space
from spaces.tasks import cancel_overdue
from tests.factories import (
    make_host,
    make_participant,
    make_scheduled,
    make_space,
    make_topic,
)

from .outcomes import kinds, meet_after

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

State = Space.State
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def soon(**fields):
    """A Space whose door its host may open now."""
    return make_scheduled(**{"scheduled_for": timezone.now() + 10 * MINUTE} | fields)


def announce(host, *, scheduled_for=None, title="The price of a book"):
    return actions.schedule_space(
        actor=host,
        title=title,
        topics=[],
        who_may_speak="invited",
        scheduled_for=scheduled_for or timezone.now() + DAY,
    )


def state_of(space):
    return Space.objects.get(pk=space.pk).state


# --- Announcing ---


def test_announced_space_waits_for_its_time(hana):
    moment = timezone.now() + DAY

    space = announce(hana, scheduled_for=moment)

    assert (space.state, space.scheduled_for, space.started_at) == (State.SCHEDULED, moment, None)
    assert space.participants.get().role == Participant.Role.HOST


def test_who_may_not_host_may_not_announce_either(lena):
    with pytest.raises(NotAllowed) as refusal:
        announce(lena)

    assert refusal.value.code == "may_not_host"
    assert not Space.objects.exists()


@pytest.mark.parametrize(
    ("ahead", "word"),
    [(4 * MINUTE, "at least 5 minutes"), (-DAY, "at least"), (31 * DAY, "30 days")],
)
def test_time_too_near_or_too_far_is_refused(hana, ahead, word):
    with pytest.raises(actions.BadTime, match=word):
        announce(hana, scheduled_for=timezone.now() + ahead)


def test_same_time_is_announced_once(hana):
    moment = announce(hana).scheduled_for

    with pytest.raises(actions.BadTime, match="announced a Space for this time"):
        announce(hana, scheduled_for=moment)


def test_ten_may_be_coming_up_and_no_eleventh(hana, settings):
    settings.MAX_SCHEDULED = 2
    for days in (1, 2):
        make_scheduled(hana, scheduled_for=timezone.now() + days * DAY)

    with pytest.raises(actions.TooManyScheduled):
        announce(hana, scheduled_for=timezone.now() + 3 * DAY)


def test_cancelled_one_makes_room(hana, settings):
    settings.MAX_SCHEDULED = 1
    make_scheduled(hana, state=State.CANCELLED)

    assert announce(hana).is_scheduled


# --- Starting ---


def test_host_opens_the_door_a_little_early(news, django_capture_on_commit_callbacks):
    space = soon()

    with django_capture_on_commit_callbacks(execute=True):
        started = actions.start_scheduled(actor=space.host, space=space)

    assert (started.state, started.version) == (State.LIVE, space.version + 1)
    assert [event["name"] for event in news.of(space)[0]["events"]] == ["space.started"]
    assert news.reached_home


def test_started_host_is_on_stage_since_now_with_the_microphone_off():
    space = soon()
    host = space.participants.get()

    actions.start_scheduled(actor=space.host, space=space)

    again = space.participants.get()
    assert again.on_stage_since > host.on_stage_since
    assert again.microphone == Participant.Microphone.MUTED


def test_door_stays_closed_until_a_quarter_of_an_hour_before():
    space = make_scheduled(scheduled_for=timezone.now() + 16 * MINUTE)

    with pytest.raises(actions.BadTime, match="You can start from"):
        actions.start_scheduled(actor=space.host, space=space)


def test_second_live_space_of_a_host_is_refused(hana):
    make_space(hana)
    space = soon(host=hana)

    with pytest.raises(Conflict, match="live Space already"):
        actions.start_scheduled(actor=hana, space=space)
    assert state_of(space) == State.SCHEDULED


def test_who_lost_the_leave_to_host_does_not_start(hana):
    space = soon(host=hana)
    User.objects.filter(pk=hana.pk).update(follower_count=3)

    with pytest.raises(NotAllowed):
        actions.start_scheduled(actor=User.objects.get(pk=hana.pk), space=space)


def test_full_nodes_leave_it_announced(monkeypatch):
    space = soon()
    monkeypatch.setattr(commands, "is_full", lambda: True)

    with pytest.raises(actions.NoRoom):
        actions.start_scheduled(actor=space.host, space=space)
    assert state_of(space) == State.SCHEDULED


# --- Cancelling, and taking that back ---


def test_cancelled_space_tells_its_pages(news, django_capture_on_commit_callbacks):
    space = make_scheduled()

    with django_capture_on_commit_callbacks(execute=True):
        actions.cancel_space(actor=space.host, space=space)

    assert state_of(space) == State.CANCELLED
    assert [event["name"] for event in news.of(space)[0]["events"]] == ["space.cancelled"]


def test_cancelled_space_does_not_start():
    space = soon(state=State.CANCELLED)

    with pytest.raises(actions.SpaceOver, match="was cancelled"):
        actions.start_scheduled(actor=space.host, space=space)


def test_live_space_is_ended_and_not_cancelled(space, hana):
    with pytest.raises(actions.SpaceOver, match="has started"):
        actions.cancel_space(actor=hana, space=space)


def test_cancelled_space_is_announced_again():
    space = make_scheduled(state=State.CANCELLED)

    actions.restore_space(actor=space.host, space=space)

    assert state_of(space) == State.SCHEDULED


def test_cancelled_space_whose_time_has_passed_stays_cancelled():
    space = make_scheduled(state=State.CANCELLED, scheduled_for=timezone.now() - MINUTE)

    with pytest.raises(actions.BadTime):
        actions.restore_space(actor=space.host, space=space)


def test_place_taken_meanwhile_keeps_the_cancelled_one_out(hana):
    moment = timezone.now() + DAY
    space = make_scheduled(hana, state=State.CANCELLED, scheduled_for=moment)
    make_scheduled(hana, scheduled_for=moment)

    with pytest.raises(actions.BadTime):
        actions.restore_space(actor=hana, space=space)


DEEDS = [
    (actions.start_scheduled, State.SCHEDULED),
    (actions.cancel_space, State.SCHEDULED),
    (actions.restore_space, State.CANCELLED),
]
every_deed = pytest.mark.parametrize(
    ("deed", "state"), DEEDS, ids=lambda d: getattr(d, "__name__", d)
)


@every_deed
@pytest.mark.parametrize("role", [None, Participant.Role.LISTENER, Participant.Role.SPEAKER])
def test_only_the_host_does_it(otto, deed, state, role):
    space = soon(state=state)
    if role:
        make_participant(space, user=otto, role=role)

    with pytest.raises(NotAllowed):
        deed(actor=otto, space=space)
    assert state_of(space) == state


@every_deed
def test_repeat_is_harmless(deed, state):
    space = soon(state=state)
    once = deed(actor=space.host, space=space)

    again = deed(actor=space.host, space=space)

    assert (again.state, again.version) == (once.state, once.version)


# --- By the clock ---


@pytest.mark.parametrize(
    ("late", "state"), [(14 * MINUTE, State.SCHEDULED), (16 * MINUTE, State.CANCELLED)]
)
def test_space_whose_host_did_not_come_is_called_off(late, state):
    space = make_scheduled(scheduled_for=timezone.now() - late)

    cancel_overdue()

    assert state_of(space) == state


def test_operator_says_how_long_a_host_is_waited_for(settings):
    settings.HOST_LATE_S = 3600
    space = make_scheduled(scheduled_for=timezone.now() - 59 * MINUTE)

    cancel_overdue()

    assert state_of(space) == State.SCHEDULED


def test_space_started_while_the_clock_looked_goes_on():
    space = make_scheduled(scheduled_for=timezone.now() - 16 * MINUTE)
    stale = Space.objects.get(pk=space.pk)
    actions.start_scheduled(actor=space.host, space=space)

    actions.cancel_overdue(space=stale, now=timezone.now())

    assert state_of(space) == State.LIVE


# --- What the database holds to ---


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.SCHEDULED},
        {"state": State.CANCELLED},
        {"state": State.LIVE},
        {"state": State.SCHEDULED, "scheduled_for": timezone.now(), "started_at": timezone.now()},
        {"state": State.ENDED, "ended_at": timezone.now()},
    ],
    ids=["scheduled when", "cancelled when", "live since", "not started yet", "ended unstarted"],
)
def test_state_and_times_fit_each_other(hana, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Space.objects.create(host=hana, title="x", **fields)


# --- Two at once ---


@pytest.fixture
def both_look(monkeypatch):
    """Whether the Space is still announced."""
    meet_after(monkeypatch, announcing, "require_announced")


def start_and_cancel(at_once, space):
    return at_once(
        lambda: actions.start_scheduled(actor=space.host, space=space),
        lambda: actions.cancel_space(actor=space.host, space=space),
    )


@pytest.mark.django_db(transaction=True)
def test_start_and_cancel_at_once_do_one_of_the_two(at_once, both_look):
    outcomes = start_and_cancel(at_once, soon())

    assert kinds(outcomes) == ["SpaceOver", "done"]


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_row_lock_does_both(at_once, both_look, monkeypatch):
    """Shows that the test above would see it."""
    monkeypatch.setattr(announcing, "lock_any", lambda space: Space.objects.get(pk=space.pk))

    outcomes = start_and_cancel(at_once, soon())

    assert "SpaceOver" not in kinds(outcomes)


# --- The form ---

LISBON = ZoneInfo("Europe/Lisbon")


@pytest.fixture
def later(client, hana):
    client.force_login(hana)

    def post(wall, **fields):
        typed = wall.strftime(WALL_FORMAT) if isinstance(wall, datetime) else wall
        data = {"title": "Ferries", "who_may_speak": "invited", "when": "later"}
        data |= {"scheduled_for": typed, "time_zone": "Europe/Lisbon"}
        return client.post("/spaces/start/", data | fields)

    return post


def in_days(days):
    return (timezone.now() + days * DAY).astimezone(LISBON).replace(second=0, microsecond=0)


def test_time_is_by_the_clock_that_the_page_named(later):
    wall = in_days(3)

    response = later(wall)

    space = Space.objects.get()
    assert response.url == space.get_absolute_url()
    assert space.scheduled_for == wall.astimezone(UTC)


def test_topics_and_who_may_speak_are_kept_for_then(later):
    topic = make_topic("Coast")

    later(in_days(2), topics=[topic.pk], who_may_speak="everyone")

    space = Space.objects.get()
    assert (list(space.topics.all()), space.who_may_speak) == ([topic], "everyone")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Say when it starts."),
        ("soon", "Give a day and a time"),
        ("2026-02-30T10:00", "Give a day and a time"),
        ("2026-11-24T19:00+01:00", "Give a day and a time"),
        ("2020-01-01T10:00", "at least 5 minutes from now"),
        ("9999-12-31T23:59", "within the next 30 days"),
        ("0001-01-01T00:00", "at least 5 minutes from now"),
    ],
)
def test_wrong_time_is_said_on_its_field_and_nothing_else_is_lost(later, typed, sentence):
    response = later(typed, title="Kept words")

    form, content = response.context["form"], response.content.decode()
    assert sentence in form.errors["scheduled_for"][0]
    assert 'value="Kept words"' in content
    assert f'value="{typed}"' in content or not typed
    assert re.search(r'value="later"[^>]*checked', content)
    assert not Space.objects.exists()


@pytest.mark.parametrize(
    ("wall", "word"),
    [("2027-03-28T01:30", "go forward"), ("2026-10-25T01:30", "go back")],
)
def test_hour_in_which_the_clocks_are_changed_is_explained(wall, word):
    form = StartSpaceForm(
        {"title": "x", "who_may_speak": "invited", "when": "later", "scheduled_for": wall}
        | {"time_zone": "Europe/Lisbon"},
        now=datetime(2026, 10, 1, tzinfo=UTC),
    )

    assert word in form.errors["scheduled_for"][0]


def test_time_typed_before_choosing_now_is_in_nobodys_way(later):
    later("nonsense", when="now")

    assert Space.objects.get().is_live


def test_form_names_a_clock_at_a_fixed_distance_from_utc(client, hana):
    client.force_login(hana)
    client.cookies["time_zone"] = "Etc/GMT+5"

    assert 'name="time_zone" value="Etc/GMT+5"' in client.get("/spaces/start/").content.decode()


def test_form_names_the_clock_it_means(client):
    client.force_login(make_host(time_zone="Asia/Kathmandu"))

    content = client.get("/spaces/start/").content.decode()

    assert "By your clock, Asia/Kathmandu." in content
    assert 'name="time_zone" value="Asia/Kathmandu"' in content


def test_unknown_clock_is_the_readers_own(later):
    wall = in_days(3)

    later(wall, time_zone="Mars/Olympus")

    assert Space.objects.get().scheduled_for == wall.replace(tzinfo=UTC)


@example_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(when=st.text(max_size=8), typed=st.text(max_size=30), zone=st.text(max_size=20))
def test_no_input_breaks_the_form(when, typed, zone):
    data = {"title": "x", "when": when, "scheduled_for": typed, "time_zone": zone}

    assert StartSpaceForm(data, now=timezone.now()).is_valid() is False


# --- Its page ---


def read(client, space):
    return client.get(space.get_absolute_url()).content.decode()


def test_page_names_day_time_zone_host_and_topics(client, hana):
    space = make_scheduled(hana, scheduled_for=datetime(2027, 1, 5, 19, 30, tzinfo=UTC))
    space.topics.add(make_topic("Coast"))
    client.cookies["time_zone"] = "Asia/Kathmandu"

    content = read(client, space)

    assert all(t in content for t in ("Wednesday, 6 January", "01:15", "Hana", "Coast"))
    assert f"http://testserver{space.get_absolute_url()}" in content


def test_stranger_gets_no_button_of_the_host(client):
    content = read(client, soon())

    assert "go-live" not in content
    assert "/cancel/" not in content


@pytest.mark.parametrize(("ahead", "may"), [(10 * MINUTE, True), (20 * MINUTE, False)])
def test_host_starts_from_the_page_when_it_is_time(client, ahead, may):
    space = make_scheduled(scheduled_for=timezone.now() + ahead)
    client.force_login(space.host)

    assert ("go-live/" in read(client, space)) is may


def test_started_page_is_the_room_at_the_same_address(client):
    space = soon()
    client.force_login(space.host)

    response = client.post(f"{space.get_absolute_url()}go-live/", follow=True)

    assert response.redirect_chain == [(space.get_absolute_url(), 302)]
    assert 'id="stage"' in response.content.decode()


def test_cancelling_offers_the_way_back(client):
    space = make_scheduled()
    client.force_login(space.host)

    content = client.post(f"{space.get_absolute_url()}cancel/", follow=True).content.decode()
    client.post(f"{space.get_absolute_url()}restore/")

    assert f'action="{space.get_absolute_url()}restore/"' in content
    assert "will not take place" in content
    assert state_of(space) == State.SCHEDULED


def test_page_of_a_late_host_says_that_everybody_waits(client):
    content = read(client, make_scheduled(scheduled_for=timezone.now() - MINUTE))

    assert "Waiting for <bdi>Hana</bdi>" in content


@pytest.mark.parametrize("verb", ["ask", "step-up", "microphone/open", "end"])
def test_nobody_comes_on_stage_before_it_starts(client, lena, verb):
    space = make_scheduled()
    client.force_login(space.host if verb in ("microphone/open", "end") else lena)

    response = client.post(f"{space.get_absolute_url()}{verb}/")

    assert (response.status_code, state_of(space)) == (409, State.SCHEDULED)


def test_page_takes_the_same_queries_for_any_number_of_topics(client, django_assert_num_queries):
    space = make_scheduled()
    space.topics.add(*[make_topic(name) for name in ("Coast", "Local", "Music")])

    # The Space with its host; its topics; its co-hosts; how many want to be reminded.
    with django_assert_num_queries(4):
        client.get(space.get_absolute_url())


@pytest.mark.parametrize("topics", [0, 3])
def test_start_form_takes_the_same_queries_for_any_number_of_topics(
    client, django_assert_num_queries, topics
):
    for number in range(topics):
        make_topic(f"Topic{number}")
    client.force_login(make_host())

    # Session, reader, topics; who is live of those they follow; the bell.
    with django_assert_num_queries(5):
        client.get("/spaces/start/")


def test_announced_space_is_set_as_the_form_says(later):
    later(in_days(2), visibility="invited", stage_size="large")

    space = Space.objects.get()
    assert (space.visibility, space.stage_size) == ("invited", "large")
