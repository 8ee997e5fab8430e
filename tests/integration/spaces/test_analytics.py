"""How a Space went, for its host and co-hosts and nobody else."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from spaces.models import Participant, SpeakRequest
from tests.factories import (
    ask_to_co_host,
    make_attendance,
    make_comment,
    make_host,
    make_participant,
    make_scheduled,
    make_space,
    make_user,
)

from .reading import page

pytestmark = pytest.mark.django_db

Role = Participant.Role


@pytest.fixture
def over(hana):
    return make_space(hana, ended=True, started_at=timezone.now() - timedelta(minutes=30))


def address(space, name="space-analytics"):
    return reverse(f"spaces:{name}", args=[space.public_id])


def read(client, space):
    return page(client, address(space))


@pytest.fixture
def co_host(over, lena):
    make_participant(over, user=lena, role=Role.CO_HOST)
    return lena


every_address = pytest.mark.parametrize("name", ["space-analytics", "space-minutes"])


class TestDoor:
    @every_address
    def test_host_and_co_host_come_in(self, client, over, hana, co_host, name):
        for reader in (hana, co_host):
            client.force_login(reader)
            assert client.get(address(over, name)).status_code == 200

    @every_address
    def test_co_host_whose_connection_was_lost_comes_in(self, client, over, sami, name):
        make_participant(over, user=sami)
        ask_to_co_host(over, sami, state="accepted")
        client.force_login(sami)

        assert client.get(address(over, name)).status_code == 200

    @every_address
    @pytest.mark.parametrize("role", [Role.SPEAKER, Role.LISTENER, None, "staff", "invited"])
    def test_nobody_else_does(self, client, over, name, role):
        reader = make_user("reader", is_staff=role == "staff", is_superuser=role == "staff")
        if role in Role.values:
            make_participant(over, user=reader, role=role)
        if role == "invited":
            make_participant(over, user=reader)
            ask_to_co_host(over, reader)
        client.force_login(reader)

        response = client.get(address(over, name))

        assert response.status_code == 403
        assert "Only the host and the co-hosts" in response.content.decode()

    @every_address
    def test_visitor_is_led_to_the_sign_in_page(self, client, over, name):
        response = client.get(address(over, name))

        assert response.status_code == 302
        assert response.url.startswith("/account/login/")

    def test_removed_co_host_does_not(self, client, over, sami):
        make_participant(over, user=sami, removed_at=over.ended_at)
        ask_to_co_host(over, sami, state="accepted")
        client.force_login(sami)

        assert client.get(address(over)).status_code == 403

    @every_address
    def test_before_the_start_there_is_nothing(self, client, hana, name):
        client.force_login(hana)

        response = client.get(address(make_scheduled(hana), name))

        assert response.status_code == 409
        assert "This Space has not started." in response.content.decode()


def test_everything_that_was_measured_is_shown(client, over, hana):
    make_attendance(over, minutes=[(2, 2), (4, 3), (3, 0)], sources={"topic": 3, "direct": 2})
    sami = make_participant(over, role=Role.SPEAKER, talk_ms=125_000)
    for state in ("accepted", "declined", "withdrawn"):
        participant = make_participant(over)
        SpeakRequest.objects.create(participant=participant, state=state, answered_at=over.ended_at)
    SpeakRequest.objects.create(
        participant=sami, state="accepted", answered_at=over.ended_at, invited_by=hana
    )
    make_comment(over)
    over.reactions.create(reaction="heart", count=1_234)
    client.force_login(hana)

    content = " ".join(read(client, over).split())

    for said in (
        "<dt>Listeners in all</dt><dd> 5 </dd>",
        "<dt>At most at once</dt><dd> 4 </dd>",
        "<dt>Average stay</dt><dd>about 2 minutes</dd>",
        "The most were there 0:01 after the start: 4.",
        '<span>A topic</span><progress aria-hidden="true" value="60" max="100">',
        "2:05",
        "<dt>Comments</dt><dd>1</dd>",
        "<dt>Asked to speak</dt><dd>3</dd>",
        "<dt>Of these answered</dt><dd>2</dd>",
        "<dt>Heart</dt><dd>1,234</dd>",
    ):
        assert said in content


def test_chart_is_drawn_and_the_same_numbers_are_a_table(client, over, hana):
    make_attendance(over, minutes=[(2, 2), (4, 3), (3, 0)])
    client.force_login(hana)

    content = read(client, over)

    assert content.count('<svg class="chart ') == 2
    assert content.count('role="img"') == 2
    assert content.count('<th scope="row"') == 3


def test_drawing_is_written_the_same_in_every_language(client, over, hana):
    make_attendance(over, minutes=[(2, 2), (4, 3), (3, 0)])
    hana.language = "de"
    hana.save()
    client.force_login(hana)
    drawings = [
        response.content.decode().partition('class="c1" d="')[2].partition('"')[0]
        for response in (
            client.get(address(over)),
            client.get(address(over), headers={"Accept-Language": "de"}),
        )
    ]

    assert drawings[0] == drawings[1] != ""


def test_space_that_nobody_came_to_says_what_helps(client, over, hana):
    make_attendance(over, minutes=[(0, 0), (0, 0)])
    client.force_login(hana)

    content = read(client, over)

    assert "Nobody came to listen" in content
    assert "<svg class=" not in content.replace('<svg class="icon', "").replace(
        '<svg class="half', ""
    )


def test_live_space_shows_what_it_came_to_so_far(client, space, hana):
    make_attendance(space)
    client.force_login(hana)

    assert "Listeners in all" in read(client, space)


def test_minutes_are_a_table_for_spreadsheets(client, hana):
    over = make_space(hana, ended=True, title='=HYPERLINK("http://evil.example")')
    make_attendance(over, minutes=[(2, 2), (4, 3)])
    client.force_login(hana)

    response = client.get(address(over, "space-minutes"))

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment;")
    head, *rows = csv.reader(io.StringIO(response.content.decode()))
    assert head == ["space", "minute", "listeners", "joined"]
    assert [row[2:] for row in rows] == [["2", "2"], ["4", "3"]]
    assert {row[0] for row in rows} == {f"'{over.title}"}


@pytest.mark.parametrize("path", ["/@hana", "/@hana/spaces/"])
def test_host_is_led_there_from_their_past_spaces_and_nobody_else_is(client, over, path):
    client.force_login(over.host)
    assert address(over) in page(client, path)

    client.force_login(make_host("rival"))
    assert address(over) not in page(client, path)


@pytest.mark.parametrize("size", [1, 40])
def test_page_takes_the_same_queries_for_any_size(
    client, over, hana, django_assert_num_queries, size
):
    make_attendance(over, minutes=[(1, 1)] * size, sources={"topic": 1, "link": 1})
    for _ in range(size):
        make_participant(over, role=Role.SPEAKER)
        make_comment(over, make_user())
    client.force_login(hana)

    # Session and reader, the Space, their row; attendance, minutes, speakers, sources, comments,
    # reactions, requests; who is live of those they follow; the bell.
    with django_assert_num_queries(13):
        client.get(address(over))
