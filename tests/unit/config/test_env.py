"""Reading the environment: typed, and loud about what cannot be meant."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

NAME = "ROSTRUM_TEST_VALUE"


@pytest.fixture
def given(monkeypatch):
    monkeypatch.delenv(NAME, raising=False)
    return lambda value: monkeypatch.setenv(NAME, value)


def test_text_is_read(given):
    given("harbour")

    assert env.text(NAME) == "harbour"


@pytest.mark.parametrize("value", [None, ""])
def test_missing_text_stops_the_start_unless_it_has_a_default(given, value):
    if value is not None:
        given(value)

    assert env.text(NAME, "default") == "default"
    with pytest.raises(ImproperlyConfigured, match=f"Set {NAME}"):
        env.text(NAME)


@pytest.mark.parametrize("value", ["1", "true", "True", "YES", "on"])
def test_flag_is_up(given, value):
    given(value)

    assert env.flag(NAME) is True


@pytest.mark.parametrize("value", ["0", "false", "No", "OFF", ""])
def test_flag_is_down(given, value):
    given(value)

    assert env.flag(NAME, default=True) is False


@pytest.mark.parametrize("default", [True, False])
def test_missing_flag_is_its_default(given, default):
    assert env.flag(NAME, default=default) is default


@pytest.mark.parametrize("value", ["maybe", "2", "y e s"])
def test_unclear_flag_stops_the_start(given, value):
    given(value)

    with pytest.raises(ImproperlyConfigured, match="yes or no"):
        env.flag(NAME)


@pytest.mark.parametrize(("value", "expected"), [("0", 0), ("600", 600), ("", 7)])
def test_number_is_read(given, value, expected):
    given(value)

    assert env.number(NAME, 7) == expected


@pytest.mark.parametrize("value", ["x", "1.5", "1e3", "-1"])
def test_number_that_cannot_be_stops_the_start(given, value):
    given(value)

    with pytest.raises(ImproperlyConfigured, match=NAME):
        env.number(NAME, 7)


def test_number_below_its_least_stops_the_start(given):
    given("1")

    with pytest.raises(ImproperlyConfigured, match="at least 2"):
        env.number(NAME, 7, least=2)


@pytest.mark.parametrize(
    ("value", "expected"), [("a,b", ["a", "b"]), (" a , ,b,", ["a", "b"]), ("", ["x", "y"])]
)
def test_list_is_read_without_blanks(given, value, expected):
    given(value)

    assert env.csv(NAME, "x,y") == expected


@pytest.mark.parametrize(
    ("redis_url", "expected"),
    [
        ("redis://redis.example:6379/2", "redis://redis.example:6379/2"),
        ("rediss://:key@redis.example/0", "rediss://:key@redis.example/0"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
    ],
)
def test_celery_gets_its_own_spelling_of_redis(redis_url, expected):
    assert env.celery_url(redis_url) == expected


def test_embedded_postgres_is_reached_by_its_socket():
    url = env.postgres_url(Path("/srv/a b/run"))

    assert url == "postgres://rostrum@%2Fsrv%2Fa%20b%2Frun/rostrum"


def test_running_files_can_be_put_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("ROSTRUM_VAR", str(tmp_path / "x" / ".." / "var"))

    assert env.var_dir() == tmp_path / "var"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://localhost", ("localhost", 25, False, False)),
        ("submission://mail.example", ("mail.example", 587, True, False)),
        ("smtp://mail.example:2525", ("mail.example", 2525, False, False)),
        ("smtps://mail.example", ("mail.example", 465, False, True)),
        ("smtps://mail.example:4650?timeout=3", ("mail.example", 4650, False, True)),
    ],
)
def test_mail_server_is_read_from_its_url(given, url, expected):
    given(url)

    found = env.mail(NAME, "")

    parts = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL")
    assert tuple(found[part] for part in parts) == expected


def test_mail_server_is_told_who_asks(given):
    given("submission://post%40harbour:s%2Fcret@mail.example")

    found = env.mail(NAME, "")

    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("post@harbour", "s/cret")


@pytest.mark.parametrize(("query", "seconds"), [("", 10), ("?timeout=3", 3)])
def test_nobody_waits_for_a_mail_server_for_ever(given, query, seconds):
    given(f"smtp://mail.example{query}")

    assert env.mail(NAME, "")["EMAIL_TIMEOUT"] == seconds


@pytest.mark.parametrize(
    ("url", "backend"), [("console://", "console"), ("file:///srv/mail", "filebased")]
)
def test_mail_may_go_elsewhere(given, url, backend):
    given(url)

    found = env.mail(NAME, "")

    assert found["EMAIL_BACKEND"] == f"django.core.mail.backends.{backend}.EmailBackend"
    assert found["EMAIL_FILE_PATH"] == ("/srv/mail" if backend == "filebased" else "")


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://x:secret@h:port", "smtp://h?timeout=x"]
)
def test_url_that_is_no_mail_server_stops_the_start_and_shows_no_password(given, url):
    given(url)

    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be like") as refusal:
        env.mail(NAME, "")

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (["talks.example", "www.talks.example"], "Harbour Talks <noreply@talks.example>"),
        ([".talks.example"], "Harbour Talks <noreply@talks.example>"),
        (["*"], "Harbour Talks <noreply@localhost>"),
        ([], "Harbour Talks <noreply@localhost>"),
    ],
)
def test_mails_come_from_the_instance(hosts, expected):
    assert env.sender("Harbour Talks", hosts) == expected


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        (["talks.example", "b.example"], "https://talks.example"),
        ([".talks.example"], ""),
        (["*"], ""),
        ([], ""),
    ],
)
def test_site_is_at_its_first_host_unless_that_is_a_pattern(hosts, url):
    assert env.site_url(hosts, demo=False) == url


def test_demo_is_where_its_server_says(monkeypatch):
    monkeypatch.setenv("PORT", "8123")

    assert env.site_url(["localhost"], demo=True) == "http://localhost:8123"
