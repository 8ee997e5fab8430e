"""Calendars: the file of one Space, the feed of a host, the feed of a person behind its secret."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from accounts.models import Block, Follow, FormerHandle, Mute
from spaces import actions
from spaces.models import CalendarAddress, Space
from spaces.views import calendars as views
from tests.factories import (
    ask_to_co_host,
    make_host,
    make_scheduled,
    make_space,
    make_user,
)

from . import private

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

State = Space.State
DAY = timedelta(days=1)


def events_of(response):
    return Calendar.from_ical(response.content).events


def titles(response):
    return [str(event["SUMMARY"]) for event in events_of(response)]


# --- One Space ---


def file_of(space):
    return f"{space.get_absolute_url()}calendar.ics"


def test_announced_space_is_a_file_that_calendars_open(client):
    space = make_scheduled(title="Books, prices; and more")

    response = client.get(file_of(space))

    (event,) = events_of(response)
    assert event["SUMMARY"] == "Books, prices; and more"
    assert event.start == space.scheduled_for.replace(microsecond=0)
    assert event["URL"] == f"http://testserver{space.get_absolute_url()}"
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert f'filename="space-{space.public_id}.ics"' in response.headers["Content-Disposition"]


def test_each_change_has_a_higher_number(client):
    space = make_scheduled()
    deeds = [
        lambda: actions.edit_announcement(
            actor=space.host,
            space=space,
            title="Another",
            topics=[],
            scheduled_for=space.scheduled_for + DAY,
        ),
        lambda: actions.cancel_space(actor=space.host, space=space),
        lambda: actions.restore_space(actor=space.host, space=space),
    ]
    seen = events_of(client.get(file_of(space)))

    for deed in deeds:
        deed()
        seen += events_of(client.get(file_of(space)))

    numbers = [event["SEQUENCE"] for event in seen]
    assert numbers == sorted(set(numbers))
    assert len({str(event["UID"]) for event in seen}) == 1
    assert [event["STATUS"] for event in seen][2:] == ["CANCELLED", "CONFIRMED"]
    assert seen[1].start == (space.scheduled_for + DAY).replace(microsecond=0)
    assert seen[1]["LAST-MODIFIED"].dt >= seen[0]["LAST-MODIFIED"].dt


def test_space_that_was_never_announced_has_no_file(client, space):
    assert client.get(file_of(space)).status_code == 404


@pytest.mark.parametrize("visibility", Space.Visibility.values)
@pytest.mark.parametrize("who", private.PEOPLE)
def test_file_is_for_whom_the_page_is(client, visibility, who):
    space = make_scheduled(visibility=visibility)
    person = private.PEOPLE[who](space)
    if not isinstance(person, AnonymousUser):
        client.force_login(person)

    response = client.get(file_of(space))

    assert response.status_code == client.get(space.get_absolute_url()).status_code
    assert (response.status_code == 200) is (private.steps(visibility)[who] is None)


def test_file_costs_one_query(client, django_assert_num_queries):
    space = make_scheduled()

    with django_assert_num_queries(1):
        client.get(file_of(space))


# --- A host's ---


def feed_of(person):
    return f"{person.get_absolute_url()}/calendar.ics"


def test_hosts_feed_has_what_is_coming_lately_was_or_was_cancelled(client, hana):
    now = timezone.now()
    make_scheduled(hana, title="Next", scheduled_for=now + DAY)
    make_scheduled(hana, title="Off", scheduled_for=now + 2 * DAY, state=State.CANCELLED)
    make_space(hana, title="Live", scheduled_for=now - timedelta(minutes=5))
    make_scheduled(hana, title="Long ago", scheduled_for=now - 9 * DAY, state=State.CANCELLED)
    make_space(make_host("otto"), title="Somebody else's", scheduled_for=now)

    response = client.get(feed_of(hana))

    assert titles(response) == ["Next", "Off", "Live"]
    assert Calendar.from_ical(response.content).calendar_name == "Hana on Rostrum"


@pytest.mark.parametrize("visibility", ["signed_in", "followers", "invited"])
def test_hosts_feed_is_public_also_for_the_host(client, hana, visibility):
    make_scheduled(hana, visibility=visibility)
    client.force_login(hana)

    assert titles(client.get(feed_of(hana))) == []


def test_whom_the_host_blocked_finds_nothing_in_the_feed(client, hana, otto):
    make_scheduled(hana)
    Block.objects.create(blocker=hana, blocked=otto)
    client.force_login(otto)

    assert titles(client.get(feed_of(hana))) == []


def test_former_handle_leads_to_the_feed(client, hana):
    FormerHandle.objects.create(user=hana, handle="hana_old")

    assert client.get("/@hana_old/calendar.ics").url == feed_of(hana)


@pytest.mark.parametrize("handle", ["nobody", "a%00b"])
def test_nobodys_feed_is_not_found(client, handle):
    assert client.get(f"/@{handle}/calendar.ics").status_code == 404


@pytest.mark.parametrize("spaces", [1, 5])
def test_hosts_feed_costs_two_queries(client, hana, django_assert_num_queries, spaces):
    for days in range(spaces):
        make_scheduled(hana, scheduled_for=timezone.now() + (days + 1) * DAY)

    # The host; the Spaces.
    with django_assert_num_queries(2):
        client.get(feed_of(hana))


def test_profile_leads_to_the_feed(client, hana):
    make_scheduled(hana)

    assert feed_of(hana) in client.get(hana.get_absolute_url()).content.decode()


# --- A person's own ---


@pytest.fixture
def mine(lena):
    """Lena's feed, as a program without a session reads it."""
    address = actions.renew_calendar(actor=lena)

    def get(**headers):
        return Client().get(f"/calendar/{address.secret}/spaces.ics", headers=headers)

    return get


def follow(follower, followed):
    Follow.objects.create(follower=follower, followed=followed)


def test_ones_own_feed_has_what_one_hosts_is_called_to_and_follows(mine, lena, hana):
    now = timezone.now()
    hosts = [make_host(f"host{number}") for number in range(4)]
    make_scheduled(lena, title="Hosts", scheduled_for=now + DAY)
    co_hosted = make_scheduled(hosts[0], title="Co-hosts", scheduled_for=now + 2 * DAY)
    ask_to_co_host(co_hosted, lena, state="accepted")
    invited = make_scheduled(
        hosts[1], title="Invited", visibility="invited", scheduled_for=now + 3 * DAY
    )
    private.invite(invited, lena)
    follow(lena, hosts[2])
    make_scheduled(hosts[2], title="Follows", scheduled_for=now + 4 * DAY)
    make_scheduled(
        hosts[2], title="For followers", visibility="followers", scheduled_for=now + 5 * DAY
    )
    make_scheduled(hosts[3], title="Neither")

    assert titles(mine()) == ["Hosts", "Co-hosts", "Invited", "Follows", "For followers"]


def test_ones_own_feed_never_shows_more_than_lists_do(mine, lena):
    hosts = [make_host(f"host{number}") for number in range(5)]
    for host in hosts:
        follow(lena, host)
    make_scheduled(hosts[0], visibility="invited")
    Mute.objects.create(muter=lena, muted=hosts[1])
    Block.objects.create(blocker=lena, blocked=hosts[2])
    Block.objects.create(blocker=hosts[3], blocked=lena)
    for host in hosts[1:4]:
        make_scheduled(host)
    removed = make_scheduled(hosts[4])
    removed.participants.create(user=lena, removed_at=timezone.now())

    assert titles(mine()) == []


def test_withdrawn_invitation_leaves_the_feed(mine, lena, hana):
    space = make_scheduled(hana)
    invitation = private.invite(space, lena)
    assert len(events_of(mine())) == 1

    actions.withdraw_invitation(actor=hana, space=space, invitation=invitation)

    assert events_of(mine()) == []


@pytest.mark.parametrize("secret", ["nonsense", "x" * 43, "a%00b", "é"])
def test_wrong_secret_is_not_found(client, mine, secret):
    assert client.get(f"/calendar/{secret}/spaces.ics").status_code == 404


def test_feed_of_a_closed_account_is_not_found(mine, lena):
    lena.is_active = False
    lena.save()

    assert mine().status_code == 404


def test_feed_is_nobody_elses_to_keep_and_unchanged_is_said_shortly(mine, lena):
    space = make_scheduled(lena)
    first = mine()
    tag = first.headers["ETag"]

    again = mine(if_none_match=tag)

    assert {"private", "no-cache"} <= set(first.headers["Cache-Control"].split(", "))
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    actions.cancel_space(actor=lena, space=space)
    assert mine(if_none_match=tag).status_code == 200


def test_feed_speaks_its_persons_language(mine, lena):
    lena.language = "ar"
    lena.save()
    make_scheduled(lena)

    first, again = mine(accept_language="en"), mine(accept_language="de")

    assert first.content == again.content


@pytest.mark.parametrize("hosts", [1, 6])
def test_ones_own_feed_costs_two_queries(mine, lena, django_assert_num_queries, hosts):
    for number in range(hosts):
        host = make_host(f"host{number}")
        follow(lena, host)
        make_scheduled(host)

    # The address with its person; the Spaces.
    with django_assert_num_queries(2):
        mine()


def test_feed_has_an_end_and_leaves_out_what_is_far(mine, lena, monkeypatch):
    monkeypatch.setattr(views, "LISTED", 3)
    now = timezone.now()
    for days in (-1, 1, 2, 3, 4):
        make_scheduled(lena, title=str(days), scheduled_for=now + days * DAY, state=State.CANCELLED)

    assert titles(mine()) == ["1", "2", "3"]


# --- Its address ---

PAGE = "/settings/calendar/"


def test_nobody_has_an_address_before_they_ask(client, lena):
    client.force_login(lena)

    content = client.get(PAGE).content.decode()

    assert "Make an address" in content
    assert not CalendarAddress.objects.exists()


def test_address_is_made_and_shown(client, lena):
    client.force_login(lena)

    content = client.post(f"{PAGE}renew/", follow=True).content.decode()

    secret = lena.calendar_address.secret
    assert f'value="http://testserver/calendar/{secret}/spaces.ics"' in content
    assert len(secret) == 43
    client.logout()
    assert client.get(f"/calendar/{secret}/spaces.ics").status_code == 200


def test_new_address_ends_the_old_one(client, lena):
    old = actions.renew_calendar(actor=lena).secret
    client.force_login(lena)

    client.post(f"{PAGE}renew/")

    assert client.get(f"/calendar/{old}/spaces.ics").status_code == 404
    assert CalendarAddress.objects.get().secret != old


def test_address_is_shown_to_its_person_alone(client, lena, otto):
    secret = actions.renew_calendar(actor=lena).secret
    client.force_login(otto)

    assert secret not in client.get(PAGE).content.decode()


def test_two_who_ask_at_once_are_two(lena):
    addresses = {actions.renew_calendar(actor=each).secret for each in (lena, make_user())}

    assert len(addresses) == 2


def test_visitor_has_no_such_page(client):
    assert "/account/login/" in client.get(PAGE).url


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_once_there_is_one_address(at_once, lena):
    at_once(*[lambda: actions.renew_calendar(actor=lena)] * 2)

    assert CalendarAddress.objects.count() == 1
