"""Language and time zone are kept for what is written to somebody who is not here."""

import pytest

from accounts.models import Reach

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client, lena):
    client.force_login(lena)
    client.cookies["time_zone"] = "Europe/Berlin"
    return client


def known(user):
    return Reach.objects.filter(user=user).values_list("language", "time_zone").first()


def visit(browser, language="de"):
    return browser.get("/settings/reading/", headers={"Accept-Language": language})


def test_what_the_browser_says_is_kept(browser, lena):
    visit(browser)

    assert known(lena) == ("de", "Europe/Berlin")


def test_next_pages_cost_nothing_more(browser, lena, django_assert_max_num_queries):
    visit(browser)
    with django_assert_max_num_queries(5) as captured:
        visit(browser)

    assert not [query for query in captured.captured_queries if "reach" in query["sql"]]


def test_who_travels_is_reached_by_the_new_clock(browser, lena):
    visit(browser)
    browser.cookies["time_zone"] = "Asia/Tokyo"

    visit(browser, "ar")

    assert known(lena) == ("ar", "Asia/Tokyo")


def test_their_hours_are_left_as_they_are(browser, lena):
    Reach.objects.create(user=lena, has_quiet_hours=False)

    visit(browser)

    assert Reach.objects.get(user=lena).has_quiet_hours is False


@pytest.mark.parametrize("zone", ["", "Nowhere/Atall", "../../etc/passwd"])
def test_cookie_that_is_no_zone_is_not_kept(browser, lena, zone):
    browser.cookies["time_zone"] = zone

    visit(browser)

    assert known(lena) is None


def test_visitor_leaves_nothing(client):
    client.cookies["time_zone"] = "Europe/Berlin"

    client.get("/")

    assert not Reach.objects.exists()
