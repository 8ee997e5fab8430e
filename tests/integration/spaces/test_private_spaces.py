"""Who may know of a Space and come into it: one rule, the same at every door."""

import time

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from accounts import actions as people
from accounts.models import Mute
from config.news import connection
from spaces import doors, tasks
from spaces.listener import MARKS_COOKIE, Marks, mark
from spaces.live import presence
from spaces.live.board import read_board
from spaces.live.consumer import enter_space
from spaces.live.home import ListReader, draw_lists, look_up
from spaces.media import commands
from spaces.models import Space
from spaces.querysets import private_spaces
from tests.factories import (
    make_host,
    make_participant,
    make_scheduled,
    make_space,
    make_topic,
    make_user,
)

from .private import FOLLOWERS, INVITED, PEOPLE, PUBLIC, SIGNED_IN, TITLE, invite, steps

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

HTMX = {"HX-Request": "true"}
UNKNOWN = doors.Step.UNKNOWN
every_visibility = pytest.mark.parametrize("visibility", Space.Visibility.values)


@pytest.fixture
def make(hana):
    """A Space of Hana's with this visibility, and one who comes to its door."""

    def make(visibility, who, **fields):
        space = make_space(hana, visibility=visibility, title=TITLE, **fields)
        return space, PEOPLE[who](space)

    return make


@pytest.fixture
def crowd(hana):
    """A Space of Hana's with this visibility, and everybody who may come to its door, by name."""

    def crowd(visibility):
        space = make_space(hana, visibility=visibility, title=TITLE)
        return space, {who: person(space) for who, person in PEOPLE.items()}

    return crowd


@pytest.fixture
def become(client):
    """The browser is this person's from now on."""

    def become(user):
        if user.is_authenticated:
            client.force_login(user)
        else:
            client.cookies.clear()

    return become


def url(name, space):
    return reverse(f"spaces:{name}", args=[space.public_id])


def status(step):
    return {None: 200, UNKNOWN: 404}.get(step, 403)


# --- The rule ---


@every_visibility
def test_admission_names_the_step(crowd, visibility):
    space, people = crowd(visibility)

    found = {
        who: doors.admission(user, space.public_id, marks=Marks()).step
        for who, user in people.items()
    }

    assert found == steps(visibility)


@every_visibility
def test_readers_asked_for_together_see_what_each_sees_alone(crowd, visibility):
    """The home page's sockets ask for all their people in one query."""
    _space, people = crowd(visibility)
    user_ids = [user.pk for user in people.values() if user.is_authenticated]

    together = private_spaces(user_ids)

    for user in people.values():
        alone = Space.objects.visible_to(user).not_public().values_list("pk", flat=True)
        assert together.get(user.pk, frozenset()) == set(alone)


@every_visibility
@pytest.mark.parametrize("is_muted", [True, False])
def test_pages_reader_sees_what_the_rule_says(crowd, rf, visibility, is_muted):
    """A page asks by keys that were read before, and not inside the query."""
    space, people = crowd(visibility)
    for who, user in people.items():
        if is_muted and user.is_authenticated and user != space.host:
            Mute.objects.create(muter=user, muted=space.host)
        request = rf.get("/")
        request.user = user

        assert set(Space.objects.visible_to(request)) == set(Space.objects.visible_to(user)), who
        assert set(Space.objects.listed_for(request)) == set(Space.objects.listed_for(user)), who


# --- The doors ---


@every_visibility
def test_page_is_shown_to_who_is_admitted(client, crowd, become, visibility):
    space, people = crowd(visibility)
    for who, step in steps(visibility).items():
        become(people[who])

        response = client.get(space.get_absolute_url())

        assert response.status_code == status(step), who
        assert (TITLE in response.content.decode()) == (step is None), who


@every_visibility
@pytest.mark.parametrize("door", ["people", "comments", "space-share", "space-qr"])
def test_what_belongs_to_the_page_is_behind_its_door(client, crowd, become, visibility, door):
    space, people = crowd(visibility)
    for who, step in steps(visibility).items():
        become(people[who])

        response = client.get(url(door, space), {"since": 0}, headers=HTMX)

        assert response.status_code == status(step), who
        if status(step) == 403:
            assert response.json()["code"] == f"not_admitted_{step}", who


@every_visibility
def test_button_says_the_step(client, crowd, become, visibility):
    space, people = crowd(visibility)
    refused = {who: step for who, step in steps(visibility).items() if step and who != "nobody"}
    for who, step in refused.items():
        become(people[who])

        response = client.post(url("ask", space), headers=HTMX)

        assert response.status_code == status(step), who
        if step is not UNKNOWN:
            assert response.json()["message"] == str(doors.SENTENCES[step]), who


@every_visibility
def test_socket_asks_the_same(client, crowd, become, visibility):
    space, people = crowd(visibility)
    closed_with = {None: None, UNKNOWN: 4404}
    for who, step in steps(visibility).items():
        become(people[who])

        entry = enter_space(space.public_id, client.session.session_key, Marks(), is_back=False)

        code = None if entry.space else entry.closes_with
        assert code == closed_with.get(step, 4410), who


# --- Lists ---

LISTS = {
    "live": ["/", "/live/", "/topics/coast/", "/@hana"],
    "announced": ["/", "/upcoming/", "/upcoming/next/", "/topics/coast/", "/@hana"],
    "over": ["/", "/@hana", "/@hana/spaces/"],
}


@every_visibility
@pytest.mark.parametrize("state", LISTS)
def test_lists_name_what_one_may_come_into(client, hana, become, visibility, state):
    if state == "announced":
        space = make_scheduled(hana, visibility=visibility, title=TITLE)
    else:
        space = make_space(hana, visibility=visibility, title=TITLE, ended=state == "over")
    space.topics.add(make_topic("Coast"))
    for who, step in steps(visibility).items():
        if who == "removed" and visibility == PUBLIC:
            # The live list is drawn once for all: what everybody sees is in theirs, too.
            continue
        become(PEOPLE[who](space))

        listed = {path: TITLE in client.get(path).content.decode() for path in LISTS[state]}

        assert listed == dict.fromkeys(LISTS[state], step is None), who


@pytest.mark.parametrize("visibility", [SIGNED_IN, FOLLOWERS, INVITED])
def test_private_space_is_in_no_strangers_counts(client, make, visibility):
    space, _nobody = make(visibility, "nobody")
    space.topics.add(make_topic("Coast"))

    home, topics = (client.get(path).content.decode() for path in ("/", "/topics/"))

    assert "1 Space" not in home
    assert "Coast" not in home
    assert "1 live" not in topics


def test_list_drawn_for_one_is_not_taken_for_another(make):
    space, ida = make(INVITED, "invited")
    board = read_board()
    pages = [(ida.pk, ListReader()), (None, ListReader())]

    theirs, anybodys = look_up(pages, board, keeps_order=False)
    drawing = draw_lists([theirs, anybodys], board)

    assert TITLE in drawing.html[theirs]
    assert TITLE not in drawing.html[anybodys]
    assert str(space.public_id) not in drawing.html[anybodys]


def test_readers_are_looked_up_in_the_same_queries_for_any_number(hana, django_assert_num_queries):
    space = make_space(hana, visibility=INVITED)
    user_ids = []
    for guest in (make_user(), make_user(), make_user()):
        invite(space, guest)
        user_ids.append(guest.pk)

    with django_assert_num_queries(2):
        found = private_spaces(user_ids)

    assert found == dict.fromkeys(user_ids, frozenset({space.pk}))


# --- What a stranger reads at the door ---


def test_followers_space_says_whose_it_is_and_following_opens_it(client, make, become):
    space, otto = make(FOLLOWERS, "stranger")
    become(otto)
    page = client.get(space.get_absolute_url()).content.decode()
    follow = reverse("accounts:follow", args=["hana"])
    assert f'action="{follow}"' in page

    referer = {"Referer": f"http://testserver{space.get_absolute_url()}"}
    response = client.post(follow, headers=referer, follow=True)

    assert response.status_code == 200
    assert TITLE in response.content.decode()


@pytest.mark.parametrize(
    ("visibility", "who"), [(INVITED, "stranger"), (FOLLOWERS, "nobody"), (FOLLOWERS, "removed")]
)
def test_door_names_neither_host_nor_people_to_a_stranger(
    client, make, become, sami, visibility, who
):
    space, user = make(visibility, who)
    space.participants.create(user=sami)
    become(user)

    page = client.get(space.get_absolute_url()).content.decode()

    assert not any(name in page for name in (TITLE, "Hana", "@hana", "Sami"))
    assert "<title>A Space · Rostrum</title>" in page
    assert '<meta name="robots" content="noindex">' in page


def test_nobody_is_led_to_the_form_and_back(client, make):
    space, _nobody = make(INVITED, "nobody")

    page = client.get(space.get_absolute_url()).content.decode()

    assert f"{reverse('account_login')}?next={space.get_absolute_url()}" in page


def test_removed_person_reads_what_still_holds(client, make, become):
    space, user = make("public", "removed")
    become(user)

    page = client.get(space.get_absolute_url()).content.decode()

    assert "You were removed from this Space</h1>" in page
    assert "You may join this host’s other Spaces." in page


def test_who_unfollows_while_on_stage_stays(client, make, become):
    space, sten = make(FOLLOWERS, "on stage")
    people.follow(actor=sten, person=space.host)
    people.unfollow(actor=sten, person=space.host)
    become(sten)

    assert client.get(space.get_absolute_url()).status_code == 200


# --- The door shuts while somebody is inside ---


@pytest.fixture
def shown_out(monkeypatch):
    """Whose sound was ended."""
    out = []
    monkeypatch.setattr(commands, "remove_person", lambda space, person: out.append(person))
    return out


@pytest.fixture
def inside(hana, lena):
    """Lena follows Hana and listens in her Space for followers."""
    people.follow(actor=lena, person=hana)
    space = make_space(hana, visibility=FOLLOWERS)
    is_there(space, lena)
    return make_participant(space, user=lena)


def is_there(space, user):
    person = presence.signed_in(user.pk)
    presence.add(connection(), str(space.public_id), [person], now=time.time())


def unfollow(user, host):
    people.unfollow(actor=user, person=host)


def block_for_a_moment(user, host):
    people.block(actor=host, person=user)
    people.unblock(actor=host, person=user)


@pytest.mark.parametrize("shut", [unfollow, block_for_a_moment])
def test_who_follows_no_longer_is_shown_out(
    inside, hana, news, shown_out, django_capture_on_commit_callbacks, shut
):
    shut(inside.user, hana)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.show_out()

    assert news.closed_for(inside.user) == [str(inside.space.public_id)]
    assert shown_out == [inside.public_id]


def test_who_is_still_there_is_shown_out_again(
    inside, hana, shown_out, django_capture_on_commit_callbacks
):
    """The first message may have been lost."""
    unfollow(inside.user, hana)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.show_out()
        tasks.show_out()

    assert shown_out == [inside.public_id] * 2


def test_who_is_shown_out_comes_in_again_by_following(inside, hana):
    unfollow(inside.user, hana)
    tasks.show_out()

    people.follow(actor=inside.user, person=hana)

    admission = doors.admission(inside.user, inside.space.public_id, marks=Marks())
    assert admission.step is None
    assert not inside.space.participants.removed().exists()


def test_who_has_left_is_not_shown_out(
    inside, hana, shown_out, redis_server, django_capture_on_commit_callbacks
):
    unfollow(inside.user, hana)
    connection().flushdb()

    with django_capture_on_commit_callbacks(execute=True):
        tasks.show_out()

    assert shown_out == []


@every_visibility
def test_those_whom_the_door_admits_stay_inside(
    crowd, shown_out, visibility, django_capture_on_commit_callbacks
):
    space, crowd = crowd(visibility)
    inside = {}
    for who, user in crowd.items():
        if user.is_authenticated:
            inside[who], _is_new = space.participants.get_or_create(user=user)
            is_there(space, user)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.remove_blocked()
        tasks.show_out()

    # Who was removed is out already.
    out = {who for who, step in steps(visibility).items() if step} - {"nobody", "removed"}
    assert set(shown_out) == {inside[who].public_id for who in out}


@pytest.mark.parametrize("count", [1, 4])
def test_people_of_a_space_are_looked_up_in_one_query(hana, count, django_assert_num_queries):
    space = make_space(hana, visibility=FOLLOWERS)
    for _ in range(count):
        is_there(space, make_participant(space).user)

    with django_assert_num_queries(1):
        tasks.show_out()


# --- The same browser, signed out ---


def sign_out(client):
    """The session goes, the other cookies stay."""
    del client.cookies[settings.SESSION_COOKIE_NAME]


def test_browser_of_who_was_removed_stays_outside_that_space(client, make, become):
    space, user = make("public", "removed")
    other = make_space(make_host("rival"))
    become(user)
    client.get(space.get_absolute_url())

    sign_out(client)

    page = client.get(space.get_absolute_url())
    assert page.status_code == 403
    assert "You were removed" in page.content.decode()
    assert client.get(other.get_absolute_url()).status_code == 200


def test_browser_of_who_is_blocked_finds_nothing_of_that_host(client, make, become):
    space, user = make("public", "blocked")
    become(user)
    client.get(space.get_absolute_url())

    sign_out(client)

    coming = make_scheduled(space.host)
    assert client.get(space.get_absolute_url()).status_code == 404
    assert client.get(coming.get_absolute_url()).status_code == 404


def test_mark_is_asked_for_at_the_socket_as_well(make):
    space, nobody = make("public", "nobody")

    step = doors.admission(nobody, space.public_id, marks=Marks().and_space(space.public_id)).step

    assert step is doors.Step.REMOVED


def test_mark_holds_for_nobody_who_signs_in(client, make, become, lena):
    space, user = make("public", "removed")
    become(user)
    client.get(space.get_absolute_url())

    client.force_login(lena)

    assert client.get(space.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("made", [make_space, make_scheduled])
def test_browser_of_who_is_let_back_in_is_let_in_signed_out_too(client, lena, made):
    space, other = made(), make_space(make_host("rival"))
    marks = Marks().and_space(other.public_id).and_space(space.public_id)
    set_marks(client, marks.and_host(space.host.public_id))
    client.force_login(lena)
    client.get(space.get_absolute_url())

    sign_out(client)

    assert client.get(space.get_absolute_url()).status_code == 200
    assert client.get(other.get_absolute_url()).status_code == 403


def set_marks(client, marks):
    response = HttpResponse()
    mark(RequestFactory().get("/"), response, marks)
    client.cookies[MARKS_COOKIE] = response.cookies[MARKS_COOKIE].value


def test_mark_is_kept_from_scripts_for_thirty_days(client, make, become):
    space, user = make("public", "removed")
    become(user)

    cookie = client.get(space.get_absolute_url()).cookies[MARKS_COOKIE]

    assert cookie["httponly"]
    assert cookie["max-age"] == 30 * 24 * 3600


def test_who_is_refused_without_having_been_removed_is_not_marked(client, make, become):
    space, otto = make(INVITED, "stranger")
    become(otto)

    assert MARKS_COOKIE not in client.get(space.get_absolute_url()).cookies
