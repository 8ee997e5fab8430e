"""The page of notifications: what it shows whom, and what it says by now."""

from datetime import UTC, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import actions as people
from accounts.models import Block, Follow, Mute, Notification
from accounts.notifications import own
from spaces import actions
from spaces import notification_kinds as kinds
from spaces.models import Invitation, Space
from tests.factories import (
    ask_to_co_host,
    make_co_host,
    make_host,
    make_participant,
    make_request,
    make_scheduled,
    make_space,
    make_user,
)

from .private import FOLLOWERS, INVITED, TITLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

PAGE = reverse("spaces:notifications")
READ = reverse("spaces:notifications-read")
HTMX = {"HX-Request": "true"}


def tell(recipient, kind, space=None, *, key="", **fields):
    fields = {"actor": space and space.host, "space": space} | fields
    key = key or f"{kind.name}:{space.pk if space else ''}"
    return Notification.objects.create(recipient=recipient, kind=kind.name, key=key, **fields)


@pytest.fixture
def page(client, lena):
    """Lena's, as text."""

    def get(address=PAGE):
        client.force_login(lena)
        return client.get(address).content.decode()

    return get


def unread_of(user):
    return Notification.objects.of(user).unread().count()


# --- What is on it ---


def test_page_takes_an_account(client):
    assert client.get(PAGE).url.startswith(reverse("account_login"))


def test_empty_page_says_what_would_be_on_it(page):
    content = page()

    assert "Nothing yet." in content
    assert "Mark all as read" not in content


def test_row_says_who_does_what_where(page, space, lena):
    tell(lena, kinds.LIVE, space)

    content = page()

    assert f'<b><bdi>Hana</bdi></b> is live: <a href="{space.get_absolute_url()}">' in content
    assert "You follow them" in content
    assert "btn-lamp" in content.partition('class="note is-new"')[2]


def test_page_is_the_readers_alone(page, space, otto):
    tell(otto, kinds.LIVE, space)

    assert space.title not in page()


def test_kind_of_another_release_is_left_out(page, space, lena):
    Notification.objects.create(recipient=lena, kind="tip", key="tip:1", space=space)

    assert "Nothing yet." in page()


def test_parts_show_their_own_kinds(page, space, lena, sami):
    tell(lena, kinds.LIVE, space)
    people.follow(actor=sami, person=lena)

    assert "is live: " in page(f"{PAGE}?show=live")
    assert "follows you" not in page(f"{PAGE}?show=live")
    assert "is live: " not in page(f"{PAGE}?show=people")
    assert "follows you" in page(f"{PAGE}?show=people")


def test_unknown_part_is_all_of_it(page, space, lena):
    tell(lena, kinds.LIVE, space)

    assert "is live" in page(f"{PAGE}?show=money\x00")


def test_older_ones_are_a_page_further(page, hana, lena):
    now = timezone.now()
    for age in range(31):
        space = make_space(hana, ended=True, title=f"Evening {age:02}")
        tell(lena, kinds.LIVE, space, created_at=now - timedelta(minutes=age))

    first = page()
    cursor = first.partition("?before=")[2].partition('"')[0]
    older = page(f"{PAGE}?before={cursor}")

    assert "Evening 29" in first
    assert "Evening 30" not in first
    assert "Evening 30" in older
    assert "Evening 29" not in older


def test_rows_of_one_moment_are_on_one_page_each(page, hana, lena):
    now = timezone.now()
    for number in range(40):
        space = make_space(hana, ended=True, title=f"Evening {number:02}")
        tell(lena, kinds.LIVE, space, created_at=now)

    first = page()
    cursor = first.partition("?before=")[2].partition('"')[0]
    older = page(f"{PAGE}?before={cursor}")

    assert all((f"Evening {n:02}" in first) != (f"Evening {n:02}" in older) for n in range(40))


@pytest.mark.parametrize("before", ["x", "\x00", "-", "9" * 30, f"{'9' * 16}-{'9' * 18}"])
def test_any_address_is_a_page(page, space, lena, before):
    tell(lena, kinds.LIVE, space)

    assert "Notifications" in page(f"{PAGE}?before={before}")


# --- What nobody may read any more ---


@pytest.mark.parametrize("visibility", [FOLLOWERS, INVITED])
def test_title_of_a_space_that_is_shut_by_now_is_not_told(page, hana, lena, visibility):
    space = make_space(hana, visibility=visibility, title=TITLE)
    tell(lena, kinds.LIVE, space)

    content = page()

    assert TITLE not in content
    assert str(space.public_id) not in content


def test_title_edited_behind_a_shut_door_is_not_told(page, hana, lena):
    space = make_space(hana, title="Open evening")
    tell(lena, kinds.LIVE, space)
    Space.objects.filter(pk=space.pk).update(visibility=INVITED, title=TITLE)

    assert TITLE not in page()


def test_who_was_removed_reads_no_more_of_that_space(page, space, lena):
    tell(lena, kinds.LIVE, space)
    make_participant(space, user=lena, removed_at=timezone.now())

    assert space.title not in page()


@pytest.mark.parametrize("way", ["blocks", "is blocked", "mutes"])
def test_whom_the_reader_shuts_out_or_is_shut_out_by_is_left_out(page, space, hana, lena, way):
    tell(lena, kinds.LIVE, space)
    match way:
        case "blocks":
            Block.objects.create(blocker=lena, blocked=hana)
        case "is blocked":
            Block.objects.create(blocker=hana, blocked=lena)
        case "mutes":
            Mute.objects.create(muter=lena, muted=hana)

    assert "Hana" not in page()


def test_muted_co_host_is_left_out_of_what_others_host(page, space, lena, sami):
    tell(lena, kinds.INVITED_LIVE, space, actor=sami)
    Mute.objects.create(muter=lena, muted=sami)

    assert "Sami" not in page()


def test_host_is_told_of_their_own_space_whoever_did_it(client, hana, space, otto):
    tell(hana, kinds.CANCELLED, space, actor=otto)
    Mute.objects.create(muter=hana, muted=otto)
    client.force_login(hana)

    assert "Otto" in client.get(PAGE).content.decode()


# --- What is not so any more ---


def test_space_that_has_ended_was_live(page, hana, space, lena):
    tell(lena, kinds.LIVE, space)
    actions.end_space(actor=hana, space=space)

    content = page()

    assert "was live:" in content
    assert "It has ended" in content
    assert "See how it was" in content


def test_reminder_of_what_is_live_leads_there(page, space, lena):
    tell(lena, kinds.SOON, space, speaks_of=timezone.now() - timedelta(hours=1))

    content = page()

    assert "was to start at" in content
    assert "It is live now" in content
    assert "Listen" in content


def test_reminder_of_what_was_moved_says_for_when(page, hana, lena):
    space = make_scheduled(hana)
    tell(lena, kinds.SOON, space, speaks_of=space.scheduled_for - timedelta(days=1))

    content = page()

    assert "It is announced for" in content
    assert f'datetime="{timezone.localtime(space.scheduled_for).isoformat()}"' in content


def test_reminder_that_holds_says_when(page, hana, lena):
    space = make_scheduled(hana)
    tell(lena, kinds.SOON, space, speaks_of=space.scheduled_for)

    assert "starts at <time" in page()


# --- Followers ---


def test_followers_of_a_day_are_one_row(page, lena, sami, otto):
    people.follow(actor=sami, person=lena)
    people.follow(actor=otto, person=lena)

    content = page()

    assert "<b><bdi>Otto</bdi></b> and 1 other follow you" in content
    assert content.count('class="note ') == 1
    assert "2 of 600 followers" in content


def test_only_follower_can_be_followed_back(page, lena, sami):
    people.follow(actor=sami, person=lena)

    assert "Follow back" in page()


def test_follower_who_is_followed_already_is_not_offered(page, lena, sami):
    Follow.objects.create(follower=lena, followed=sami)
    people.follow(actor=sami, person=lena)

    content = page()

    assert "Follow back" not in content
    assert "See your followers" in content


def test_row_whose_followers_left_again_is_gone(page, lena, sami):
    people.follow(actor=sami, person=lena)
    people.unfollow(actor=sami, person=lena)

    assert "Nothing yet." in page()


def test_row_names_who_still_follows(page, lena, sami, otto):
    people.follow(actor=sami, person=lena)
    people.follow(actor=otto, person=lena)
    people.unfollow(actor=otto, person=lena)

    assert "<b><bdi>Sami</bdi></b> follows you" in page()


def test_followers_of_another_day_are_their_own_row(page, lena, sami, otto):
    yesterday = timezone.now() - timedelta(days=1)
    people.follow(actor=sami, person=lena)
    Follow.objects.update(created_at=yesterday)
    day = yesterday.astimezone(UTC).date()
    Notification.objects.update(key=f"followed:{day}", created_at=yesterday)
    people.follow(actor=otto, person=lena)

    content = page()

    assert "<b><bdi>Sami</bdi></b> follows you" in content
    assert "<b><bdi>Otto</bdi></b> follows you" in content


def test_muted_follower_is_not_counted(page, lena, sami, otto):
    people.follow(actor=sami, person=lena)
    people.follow(actor=otto, person=lena)
    people.mute(actor=lena, person=otto)

    assert "<b><bdi>Sami</bdi></b> follows you" in page()


# --- Invitations ---


def test_invitation_to_co_host_is_answered_in_its_row(client, page, hana, lena):
    space = make_scheduled(hana)
    actions.invite_co_host(actor=hana, space=space, user=lena)
    assert reverse("spaces:co-host-accept", args=[space.public_id]) in page()

    response = client.post(
        reverse("spaces:co-host-accept", args=[space.public_id]),
        headers={"Referer": f"http://testserver{PAGE}"},
    )

    assert response.url == PAGE
    assert "You accepted" in page()


def test_co_host_of_what_is_live_is_led_to_its_stage(client, hana, space, lena):
    actions.invite_co_host(actor=hana, space=space, user=lena)
    client.force_login(lena)

    response = client.post(
        reverse("spaces:co-host-accept", args=[space.public_id]),
        headers={"Referer": f"http://testserver{PAGE}"},
    )

    assert response.url == space.get_absolute_url()


def test_declined_invitation_says_so(page, hana, space, lena):
    invitation = actions.invite_person(actor=hana, space=space, user=lena)
    actions.decline_invitation(actor=lena, space=space, invitation=invitation)

    content = page()

    assert "You declined" in content
    assert "/decline/" not in content


def test_invitation_taken_back_is_gone(page, hana, space, lena):
    invitation = actions.invite_person(actor=hana, space=space, user=lena)
    actions.withdraw_invitation(actor=hana, space=space, invitation=invitation)

    assert "Nothing yet." in page()
    assert unread_of(lena) == 0


def test_invitation_into_what_is_over_has_no_buttons(page, hana, space, lena):
    actions.invite_co_host(actor=hana, space=space, user=lena)
    actions.end_space(actor=hana, space=space)

    content = page()

    assert "It has ended" in content
    assert "co-hosts/accept" not in content


def test_call_to_the_stage_is_answered_in_its_row(page, space, invitation, lena):
    tell(lena, kinds.TO_STAGE, space, key=kinds.key_of(kinds.TO_STAGE, invitation))

    content = page()

    assert f"requests/{invitation.public_id}/accept/" in content
    assert f"requests/{invitation.public_id}/decline/" in content


# --- Requests ---


@pytest.fixture
def hosts_page(client, hana, space):
    tell(hana, kinds.REQUEST, space, key=kinds.key_of(kinds.REQUEST, space), actor=make_user())

    def get():
        client.force_login(hana)
        return client.get(PAGE).content.decode()

    return get


def test_request_names_the_latest_and_counts_the_others(hosts_page, space, sami, otto):
    make_request(space, user=sami)
    make_request(space, user=otto, question="Who pays?")

    content = hosts_page()

    assert "<b><bdi>Otto</bdi></b> and 1 other ask to speak" in content
    assert "Who pays?" in content


def test_request_is_gone_when_nobody_waits(hosts_page):
    assert "Nothing yet." in hosts_page()


def test_who_co_hosts_no_more_reads_of_no_request(page, space, lena, sami):
    make_request(space, user=sami)
    invitation = ask_to_co_host(space, lena, state=Invitation.State.ACCEPTED)
    tell(lena, kinds.REQUEST, space, key=kinds.key_of(kinds.REQUEST, space), actor=sami)
    assert "asks to speak" in page()

    Invitation.objects.filter(pk=invitation.pk).update(state=Invitation.State.WITHDRAWN)

    assert "asks to speak" not in page()


# --- New, and read ---


def until_of(content):
    return content.partition('name="until" value="')[2].partition('"')[0]


def test_open_page_reads_everything_and_keeps_its_marks(client, page, space, lena):
    tell(lena, kinds.LIVE, space)
    content = page()
    assert 'hx-trigger="load"' in content
    assert "is-new" in content

    response = client.post(READ, {"until": until_of(content)}, headers=HTMX)

    assert 'aria-label="Notifications"' in response.content.decode()
    assert unread_of(lena) == 0
    assert "is-new" not in page()


def test_bell_that_the_open_page_is_given_leads_there_as_before(client, lena):
    client.force_login(lena)
    until = timezone.now().isoformat()

    content = client.post(READ, {"until": until}, headers=HTMX).content.decode()

    assert f'data-bell href="{PAGE}"' in content
    assert 'aria-label="Notifications"' in content


def test_button_reads_everything_without_a_script(client, page, space, lena):
    tell(lena, kinds.LIVE, space)

    response = client.post(READ, {"until": until_of(page())})

    assert response.url == PAGE
    assert unread_of(lena) == 0


def test_what_is_told_meanwhile_stays_new(client, page, hana, space, lena):
    tell(lena, kinds.LIVE, space)
    until = until_of(page())
    tell(lena, kinds.STARTED, space)

    client.post(READ, {"until": until}, headers=HTMX)

    assert unread_of(lena) == 1


def test_open_page_reads_what_it_may_not_show_as_well(client, page, hana, lena):
    """Else the bell would count it for ever."""
    tell(lena, kinds.LIVE, make_space(hana, visibility=INVITED))
    Notification.objects.create(recipient=lena, kind="tip", key="tip:1")

    client.post(READ, {"until": until_of(page())}, headers=HTMX)

    assert unread_of(lena) == 0


@pytest.mark.parametrize("address", ["?show=people", "?before=1-1"])
def test_part_of_the_page_reads_nothing_by_itself(page, space, lena, address):
    tell(lena, kinds.LIVE, space)

    content = page(PAGE + address)

    assert 'hx-trigger="load"' not in content
    assert "Mark all as read" in content


@pytest.mark.parametrize("until", ["", "now", "\x00", "9999-99-99T00:00:00Z"])
def test_nonsense_is_refused_with_a_sentence(client, lena, until):
    client.force_login(lena)

    response = client.post(READ, {"until": until}, headers=HTMX)

    assert response.status_code == 400
    assert response.json()["code"] == "bad_field"


def test_reading_takes_an_account_and_a_post(client, lena):
    assert client.post(READ).url.startswith(reverse("account_login"))

    client.force_login(lena)

    assert client.get(READ).status_code == 405


# --- The bell ---


def test_bell_counts_what_is_new(client, space, lena):
    tell(lena, kinds.LIVE, space)
    tell(lena, kinds.STARTED, space)
    client.force_login(lena)

    assert 'aria-label="Notifications, 2 new"' in client.get("/upcoming/").content.decode()


def test_bell_stops_counting_at_a_hundred(client, lena):
    Notification.objects.bulk_create(
        Notification(recipient=lena, kind="live", key=f"live:{number}") for number in range(120)
    )
    client.force_login(lena)

    content = client.get("/upcoming/").content.decode()

    assert 'aria-label="Notifications, 100 new"' in content
    assert ">99+</span>" in content


def test_bell_costs_a_page_in_the_frame_one_query(client, lena, django_assert_num_queries):
    client.force_login(lena)

    # Session, reader, bell; blocks and mutes, removals, what calls her in; how many Spaces are
    # announced, which is none; what is live.
    with django_assert_num_queries(8):
        client.get("/upcoming/")


def test_visitor_has_no_bell(client):
    assert "data-bell" not in client.get("/").content.decode()


# --- Queries ---


def fill(count, reader):
    """Some rows of every kind."""
    for number in range(count):
        space = make_scheduled(make_host(f"host{number}"))
        live = make_space(make_host(f"other{number}"))
        for kind in (kinds.LIVE, kinds.SOON, kinds.CANCELLED):
            tell(reader, kind, space, speaks_of=space.scheduled_for)
        actions.invite_co_host(actor=space.host, space=space, user=reader)
        actions.invite_person(actor=space.host, space=space, user=reader)
        make_co_host(live, user=reader)
        make_request(live)
        make_request(live)
        tell(reader, kinds.REQUEST, live, key=kinds.key_of(kinds.REQUEST, live))
        call = make_participant(space, user=make_user()).speak_requests.create(
            invited_by=space.host
        )
        tell(reader, kinds.TO_STAGE, space, key=kinds.key_of(kinds.TO_STAGE, call))
        moment = timezone.now() - timedelta(days=number)
        follow = Follow.objects.create(follower=make_user(), followed=reader)
        Follow.objects.filter(pk=follow.pk).update(created_at=moment)
        tell(reader, own.FOLLOWED, key=f"followed:{moment.date()}", created_at=moment)


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_the_same_queries_for_any_number_of_rows(
    client, lena, django_assert_num_queries, count
):
    fill(count, lena)
    client.force_login(lena)

    # Session and reader; what is new; the rows; followers, invitations, calls, requests and the
    # grant to host; quiet hours and choices; the bell; for the bar what is live, of it
    # what is new, and whom they follow.
    with django_assert_num_queries(15):
        content = client.get(PAGE).content.decode()

    assert content.count('class="note ') == 8 * count
