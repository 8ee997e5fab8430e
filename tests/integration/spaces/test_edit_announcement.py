"""An announcement changed after it was made: the action, the form, the pages."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from config.errors import NotAllowed
from spaces import actions
from spaces.actions import announcing
from spaces.forms import WALL_FORMAT, EditAnnouncementForm
from spaces.models import Participant, Space
from tests.factories import make_co_host, make_host, make_participant, make_scheduled, make_topic

from .outcomes import kinds, meet_after, meet_surely

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

State = Space.State
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def edit(space, *, actor=None, **changes):
    fields = {
        "title": space.title,
        "topics": list(space.topics.all()),
        "scheduled_for": space.scheduled_for,
    }
    return actions.edit_announcement(actor=actor or space.host, space=space, **fields | changes)


def fresh(space):
    return Space.objects.get(pk=space.pk)


# --- The action ---


def test_title_topics_and_time_become_what_the_host_says():
    space, coast = make_scheduled(), make_topic("Coast")
    moment = timezone.now() + 5 * DAY

    edit(space, title="The price of paper", topics=[coast], scheduled_for=moment)

    now = fresh(space)
    assert (now.title, now.scheduled_for) == ("The price of paper", moment)
    assert list(now.topics.all()) == [coast]


def test_moved_space_remembers_from_when():
    space = make_scheduled()

    edit(space, scheduled_for=space.scheduled_for + DAY)

    assert fresh(space).moved_from == space.scheduled_for


def test_new_title_alone_moves_nothing():
    space = make_scheduled()

    edit(space, title="The price of paper")

    assert fresh(space).moved_from is None


def test_change_tells_open_pages_and_lists(news, django_capture_on_commit_callbacks):
    space = make_scheduled()

    with django_capture_on_commit_callbacks(execute=True):
        edited = edit(space, title="The price of paper")

    assert edited.version == space.version + 1
    assert [event["name"] for event in news.of(space)[0]["events"]] == ["space.announcement_edited"]
    assert news.reached_home


def test_repeat_is_harmless(news, django_capture_on_commit_callbacks):
    space = make_scheduled()
    once = edit(space, title="The price of paper", scheduled_for=space.scheduled_for + DAY)

    with django_capture_on_commit_callbacks(execute=True):
        again = edit(once)

    assert (again.version, again.announced_at) == (once.version, once.announced_at)
    assert again.moved_from == space.scheduled_for
    assert news.messages == []


@pytest.mark.parametrize(
    ("ahead", "word"),
    [(4 * MINUTE, "at least 5 minutes"), (-DAY, "at least"), (31 * DAY, "30 days")],
)
def test_time_too_near_or_too_far_is_refused(ahead, word):
    space = make_scheduled()

    with pytest.raises(actions.BadTime, match=word):
        edit(space, scheduled_for=timezone.now() + ahead)
    assert fresh(space).scheduled_for == space.scheduled_for


@pytest.mark.parametrize("ahead", [2 * MINUTE, -5 * MINUTE])
def test_time_that_stays_may_be_near_or_just_past(ahead):
    space = make_scheduled(scheduled_for=timezone.now() + ahead)

    assert edit(space, title="The price of paper").title == "The price of paper"


def test_late_host_moves_what_has_not_started():
    space = make_scheduled(scheduled_for=timezone.now() - 5 * MINUTE)
    moment = timezone.now() + 30 * MINUTE

    assert edit(space, scheduled_for=moment).scheduled_for == moment


def test_time_of_another_space_of_the_host_is_taken(hana):
    space, other = make_scheduled(hana), make_scheduled(hana, scheduled_for=timezone.now() + DAY)

    with pytest.raises(actions.BadTime, match="announced a Space for this time"):
        edit(space, scheduled_for=other.scheduled_for)


def test_full_programme_can_still_be_moved(hana, settings):
    settings.MAX_SCHEDULED = 1
    space = make_scheduled(hana)

    assert edit(space, scheduled_for=space.scheduled_for + DAY).is_scheduled


@pytest.mark.parametrize("role", [None, "listener", "speaker", "co-host"])
def test_only_the_host_edits(otto, role):
    space = make_scheduled()
    if role == "co-host":
        make_co_host(space, user=otto)
    elif role:
        make_participant(space, user=otto, role=Participant.Role(role))

    with pytest.raises(NotAllowed):
        edit(space, actor=otto, title="Mine now")
    assert fresh(space).title == space.title


@pytest.mark.parametrize(
    ("act", "sentence"),
    [(actions.start_scheduled, "has started"), (actions.cancel_space, "was cancelled")],
)
def test_what_is_not_announced_any_more_stays_as_it_was(act, sentence):
    space = make_scheduled(scheduled_for=timezone.now() + 10 * MINUTE)
    act(actor=space.host, space=space)

    with pytest.raises(actions.SpaceOver, match=sentence):
        edit(space, title="Too late")


# --- Two at once ---


@pytest.fixture
def both_look(monkeypatch):
    """Whether the Space is still announced."""
    meet_after(monkeypatch, announcing, "require_announced")


def edit_and(at_once, deed):
    space = make_scheduled(scheduled_for=timezone.now() + 10 * MINUTE)
    outcomes = at_once(
        lambda: edit(space, scheduled_for=space.scheduled_for + DAY),
        lambda: deed(actor=space.host, space=space),
    )
    return outcomes, fresh(space)


@pytest.mark.django_db(transaction=True)
def test_moved_and_started_at_once_is_one_of_the_two(at_once, both_look):
    outcomes, space = edit_and(at_once, actions.start_scheduled)

    # Moved first, its door stays closed until then; started first, there is nothing to move.
    assert kinds(outcomes) in (["SpaceOver", "done"], ["BadTime", "done"])
    assert space.is_live is (space.moved_from is None)


@pytest.mark.django_db(transaction=True)
def test_edited_and_cancelled_at_once_ends_cancelled(at_once, both_look):
    outcomes, space = edit_and(at_once, actions.cancel_space)

    assert kinds(outcomes) in (["SpaceOver", "done"], ["done", "done"])
    assert space.is_cancelled


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_row_lock_starts_what_was_moved(at_once, both_look, monkeypatch):
    """Shows that the first of them would see it."""
    meet_surely(monkeypatch)
    monkeypatch.setattr(announcing, "lock_any", lambda space: Space.objects.get(pk=space.pk))

    outcomes, space = edit_and(at_once, actions.start_scheduled)

    assert kinds(outcomes) == ["done", "done"]
    assert space.is_live
    assert space.moved_from is not None


@pytest.mark.django_db(transaction=True)
def test_two_spaces_moved_to_one_time_at_once_are_told_apart(at_once, hana):
    spaces = [make_scheduled(hana, scheduled_for=timezone.now() + days * DAY) for days in (1, 2)]
    moment = timezone.now() + 3 * DAY

    outcomes = at_once(*[lambda space=space: edit(space, scheduled_for=moment) for space in spaces])

    assert kinds(outcomes) == ["BadTime", "done"]


# --- The form ---

LISBON = ZoneInfo("Europe/Lisbon")


def url(space):
    return f"{space.get_absolute_url()}edit/"


@pytest.fixture
def space():
    moment = (timezone.now() + 3 * DAY).replace(second=17, microsecond=0)
    return make_scheduled(make_host(time_zone="Europe/Lisbon"), scheduled_for=moment)


@pytest.fixture
def send(client, space):
    client.force_login(space.host)

    def post(**fields):
        data = {
            "title": space.title,
            "scheduled_for": wall_of(space.scheduled_for),
            "time_zone": "Europe/Lisbon",
        }
        return client.post(url(space), data | fields)

    return post


def wall_of(moment):
    return moment.astimezone(LISBON).strftime(WALL_FORMAT)


def test_form_holds_what_is_announced_by_the_hosts_clock(client, space):
    topic = make_topic("Coast")
    space.topics.add(topic)
    client.force_login(space.host)

    content = client.get(url(space)).content.decode()

    assert f'value="{space.title}"' in content
    assert f'value="{wall_of(space.scheduled_for)}"' in content
    assert "By your clock, Europe/Lisbon." in content
    assert content.count("checked") == 1


def test_form_sent_as_it_was_changes_nothing(send, space):
    response = send()

    assert response.url == space.get_absolute_url()
    assert (fresh(space).version, fresh(space).scheduled_for) == (1, space.scheduled_for)


def test_new_time_is_by_the_clock_that_the_page_named(send, space):
    wall = (timezone.now() + 4 * DAY).astimezone(LISBON).replace(second=0, microsecond=0)

    send(scheduled_for=wall.strftime(WALL_FORMAT), title="The price of paper")

    assert fresh(space).scheduled_for == wall.astimezone(UTC)
    assert fresh(space).title == "The price of paper"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Say when it starts."),
        ("soon", "Give a day and a time"),
        ("2020-01-01T10:00", "at least 5 minutes from now."),
        ("9999-12-31T23:59", "within the next 30 days"),
        ("0001-01-01T00:00", "at least 5 minutes from now."),
    ],
)
def test_wrong_time_is_said_on_its_field_and_nothing_else_is_lost(send, space, typed, sentence):
    response = send(scheduled_for=typed, title="Kept words")

    assert sentence in response.context["form"].errors["scheduled_for"][0]
    assert 'value="Kept words"' in response.content.decode()
    assert fresh(space).title == space.title


def test_no_title_is_refused_as_when_announcing(send, space):
    response = send(title=" ")

    assert "Give the Space a title" in response.context["form"].errors["title"][0]
    assert fresh(space).title == space.title


@pytest.mark.parametrize(
    ("wall", "word"),
    [("2027-03-28T01:30", "go forward"), ("2026-10-25T01:30", "go back")],
)
def test_hour_in_which_the_clocks_are_changed_is_explained(space, wall, word):
    form = EditAnnouncementForm(
        {"title": "x", "scheduled_for": wall, "time_zone": "Europe/Lisbon"},
        space=space,
        now=timezone.now(),
    )

    assert word in form.errors["scheduled_for"][0]


def test_time_that_comes_twice_may_stay():
    """Announced by another clock, which is not changed that night."""
    moment = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    data = {"title": "x", "scheduled_for": "2026-10-25T01:30", "time_zone": "Europe/Lisbon"}

    form = EditAnnouncementForm(
        data, space=make_scheduled(scheduled_for=moment), now=moment - 3 * DAY
    )

    assert form.is_valid()
    assert form.cleaned_data["scheduled_for"] == moment


def test_browser_lets_a_time_that_is_past_stay(client):
    space = make_scheduled(scheduled_for=timezone.now() - 5 * MINUTE)
    client.force_login(space.host)

    form = client.get(url(space)).context["form"]

    attrs = form.fields["scheduled_for"].widget.attrs
    assert attrs["min"] == space.scheduled_for.strftime(WALL_FORMAT)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_has_the_page(client, space, lena, method):
    client.force_login(lena)

    response = getattr(client, method)(url(space))

    assert response.status_code == 403


def test_visitor_is_asked_to_sign_in(client, space):
    assert "/account/login/" in client.get(url(space)).url


@pytest.mark.parametrize("state", [State.CANCELLED, State.LIVE])
def test_page_of_what_is_not_announced_says_so(client, state):
    times = {"started_at": timezone.now()} if state == State.LIVE else {}
    space = make_scheduled(state=state, **times)
    client.force_login(space.host)

    assert client.get(url(space)).status_code == 409


@pytest.mark.parametrize("topics", [0, 3])
def test_page_takes_the_same_queries_for_any_number_of_topics(
    client, space, django_assert_num_queries, topics
):
    space.topics.add(*[make_topic(f"Topic{number}") for number in range(topics)])
    client.force_login(space.host)

    # Session, reader, Space, their row in it, all topics, its topics; who is live of those they
    # follow; the bell.
    with django_assert_num_queries(8):
        client.get(url(space))


# --- What readers see ---


def test_page_says_from_when_it_was_moved(client):
    moment = datetime(2027, 1, 5, 19, 30, tzinfo=UTC)
    space = make_scheduled(scheduled_for=moment, moved_from=moment - DAY)
    client.cookies["time_zone"] = "Asia/Kathmandu"

    content = client.get(space.get_absolute_url()).content.decode()

    assert "Moved from" in content
    assert "Jan. 5, 2027, 1:15 a.m." in content


def test_page_of_what_was_never_moved_does_not_speak_of_it(client):
    assert "Moved from" not in client.get(make_scheduled().get_absolute_url()).content.decode()


def test_host_alone_finds_the_way_to_edit(client, space, lena):
    client.force_login(lena)
    assert url(space) not in client.get(space.get_absolute_url()).content.decode()

    client.force_login(space.host)

    assert url(space) in client.get(space.get_absolute_url()).content.decode()
