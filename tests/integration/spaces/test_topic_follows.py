"""Topics one follows: the button, and what lists make of them."""

import pytest
from django.urls import reverse

from spaces import actions
from spaces.models import TopicFollow
from tests.factories import make_host, make_space, make_topic

from .reading import come_in, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def coast():
    return make_topic("Coast")


@pytest.fixture
def press(client, lena, coast):
    """Lena presses one of a topic's buttons."""
    client.force_login(lena)

    def press(name, **options):
        return client.post(reverse(f"spaces:{name}", args=[coast.slug]), **options)

    return press


def follows(user):
    return set(user.topic_follows.values_list("topic__name", flat=True))


def test_topic_is_followed_once_however_often_it_is_pressed(lena, coast):
    actions.follow_topic(actor=lena, topic=coast)
    actions.follow_topic(actor=lena, topic=coast)

    assert TopicFollow.objects.count() == 1


def test_topic_is_left_however_often_it_is_pressed(lena, coast):
    actions.follow_topic(actor=lena, topic=coast)

    actions.unfollow_topic(actor=lena, topic=coast)
    actions.unfollow_topic(actor=lena, topic=coast)

    assert follows(lena) == set()


def test_button_answers_with_itself(press, lena):
    content = press("topic-follow", headers={"HX-Request": "true"}).content.decode()

    assert follows(lena) == {"Coast"}
    assert 'aria-pressed="true"' in content
    assert "1 follower" in content


def test_button_leads_back_to_its_page_without_script(press):
    response = press("topic-follow", headers={"Referer": "http://testserver/topics/"})

    assert (response.status_code, response["Location"]) == (302, "/topics/")


def test_leaving_offers_the_way_back(press, client, lena):
    press("topic-follow")
    press("topic-unfollow")

    content = page(client, "/topics/coast/")

    assert "You no longer follow Coast." in content
    assert 'action="/topics/coast/follow/"' in content.partition('id="toasts"')[2]


def test_stranger_is_asked_to_sign_in(client, coast):
    response = client.post(reverse("spaces:topic-follow", args=["coast"]))

    assert response["Location"].startswith("/account/login/")
    assert not TopicFollow.objects.exists()


@pytest.mark.parametrize("name", ["topic-follow", "topic-unfollow"])
def test_unknown_topic_is_not_found(press, client, name):
    assert client.post(reverse(f"spaces:{name}", args=["nothing"])).status_code == 404


def test_topic_says_how_many_follow_it(client, lena, otto, coast):
    for user in (lena, otto):
        actions.follow_topic(actor=user, topic=coast)

    assert "2 followers" in page(client, "/topics/coast/")
    assert "2 followers" in page(client, "/topics/")


# --- Lists ---


def test_topic_one_follows_is_the_first_chip(client, lena):
    for name in ("Art", "Zoology"):
        make_space(make_host(name.lower())).topics.add(make_topic(name))
    actions.follow_topic(actor=lena, topic=make_topic("Zoology"))
    client.force_login(lena)

    chips = page(client).partition("</h1>")[2].partition("</nav>")[0]

    assert chips.index("Zoology") < chips.index("Art")


def test_topic_one_follows_comes_before_listeners_and_after_people(client, lena, coast):
    for title in ("Full", "Coastal", "Followed"):
        space = make_space(make_host(title.lower()), title=title)
        come_in(space, *(["a1", "a2"] if title == "Full" else []))
        if title == "Coastal":
            space.topics.add(coast)
        if title == "Followed":
            lena.follows_made.create(followed=space.host)
    actions.follow_topic(actor=lena, topic=coast)
    client.force_login(lena)

    content = page(client, "/live/")

    assert sorted(("Full", "Coastal", "Followed"), key=content.rindex) == [
        "Followed",
        "Coastal",
        "Full",
    ]
