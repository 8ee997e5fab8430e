"""A person's page, and following from it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Follow
from tests.factories import make_participant, make_scheduled, make_space, make_user

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
    content = client.get(hana.get_absolute_url()).content.decode()

    assert space.get_absolute_url() in content
    assert "<title>Hana (@hana) is live" in content


def test_profile_announces_the_soonest_first(client, hana):
    later, soon = (
        make_scheduled(hana, scheduled_for=timezone.now() + timedelta(days=days)) for days in (9, 1)
    )

    content = client.get(hana.get_absolute_url()).content.decode()

    assert content.index(soon.get_absolute_url()) < content.index(later.get_absolute_url())


def test_profile_lists_past_spaces_with_a_way_to_all_of_them(client, hana):
    ended = [make_space(hana, ended=True) for _ in range(6)]

    content = client.get(hana.get_absolute_url()).content.decode()

    assert ended[5].get_absolute_url() in content
    assert ended[0].get_absolute_url() not in content
    assert reverse("accounts:profile-spaces", args=["hana"]) in content


def test_page_of_past_spaces_has_them_all(client, hana):
    ended = [make_space(hana, ended=True) for _ in range(6)]

    content = client.get(reverse("accounts:profile-spaces", args=["hana"])).content.decode()

    assert all(space.get_absolute_url() in content for space in ended)


@pytest.mark.parametrize("page", ["2", "0", "-1", "x", "9" * 40])
def test_page_of_past_spaces_takes_any_number(client, hana, page):
    url = reverse("accounts:profile-spaces", args=["hana"])

    assert client.get(f"{url}?page={page}").status_code == 200


def test_profile_without_a_space_says_so(client, sami):
    assert "has not hosted a Space yet" in client.get(sami.get_absolute_url()).content.decode()


def test_addresses_in_the_bio_are_links(client):
    person = make_user("nora", bio="With @sami: https://example.org <b>")

    content = client.get(person.get_absolute_url()).content.decode()

    assert '<a href="/@sami">@sami</a>' in content
    assert 'rel="nofollow ugc noopener"' in content
    assert "&lt;b&gt;" in content


@pytest.mark.parametrize("path", ["/@%00", "/@n%00ra", "/@%F0%9F%98%80", "/@" + "x" * 3000])
def test_no_address_breaks_the_page(client, path):
    assert client.get(path).status_code == 404


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

    response = client.post(verb("follow", sami), {"has_count": "true"}, headers=HTMX)

    content = response.content.decode()
    assert content.count("<div") == content.count("hx-swap-oob") == 1
    assert "<b>1</b> follower<" in content
    assert verb("unfollow", sami) in content


def test_row_of_a_list_gets_the_button_alone_after_unfollowing(client, lena, sami):
    client.force_login(lena)
    client.post(verb("follow", sami))

    content = client.post(verb("unfollow", sami), headers=HTMX).content.decode()

    assert verb("follow", sami) in content
    assert "hx-swap-oob" not in content


def test_unfollowing_offers_the_way_back(client, lena, sami):
    client.force_login(lena)
    client.post(verb("follow", sami))

    response = client.post(verb("unfollow", sami), headers=HTMX)

    assert verb("follow", sami) in response["HX-Trigger"]


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

    # The person, what is past, live with its topics and its stage, and announced; for the rings
    # what is live, and of it what is new.
    with django_assert_num_queries(8):
        client.get(hana.get_absolute_url())


def test_profile_seen_by_a_reader_takes_few_queries_more(
    client, lena, hana, space, django_assert_num_queries
):
    client.force_login(lena)

    # Session and reader; blocks and mutes, removals, what calls them in; whom they follow; the
    # bell.
    with django_assert_num_queries(15):
        client.get(hana.get_absolute_url())
