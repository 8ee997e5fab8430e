"""A person's page, and following from it."""

import pytest
from django.urls import reverse

from accounts.models import Follow
from tests.factories import make_participant, make_space, make_user

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def verb(name, person):
    return reverse(f"accounts:{name}", args=[person.handle])


def test_anybody_reads_a_profile(client, sami):
    response = client.get(sami.get_absolute_url())

    assert "Sami" in response.content.decode()
    assert "Sign in to follow" in response.content.decode()


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>'])
def test_name_is_shown_as_text(client, name):
    person = make_user("nora", name=name)

    assert name not in client.get(person.get_absolute_url()).content.decode()


def test_handle_in_another_case_leads_to_its_own_spelling(client):
    person = make_user("NoraB")

    assert client.get("/@norab").url == person.get_absolute_url()


def test_unknown_handle_is_not_found(client):
    assert client.get("/@nobody").status_code == 404


def test_barred_account_has_no_page(client):
    make_user("nora", is_active=False)

    assert client.get("/@nora").status_code == 404


def test_profile_shows_the_space_that_is_live_now(client, hana, space):
    assert space.get_absolute_url() in client.get(hana.get_absolute_url()).content.decode()


def test_ended_space_is_not_on_the_profile(client, hana):
    ended = make_space(hana, ended=True)

    assert ended.get_absolute_url() not in client.get(hana.get_absolute_url()).content.decode()


# --- Following ---


def test_following_moves_both_counts(client, lena, sami):
    client.force_login(lena)

    response = client.post(verb("follow", sami))

    assert response.url == sami.get_absolute_url()
    sami.refresh_from_db()
    lena.refresh_from_db()
    assert (sami.follower_count, lena.following_count) == (1, 1)


def test_unfollowing_moves_both_counts_back(client, lena, sami):
    client.force_login(lena)
    client.post(verb("follow", sami))

    client.post(verb("unfollow", sami))

    sami.refresh_from_db()
    lena.refresh_from_db()
    assert (sami.follower_count, lena.following_count) == (0, 0)


@pytest.mark.parametrize(("deed", "count"), [("follow", 1), ("unfollow", 0)])
def test_pressing_twice_counts_once(client, lena, sami, deed, count):
    client.force_login(lena)
    client.post(verb("follow", sami))

    for _ in range(2):
        client.post(verb(deed, sami))

    sami.refresh_from_db()
    assert sami.follower_count == Follow.objects.filter(followed=sami).count() == count


def test_htmx_gets_the_button_and_the_counts_alone(client, lena, sami):
    client.force_login(lena)

    response = client.post(verb("follow", sami), headers=HTMX)

    content = response.content.decode()
    assert content.lstrip().startswith('<div id="follow"')
    assert "<b>1</b> follower<" in content
    assert verb("unfollow", sami) in content


def test_fragment_offers_to_follow_again_after_unfollowing(client, lena, sami):
    client.force_login(lena)
    client.post(verb("follow", sami))

    content = client.post(verb("unfollow", sami), headers=HTMX).content.decode()

    assert "<b>0</b> followers" in content
    assert verb("follow", sami) in content


def test_nobody_follows_themselves(client, sami):
    client.force_login(sami)

    response = client.post(verb("follow", sami), headers=HTMX)

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert not Follow.objects.exists()


def test_own_page_has_no_follow_button(client, sami):
    client.force_login(sami)

    content = client.get(sami.get_absolute_url()).content.decode()

    assert verb("follow", sami) not in content
    assert "You cannot host yet" in content


@pytest.mark.parametrize("deed", ["follow", "unfollow"])
def test_stranger_without_an_account_is_asked_to_sign_in(client, sami, deed):
    response = client.post(verb(deed, sami))

    assert response.url.startswith(reverse("account_login"))
    assert not Follow.objects.exists()


@pytest.mark.parametrize("deed", ["follow", "unfollow"])
def test_following_is_a_post(client, lena, sami, deed):
    client.force_login(lena)

    assert client.get(verb(deed, sami)).status_code == 405


@pytest.mark.parametrize("deed", ["follow", "unfollow"])
def test_unknown_person_cannot_be_followed(client, lena, deed):
    client.force_login(lena)

    assert client.post(reverse(f"accounts:{deed}", args=["nobody"])).status_code == 404


# --- Queries: counted, so that no list ever counts rows ---


@pytest.mark.parametrize("followers", [0, 30])
def test_profile_takes_the_same_queries_for_any_number_of_followers(
    client, hana, space, django_assert_num_queries, followers
):
    for _ in range(followers):
        Follow.objects.create(follower=make_user(), followed=hana)
        make_participant(space, role="speaker")

    # The person, their live Space, its topics and its stage.
    with django_assert_num_queries(4):
        client.get(hana.get_absolute_url())


def test_signed_in_profile_takes_three_queries_more(client, lena, sami, django_assert_num_queries):
    client.force_login(lena)

    # Session and reader before; whether the reader follows, and no topics nor stage.
    with django_assert_num_queries(5):
        client.get(sami.get_absolute_url())
