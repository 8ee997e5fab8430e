"""Followers and following: by the page, each in the same few queries."""

import re

import pytest
from django.urls import reverse

from accounts import actions, paging
from accounts.models import Follow
from tests.factories import make_user

pytestmark = pytest.mark.django_db

LISTS = ["followers", "following"]
every_list = pytest.mark.parametrize("name", LISTS)


def address(name, person):
    return reverse(f"accounts:{name}", args=[person.handle])


def fill(name, person, size):
    """People in the order in which they came."""
    people = [make_user() for _ in range(size)]
    for other in people:
        pair = (other, person) if name == "followers" else (person, other)
        Follow.objects.create(follower=pair[0], followed=pair[1])
    return people


def handles(response):
    return re.findall(r'class="person" href="/@(\w+)"', response.content.decode())[1:]


@every_list
def test_list_shows_the_newest_first(client, sami, name):
    people = fill(name, sami, 3)

    response = client.get(address(name, sami))

    assert handles(response) == [person.handle for person in reversed(people)]


@every_list
def test_pages_hold_everybody_once(client, sami, name, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_SIZE", 3)
    people = fill(name, sami, 7)

    found, query = [], ""
    while query is not None:
        response = client.get(address(name, sami) + query)
        found += handles(response)
        onward = re.search(r'href="(\?before=\d+)"', response.content.decode())
        query = onward and onward.group(1)

    assert found == [person.handle for person in reversed(people)]


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "٣x", "%00", ""])
def test_page_that_is_none_is_the_first(client, sami, before):
    people = fill("followers", sami, 1)

    response = client.get(f"{address('followers', sami)}?before={before}")

    assert handles(response) == [people[0].handle]


@every_list
def test_page_beyond_the_end_says_so(client, sami, name):
    assert "The list ends here." in client.get(f"{address(name, sami)}?before=1").content.decode()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("followers", "Nobody follows Sami yet."), ("following", "Sami follows nobody yet.")],
)
def test_empty_list_says_so(client, sami, name, sentence):
    assert sentence in client.get(address(name, sami)).content.decode()


@every_list
def test_barred_people_are_left_out(client, sami, name):
    people = fill(name, sami, 2)
    people[0].is_active = False
    people[0].save()

    assert handles(client.get(address(name, sami))) == [people[1].handle]


@every_list
def test_people_one_blocked_are_left_out(client, lena, sami, name):
    people = fill(name, sami, 2)
    actions.block(actor=lena, person=people[0])
    client.force_login(lena)

    assert handles(client.get(address(name, sami))) == [people[1].handle]


def test_each_row_follows_or_stops(client, lena, sami):
    known, unknown = fill("followers", sami, 2)
    actions.follow(actor=lena, person=known)
    client.force_login(lena)

    content = client.get(address("followers", sami)).content.decode()

    assert address("unfollow", known) in content
    assert address("follow", unknown) in content


def test_reader_in_the_list_has_no_button(client, lena, sami):
    actions.follow(actor=lena, person=sami)
    client.force_login(lena)

    content = client.get(address("followers", sami)).content.decode()

    assert address("follow", lena) not in content
    assert "You</span>" in content


@every_list
@pytest.mark.parametrize("size", [1, 30])
def test_visitor_takes_the_same_queries_for_any_length(
    client, sami, name, size, django_assert_num_queries
):
    fill(name, sami, size)

    # The person, the page of their list; what is live, for the rings.
    with django_assert_num_queries(3):
        client.get(address(name, sami))


@every_list
@pytest.mark.parametrize("size", [1, 30])
def test_reader_takes_the_same_queries_for_any_length(
    client, lena, sami, name, size, django_assert_num_queries
):
    fill(name, sami, size)
    client.force_login(lena)

    # Session and reader before; what is live before the list; the bell.
    with django_assert_num_queries(6):
        client.get(address(name, sami))
