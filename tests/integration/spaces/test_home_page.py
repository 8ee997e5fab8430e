"""The home page and the programme: what they show, to whom, in how many queries."""

import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Follow
from spaces.models import Participant, Space
from tests.factories import (
    make_host,
    make_participant,
    make_scheduled,
    make_space,
    make_topic,
    make_user,
)

from .reading import come_in, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


# --- Live now ---


def test_home_lists_live_spaces_with_host_topics_and_listeners(client, hana):
    space = make_space(hana, title="Who stays?")
    space.topics.add(make_topic("Coast"))
    come_in(space, "a1", "a2", "a3")

    content = page(client)

    assert all(text in content for text in ("Who stays?", "Hana", "Coast"))
    assert f'data-listeners-of="{space.public_id}" data-listeners="3">3</span>' in content


def test_head_and_title_say_how_much_is_live(client):
    for host in ("one", "two"):
        come_in(make_space(make_host(host)), f"a{host}", "a3")

    content = page(client)

    assert "2 Spaces, <span data-live-listening>4</span> listening" in content
    assert "<title>(2) Live now · Rostrum</title>" in content


def places(content, *titles):
    """Which of these stands first, second, …"""
    return sorted(titles, key=content.index)


def test_most_listeners_come_first_then_the_newest(client):
    for title in ("Full", "Early", "Late"):
        space = make_space(make_host(title.lower()), title=title)
        come_in(space, *(["a1", "a2"] if title == "Full" else []))

    assert places(page(client), "Full", "Early", "Late") == ["Full", "Late", "Early"]


def test_whom_one_follows_comes_before_what_many_hear(client, lena):
    for title in ("Followed", "Guest", "Full"):
        space = make_space(make_host(title.lower()), title=title)
        come_in(space, *(["a1", "a2"] if title == "Full" else []))
        if title != "Full":
            Follow.objects.create(follower=lena, followed=space.host)
    guest = make_participant(Space.objects.get(title="Guest"), role="speaker").user
    Follow.objects.create(follower=lena, followed=guest)
    client.force_login(lena)

    assert places(page(client), "Full", "Followed", "Guest") == ["Guest", "Followed", "Full"]


def test_order_stands_while_listeners_come_and_go(client):
    early, late = (make_space(make_host(title), title=title) for title in ("early", "late"))
    come_in(early, "a1")
    before = places(page(client, "/live/"), "early", "late")

    come_in(late, "a2", "a3")

    assert places(page(client, "/live/"), "early", "late") == before


def test_space_is_listed_once_over_all_pages_while_listeners_come(client, monkeypatch):
    monkeypatch.setattr("spaces.views.lists.LIVE_PER_PAGE", 2)
    spaces = [make_space(make_user(), title=f"Talk {number}") for number in range(4)]
    first = page(client, "/live/")
    come_in(spaces[0], "a1", "a2")

    second = page(client, "/live/?page=2")

    shown = re.findall(r"Talk \d", first + second)
    assert set(shown) == {"Talk 0", "Talk 1", "Talk 2", "Talk 3"}


def test_most_listeners_are_found_among_more_than_are_listed(client, monkeypatch):
    monkeypatch.setattr("spaces.live.home.LISTED", 2)
    for number in range(5):
        come_in(make_space(make_user(), title=f"Talk {number}"), *["a1", "a2"][: number == 1])

    assert places(page(client), "Talk 1", "Talk 4") == ["Talk 1", "Talk 4"]


def test_space_from_which_one_was_removed_is_not_listed(client, lena):
    make_participant(
        make_space(make_host("otto"), title="Out"), user=lena, removed_at=timezone.now()
    )
    client.force_login(lena)

    assert "Out" not in page(client)


def test_newest_space_is_first(client):
    make_space(make_host("early"), title="Early")
    make_space(make_host("late"), title="Late")

    content = page(client)

    assert content.index("Late") < content.index("Early")


def test_nobody_live_names_the_next_space_and_what_to_do(client, hana):
    space = make_scheduled(hana, scheduled_for=timezone.now() + timedelta(hours=30))

    content = page(client)

    assert "<title>Live now · Rostrum</title>" in content
    assert "Nobody is live" in content
    assert f'<a href="{space.get_absolute_url()}">The next Space</a> starts on' in content
    assert 'href="/spaces/start/"' in content


def test_empty_site_says_who_could_be_first(client):
    content = page(client)

    assert "You could be first." in content
    assert "The next Space" not in content


def test_home_shows_the_newest_and_leads_to_all(client, monkeypatch):
    monkeypatch.setattr("spaces.live.home.LISTED", 2)
    monkeypatch.setattr("spaces.views.lists.LIVE_PER_PAGE", 2)
    for host in ("one", "two", "three"):
        make_space(make_host(host), title=f"By {host}")

    content, rest = page(client), page(client, "/live/?page=2")

    assert "3 Spaces</p>" in content
    assert "By one" not in content
    assert 'href="/live/">All 3 live Spaces' in content
    assert "By one" in rest


def test_everything_live_on_one_topic_is_listed_apart(client):
    make_space(make_host("one"), title="On the coast").topics.add(make_topic("Coast"))
    make_space(make_host("two"), title="In the hills")

    content = page(client, "/live/?topic=coast")

    assert "On the coast" in content
    assert "In the hills" not in content


@pytest.mark.parametrize("topic", ["nothing", "%00"])
def test_everything_on_no_topic_is_not_found(client, topic):
    assert client.get(f"/live/?topic={topic}").status_code == 404


# --- What comes, what was, what is for oneself ---


def test_soonest_comes_first_and_the_rest_is_on_the_programme(client, hana):
    for days in (4, 1, 6, 2, 5, 3):
        moment = timezone.now() + timedelta(days=days)
        make_scheduled(hana, title=f"In {days} days", scheduled_for=moment)

    content = page(client)

    places = [content.index(f"In {days} days") for days in (1, 2, 3, 4, 5)]
    assert places == sorted(places)
    assert "In 6 days" not in content
    assert 'href="/upcoming/"' in content


def test_what_ended_last_is_named(client, hana):
    make_space(hana, title="Over and done", ended=True)

    content = page(client)

    assert "Over and done" in content.partition("Ended lately")[2]


def test_own_announcements_are_found_at_once(client, hana):
    make_scheduled(make_host("rival"), title="Not mine")
    make_scheduled(hana, title="Mine")
    client.force_login(hana)

    mine = page(client).partition("You announced")[2]

    assert "Mine" in mine
    assert "Not mine" not in mine


def test_who_may_not_host_sees_the_way_and_whom_to_follow(client, lena, hana, sami):
    Follow.objects.create(follower=lena, followed=hana)
    Follow.objects.create(follower=hana, followed=sami)
    client.force_login(lena)

    content = page(client)

    assert "Your way to the stage" in content
    assert "Sami" in content.partition("You might follow")[2]


@pytest.mark.parametrize("text", ["You announced", "You might follow", "Your way to the stage"])
def test_stranger_is_shown_nothing_of_a_persons_own(client, space, text):
    assert text not in page(client)


# --- The programme ---


def test_programme_goes_on_page_by_page(client, hana, monkeypatch):
    monkeypatch.setattr("spaces.views.lists.UPCOMING_PER_PAGE", 2)
    for days in (1, 2, 3):
        moment = timezone.now() + timedelta(days=days)
        make_scheduled(hana, title=f"In {days} days", scheduled_for=moment)

    first, second = page(client, "/upcoming/"), page(client, "/upcoming/?page=2")

    assert "In 2 days" in first
    assert "In 3 days" not in first
    assert "In 3 days" in second


@pytest.mark.parametrize("number", ["0", "99", "-1", "x", "%00", "9" * 30])
def test_made_up_page_is_one_that_there_is(client, hana, number):
    make_scheduled(hana, title="A talk")

    assert "A talk" in page(client, f"/upcoming/?page={number}")


@pytest.mark.parametrize(
    ("address", "titles"),
    [("/upcoming/next/", {"By the sea", "In the hills"}), ("?topic=coast", {"By the sea"})],
)
def test_next_of_the_programme_is_had_alone(client, address, titles):
    by_the_sea = make_scheduled(make_host("one"), title="By the sea")
    by_the_sea.topics.add(make_topic("Coast"))
    make_scheduled(make_host("two"), title="In the hills")
    page_address = "/topics/coast/" if "topic" in address else "/"

    content = page(client, urljoin("/upcoming/next/", address))

    assert {title for title in ("By the sea", "In the hills") if title in content} == titles
    assert "<html" not in content
    # Where it came from is where it is taken from again.
    assert f'data-address="{urljoin("/upcoming/next/", address)}"' in page(client, page_address)
    assert f'data-address="{urljoin("/upcoming/next/", address)}"' in content


def test_next_of_an_empty_programme_is_hidden(client):
    assert re.search(r'<section [^>]*id="coming-up"[^>]* hidden>', page(client))
    assert re.search(r'<section [^>]*id="coming-up"[^>]* hidden>', page(client, "/upcoming/next/"))


def test_next_about_an_unknown_topic_is_not_found(client):
    assert client.get("/upcoming/next/?topic=nothing").status_code == 404


def test_empty_programme_says_what_to_do(client, space):
    content = page(client, "/upcoming/")

    assert "Nothing is announced" in content
    assert 'href="/spaces/start/"' in content


# --- Queries: the same for any number of rows ---


def fill(count):
    for number in range(count):
        space = make_space(make_user(follower_count=600))
        space.topics.add(make_topic("Coast"))
        make_participant(space, role=Participant.Role.SPEAKER)
        moment = timezone.now() + timedelta(days=1, minutes=number)
        make_scheduled(make_user(), scheduled_for=moment)
        make_space(make_user(), ended=True)


@pytest.mark.parametrize("count", [1, 10])
def test_home_takes_the_same_queries_for_any_number_of_spaces(
    client, django_assert_num_queries, count
):
    fill(count)

    # What is live, and of it what is new; Spaces with their hosts, topics, stages; the topics; what
    # comes; what was.
    with django_assert_num_queries(8):
        client.get("/")


def test_next_reader_takes_the_list_that_was_drawn(client, django_assert_num_queries):
    fill(3)
    client.get("/")

    with django_assert_num_queries(4):
        client.get("/")


def test_list_that_was_drawn_is_not_taken_after_a_start(client):
    fill(3)
    client.get("/")

    make_space(make_user(), title="Just begun")

    assert "Just begun" in client.get("/").content.decode()


def test_list_that_was_drawn_is_not_shown_to_who_hides_a_host_in_it(client, lena):
    space = make_space(make_user("otto"), title="Not for Lena")
    client.get("/")
    lena.mutes_made.create(muted=space.host)
    client.force_login(lena)

    assert "Not for Lena" not in client.get("/").content.decode()


def test_list_that_was_drawn_is_taken_in_its_language_only(client):
    fill(3)
    client.get("/")

    assert "im Publikum" in client.get("/", headers={"Accept-Language": "de"}).content.decode()


@pytest.mark.parametrize("count", [1, 10])
def test_readers_home_takes_the_same_queries_for_any_number_of_spaces(
    client, lena, hana, sami, django_assert_num_queries, count
):
    fill(count)
    Follow.objects.create(follower=lena, followed=hana)
    Follow.objects.create(follower=hana, followed=sami)
    client.force_login(lena)

    # As above, and: session, reader; blocks and mutes, removals, what calls them in; people and
    # topics they follow, own announcements, suggestions (2), the grant; the bell.
    with django_assert_num_queries(20):
        client.get("/")


def test_own_announcements_take_the_same_queries_for_any_number_of_them(
    client, hana, django_assert_num_queries
):
    client.force_login(hana)
    make_scheduled(hana)
    client.get("/")
    with CaptureQueriesContext(connections["default"]) as for_one:
        client.get("/")

    make_scheduled(hana, scheduled_for=timezone.now() + timedelta(days=5))

    with django_assert_num_queries(len(for_one)):
        client.get("/")


@pytest.mark.parametrize("count", [1, 10])
def test_everything_live_takes_the_same_queries_for_any_number_of_spaces(
    client, django_assert_num_queries, count
):
    fill(count)

    # What is live, and of it what is new; Spaces with their hosts, topics, stages.
    with django_assert_num_queries(5):
        client.get("/live/")


@pytest.mark.parametrize("count", [1, 10])
def test_programme_takes_the_same_queries_for_any_number_of_spaces(
    client, django_assert_num_queries, count
):
    fill(count)

    # How many there are; the page.
    with django_assert_num_queries(2):
        client.get("/upcoming/")
