"""Pages for what goes wrong: each says what happened, none shows more than that."""

import pytest
from django.db import OperationalError
from django.test import Client
from psycopg_pool import PoolTimeout, TooManyRequests

from spaces import views

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def fails(monkeypatch):
    """Let the home page fail with this error."""

    def set_error(error, cause=None):
        def fail():
            raise error from cause

        monkeypatch.setattr(views, "live_spaces", fail)

    return set_error


@pytest.mark.parametrize("cause", [PoolTimeout("30 s"), TooManyRequests("full")])
def test_full_pool_is_a_page_that_tries_again(client, fails, cause):
    fails(OperationalError("couldn't get a connection"), cause)

    response = client.get("/")

    assert (response.status_code, response["Retry-After"]) == (503, "3")
    assert "Busy, trying again" in response.content.decode()
    assert '<meta http-equiv="refresh" content="3">' in response.content.decode()


def test_full_pool_is_json_for_the_pages_script(client, fails):
    fails(OperationalError("couldn't get a connection"), PoolTimeout("30 s"))

    response = client.get("/", headers=HTMX)

    assert (response.status_code, response.json()["code"]) == (503, "busy")


@pytest.mark.parametrize(
    "error", [OperationalError("server closed the connection"), ValueError("secret detail")]
)
def test_any_other_failure_is_the_page_of_last_resort(client, fails, error):
    fails(error)

    response = client.get("/")

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert str(error) not in response.content.decode()


def test_page_of_last_resort_asks_no_database(client, fails, monkeypatch, lena):
    """The session's own read may be what failed."""
    client.force_login(lena)

    def refuse(*arguments, **options):
        raise OperationalError("no database")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", refuse)

    assert client.get("/").status_code == 500


def test_unknown_address_is_a_page_of_the_site(client):
    response = client.get("/no/such/page/")

    assert response.status_code == 404
    assert "Nobody sits here" in response.content.decode()


def test_old_form_says_what_to_do(lena):
    client = Client(enforce_csrf_checks=True)
    client.force_login(lena)

    response = client.post("/spaces/start/")

    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


def test_old_form_is_json_for_the_pages_script(lena):
    client = Client(enforce_csrf_checks=True)
    client.force_login(lena)

    response = client.post("/spaces/start/", headers=HTMX)

    assert (response.status_code, response.json()["code"]) == (403, "csrf")


@pytest.mark.parametrize("path", ["/", "/account/login/", "/no/such/page/", "/account/signup/"])
def test_every_page_forbids_foreign_and_inline_scripts(client, path):
    policy = client.get(path).headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_page_may_not_be_framed(client):
    assert client.get("/").headers["X-Frame-Options"] == "DENY"
