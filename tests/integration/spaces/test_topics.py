"""Topics: one topic's page, and all of them."""

import re

import pytest

from tests.factories import (
    make_host,
    make_participant,
    make_scheduled,
    make_space,
    make_topic,
    make_user,
)

from .reading import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def test_topic_lists_its_own_spaces_only(client):
    make_space(make_host("one"), title="On the coast").topics.add(make_topic("Coast"))
    make_space(make_host("two"), title="In the hills")

    content = page(client, "/topics/coast/")

    assert "On the coast" in content
    assert "In the hills" not in content
    assert "<title>(1) Live on Coast · Rostrum</title>" in content


def test_topic_lists_what_is_coming_up_on_it(client):
    make_scheduled(make_host("one"), title="Tides to come").topics.add(make_topic("Coast"))
    make_scheduled(make_host("two"), title="Hills to come")

    content = page(client, "/topics/coast/")

    assert "Tides to come" in content
    assert "Hills to come" not in content


def test_quiet_topic_says_so_and_names_its_own_next_space(client):
    coast = make_scheduled(make_host("one"))
    coast.topics.add(make_topic("Coast"))
    make_topic("Music")

    assert coast.get_absolute_url() in page(client, "/topics/coast/")
    quiet = page(client, "/topics/music/")
    assert "Nobody is live on <bdi>Music</bdi>" in quiet
    assert "The next Space" not in quiet


def test_unknown_topic_is_not_found(client):
    assert client.get("/topics/nothing/").status_code == 404


def shown(content, name):
    """What the list of topics says of one of them."""
    item = next(item for item in content.split("<li ") if f">{name}<" in item)
    return set(re.findall(r"\d+ live|\d+ coming up|Nothing announced", item))


def test_all_topics_say_what_is_live_and_what_comes(client):
    coast, music = make_topic("Coast"), make_topic("Music")
    make_space(make_host("one")).topics.add(coast)
    make_space(make_host("two")).topics.add(coast)
    make_space(make_host("three"), ended=True).topics.add(coast, music)
    make_scheduled(make_host("four")).topics.add(coast)

    content = page(client, "/topics/")

    assert shown(content, "Coast") == {"2 live", "1 coming up"}
    assert shown(content, "Music") == {"Nothing announced"}


@pytest.mark.parametrize("count", [1, 10])
def test_topic_takes_the_same_queries_for_any_number_of_spaces(
    client, django_assert_num_queries, count
):
    for _ in range(count):
        space = make_space(make_user(follower_count=600))
        space.topics.add(make_topic("Coast"))
        make_participant(space, role="speaker")
        make_scheduled(make_user()).topics.add(make_topic("Coast"))

    # The topic; what is live, and of it what is new; Spaces with their hosts, topics, stages; the
    # topics that are live; what comes.
    with django_assert_num_queries(8):
        client.get("/topics/coast/")


@pytest.mark.parametrize("count", [1, 10])
def test_all_topics_take_the_same_queries_for_any_number_of_them(
    client, django_assert_num_queries, count
):
    for number in range(count):
        make_space(make_user()).topics.add(make_topic(f"Topic{number}"))

    # Counts; topics.
    with django_assert_num_queries(2):
        client.get("/topics/")
