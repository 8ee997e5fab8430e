"""The button "Remind me": on the page of an announcement, and in lists."""

from datetime import timedelta

import pytest
from django.utils import timezone

from spaces import actions
from spaces.models import Space
from tests.factories import make_host, make_reminder, make_scheduled, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def announced(hana):
    space = make_scheduled(hana)
    space.topics.add(make_topic("Coast"))
    return space


@pytest.fixture
def press(client, announced, lena):
    client.force_login(lena)

    def post(verb, **options):
        return client.post(f"{announced.get_absolute_url()}{verb}/", **options)

    return post


def read(client, address):
    return client.get(address).content.decode()


def test_button_is_replaced_and_says_how_many_want_it(press, announced):
    make_reminder(announced)

    content = press("remind", headers=HTMX).content.decode()

    assert "You will be reminded" in content
    assert "2 people want to be reminded." in content
    assert "Also 10 minutes before" in content


def test_early_reminder_is_a_press_more(press, announced, lena):
    press("remind", headers=HTMX)

    content = press("remind-early", headers=HTMX).content.decode()

    assert announced.reminders.get(user=lena).wants_early
    assert content.count('aria-pressed="true"') == 2


@pytest.mark.parametrize(("wants_early", "way"), [(False, "remind/"), (True, "remind-early/")])
def test_toast_brings_back_what_was_cancelled(press, announced, lena, wants_early, way):
    make_reminder(announced, lena, wants_early=wants_early)

    response = press("remind-not", follow=True)

    content = response.content.decode()
    assert "You will not be reminded of" in content
    assert f'action="{announced.get_absolute_url()}{way}"' in content


def test_browser_without_script_is_back_where_it_was(press):
    response = press("remind", headers={"Referer": "http://testserver/topics/coast/"})

    assert response.url == "/topics/coast/"


def test_visitor_is_led_to_sign_in_and_back(client, announced):
    content = read(client, announced.get_absolute_url())

    assert f'href="/account/login/?next={announced.get_absolute_url()}"' in content


def test_host_reads_when_they_are_reminded_and_how_many_others(client, announced):
    make_reminder(announced)
    client.force_login(announced.host)

    content = read(client, announced.get_absolute_url())

    assert "You are reminded 30 minutes before" in content
    assert "1 person wants to be reminded." in content
    assert "/remind/" not in content


LISTS = ["/", "/upcoming/", "/topics/coast/", "/@hana", "/search/?q=price"]


@pytest.mark.parametrize("address", LISTS)
def test_lists_have_a_bell_that_is_pressed_for_who_is_reminded(client, announced, lena, address):
    client.force_login(lena)
    assert f"{announced.get_absolute_url()}remind/" in read(client, address)

    make_reminder(announced, lena)

    assert f"{announced.get_absolute_url()}remind-not/" in read(client, address)


@pytest.mark.parametrize("address", LISTS)
def test_visitors_and_the_host_find_no_bell_in_lists(client, announced, address):
    assert "/remind/" not in read(client, address)

    client.force_login(announced.host)

    assert "/remind/" not in read(client, address)


def test_bell_of_a_row_is_replaced_by_a_bell(press, announced):
    content = press("remind", data={"is_row": "true"}, headers=HTMX).content.decode()

    assert content.count("<form") == 1
    assert f'id="bell-{announced.public_id}" aria-pressed="true"' in content


@pytest.mark.parametrize("rows", [1, 5])
def test_lists_ask_the_database_no_more_for_bells(client, lena, rows, django_assert_num_queries):
    for number in range(rows):
        make_reminder(make_scheduled(make_host(f"host{number}")), lena)
    client.force_login(lena)

    # Session, reader, what they may see (3), how many, the rows; what is live; the bell.
    with django_assert_num_queries(9):
        client.get("/upcoming/")


# --- Why it did not take place ---


def test_page_says_to_everybody_that_the_host_did_not_come(client, hana):
    space = make_scheduled(hana, scheduled_for=timezone.now() - timedelta(minutes=16))
    actions.cancel_overdue(space=space, now=timezone.now())

    content = read(client, space.get_absolute_url())

    assert "did not come, and it was called off" in content


def test_page_of_what_its_host_called_off_says_that(client, announced):
    actions.cancel_space(actor=announced.host, space=announced)

    assert "called this Space off" in read(client, announced.get_absolute_url())
    assert Space.objects.get(pk=announced.pk).cancel_reason == "host"
