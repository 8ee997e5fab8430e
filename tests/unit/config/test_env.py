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
