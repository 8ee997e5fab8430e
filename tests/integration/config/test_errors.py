"""Pages for what goes wrong: each says what happened, none shows more than that."""

import re

import psycopg
import pytest
import redis
from django.db import InterfaceError, OperationalError
from django.test import Client
from psycopg import errors
from psycopg_pool import PoolTimeout, TooManyRequests

from spaces.views import lists

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def fails(monkeypatch):
    """Let the home page fail with this error."""

    def set_error(error, cause=None):
        def fail(*arguments):
            raise error from cause

        monkeypatch.setattr(lists, "drawn_list", fail)

    return set_error


class Refused(psycopg.OperationalError):
    """A connection that fails has no code."""


AWAY = [
    (OperationalError("couldn't get a connection"), PoolTimeout("30 s")),
    (OperationalError("couldn't get a connection"), TooManyRequests("full")),
    (OperationalError("connection refused"), Refused()),
    (OperationalError("server closed the connection"), errors.AdminShutdown()),
    (OperationalError("starting up"), errors.CannotConnectNow()),
    (InterfaceError("connection already closed"), None),
    (redis.ConnectionError("connection refused"), None),
    (redis.TimeoutError("no answer"), None),
]


@pytest.mark.parametrize(("error", "cause"), AWAY)
def test_outage_is_a_page_that_tries_again(client, fails, error, cause):
    fails(error, cause)

    response = client.get("/")

    assert (response.status_code, response["Retry-After"]) == (503, "3")
    assert "Away for a moment" in response.content.decode()
    assert "js/pages/away.js" in response.content.decode()


def test_outage_is_json_for_the_pages_script(client, fails):
    fails(OperationalError("connection refused"), Refused())

    response = client.get("/", headers=HTMX)

    assert (response.status_code, response.json()["code"]) == (503, "busy")


def test_outage_page_asks_no_database(client, fails, monkeypatch, lena):
    """The session's own read may be what failed."""
    client.force_login(lena)

    def refuse(*arguments, **options):
        raise OperationalError("no database")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", refuse)

    assert client.get("/").status_code == 503


BUGS = [
    (OperationalError("deadlock detected"), errors.DeadlockDetected()),
    (ValueError("secret detail"), None),
]


@pytest.mark.parametrize(("error", "cause"), BUGS)
def test_any_other_failure_is_the_page_of_last_resort(client, fails, error, cause):
    fails(error, cause)

    response = client.get("/")

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert str(error) not in response.content.decode()


def references(caplog):
    return [line for line in caplog.messages if line.startswith("Reference ")]


def test_page_of_last_resort_has_a_reference_that_the_log_has_too(client, fails, caplog):
    fails(ValueError("secret detail"))

    page = client.get("/").content.decode()

    (line,) = references(caplog)
    assert re.search(r'say <b class="num">(\w{8})</b>', page)[1] in line
    assert [record for record in caplog.records if record.exc_info] == [caplog.records[-1]]


def test_failed_button_is_told_the_reference(client, fails, caplog):
    fails(ValueError("secret detail"))

    answer = client.get("/", headers=HTMX).json()

    (line,) = references(caplog)
    assert line.split()[1].rstrip(":") in answer["message"]


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
