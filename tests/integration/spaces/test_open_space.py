"""Starting a Space, by the form and by the action."""

import re

import pytest

from config.errors import Conflict
from spaces import actions, events
from spaces.media import commands
from spaces.models import Participant, Space
from tests.factories import make_host, make_space, make_topic

pytestmark = pytest.mark.django_db

START = "/spaces/start/"


@pytest.fixture
def start(client, hana):
    client.force_login(hana)

    def post(**fields):
        return client.post(START, {"title": "Ferries", "who_may_speak": "invited"} | fields)

    return post


def test_starting_leads_into_the_live_space(start, hana):
    response = start(title="Who stays?")

    space = Space.objects.get()
    assert response.url == space.get_absolute_url()
    assert (space.title, space.host, space.is_live) == ("Who stays?", hana, True)


def test_host_enters_on_stage_with_the_microphone_off(start, hana):
    start()

    host = Participant.objects.get()
    assert (host.user, host.role, host.microphone) == (hana, "host", "muted")


@pytest.mark.parametrize("title", ["F", "x" * 70, "ü" * 70, "🎙" * 70])
def test_title_of_one_to_seventy_characters_is_taken(start, title):
    start(title=title)

    assert Space.objects.get().title == title


@pytest.mark.parametrize("title", ["", "   ", "\n\t", "\u2003", "x" * 71, "a\x00b"])
def test_other_title_is_refused(start, title):
    response = start(title=title)

    assert "title" in response.context["form"].errors
    assert not Space.objects.exists()


def test_missing_title_says_why_it_matters(start):
    assert "so that people know why to come" in start(title="").content.decode()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  Two \n lines\t here ", "Two lines here"), ("x" * 35 + " " * 20 + "y" * 34, None)],
)
def test_title_is_one_line_and_measured_as_such(start, typed, kept):
    start(title=typed)

    assert Space.objects.get().title == (kept or " ".join(typed.split()))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_up_to_three_topics_are_taken(start, count):
    topics = [make_topic(name) for name in ("Coast", "Local", "Music")[:count]]

    start(topics=[topic.pk for topic in topics])

    assert list(Space.objects.get().topics.all()) == topics


def test_fourth_topic_is_refused(start):
    topics = [make_topic(name).pk for name in ("Coast", "Local", "Music", "News")]

    response = start(topics=topics)

    assert "Choose at most 3 topics." in response.content.decode()
    assert not Space.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("topics", ["999999"]), ("topics", ["x"]), ("who_may_speak", "nobody"), ("who_may_speak", "")],
)
def test_made_up_choice_is_refused(start, field, value):
    response = start(**{field: value})

    assert field in response.context["form"].errors
    assert not Space.objects.exists()


def test_refused_form_keeps_what_was_typed(start):
    topic = make_topic("Coast")

    content = start(title="y" * 71, topics=[topic.pk], who_may_speak="everyone").content.decode()

    assert f'value="{"y" * 71}"' in content
    assert len(re.findall(r"<input[^>]* checked", content)) == 2


def test_second_live_space_is_refused_with_the_way_out(start, hana):
    make_space(hana)

    response = start()

    assert response.status_code == 409
    assert "End it before you start another." in response.content.decode()
    assert Space.objects.count() == 1


def test_no_space_is_started_when_every_media_node_is_at_its_limit(start, monkeypatch):
    monkeypatch.setattr(commands, "is_full", lambda: True)

    response = start(title="Bridges")

    content = response.content.decode()
    assert response.status_code == 503
    assert "Try again when one has ended" in content
    assert 'value="Bridges"' in content
    assert not Space.objects.exists()


def test_next_space_can_be_started_after_the_end_of_the_last(start, hana):
    make_space(hana, ended=True)

    start()

    assert Space.objects.live().count() == 1


def test_another_hosts_space_is_in_nobodys_way(start):
    make_space(make_host("rival"))

    start()

    assert Space.objects.live().count() == 2


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_start_nothing(client, hana, method):
    client.force_login(hana)

    assert getattr(client, method)(START).status_code == 405


def open_space(host):
    return actions.open_space(actor=host, title="Ferries", topics=[], who_may_speak="invited")


def test_opening_tells_home_after_commit(hana, news, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        space = open_space(hana)
        assert news.messages == []

    (sent,) = news.messages
    assert [event["name"] for event in news.of(space)[0]["events"]] == ["space.started"]
    assert events.HOME_CHANNEL in sent


def test_refused_opening_tells_nobody(hana, space, news, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Conflict):
        open_space(hana)

    assert news.messages == []


# --- How it is set from the start ---


def test_space_is_set_as_the_form_says(start):
    said = {
        "visibility": "followers",
        "stage_size": "small",
        "who_may_comment": "off",
        "takes_requests": "on",
        "allows_unnamed": "on",
    }

    start(**said)

    space = Space.objects.get()
    assert {name: getattr(space, name) for name in said} == said | {
        "takes_requests": True,
        "allows_unnamed": True,
    }


def test_boxes_that_are_not_ticked_are_off(start):
    start()

    space = Space.objects.get()
    assert (space.takes_requests, space.allows_unnamed) == (False, False)


def test_choices_left_out_are_the_usual_ones(start):
    start()

    space = Space.objects.get()
    chosen = (space.visibility, space.stage_size, space.who_may_comment)
    assert chosen == ("public", "standard", "everyone")


@pytest.mark.parametrize("field", ["visibility", "stage_size", "who_may_comment"])
def test_choice_there_is_not_is_refused(start, field):
    response = start(**{field: "x\x00"})

    assert field in response.context["form"].errors
    assert not Space.objects.exists()


@pytest.mark.parametrize(("size", "is_open"), [("huge", True), ("small", False)])
def test_folded_choices_are_open_when_one_of_them_is_wrong(start, size, is_open):
    content = start(title="", stage_size=size).content.decode()

    assert ('<details class="more" open>' in content) == is_open
