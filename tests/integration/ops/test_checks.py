"""Settings that must agree: the system checks say so before anything starts."""

import pytest

from accounts import checks as accounts_checks
from accounts.notifications import push
from config import checks, embedded


@pytest.fixture
def demo(settings, monkeypatch):
    settings.DEMO = True
    settings.MEDIA_BIND = "127.0.0.1"
    monkeypatch.delenv("STRIPE_SECRET_KEY", raising=False)
    sockets = str(embedded.socket_dir(settings.VAR_DIR))
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", sockets)
    return settings


def ids(messages):
    return [message.id for message in messages]


def test_harmless_demo_passes(demo):
    assert checks.demo_mode_is_harmless() == []


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.7", "rostrum.example"])
def test_demo_may_not_listen_to_the_world(demo, monkeypatch, address):
    monkeypatch.setenv("BIND", address)

    assert ids(checks.demo_mode_is_harmless()) == ["rostrum.E001"]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_demo_may_listen_to_this_machine(demo, monkeypatch, address):
    monkeypatch.setenv("BIND", address)

    assert checks.demo_mode_is_harmless() == []


def test_demo_media_may_not_listen_to_the_world(demo):
    demo.MEDIA_BIND = "0.0.0.0"

    assert ids(checks.demo_mode_is_harmless()) == ["rostrum.E001"]


def test_demo_may_not_have_a_real_key(demo, monkeypatch):
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_x")

    assert ids(checks.demo_mode_is_harmless()) == ["rostrum.E002"]


def test_demo_may_have_the_key_of_the_stand_in(demo, monkeypatch):
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_standin_demo")

    assert checks.demo_mode_is_harmless() == []


def test_demo_may_not_use_another_database(demo, monkeypatch):
    monkeypatch.setitem(demo.DATABASES["default"], "HOST", "db.example")

    assert ids(checks.demo_mode_is_harmless()) == ["rostrum.E003"]


def test_real_instance_may_listen_to_the_world(settings, monkeypatch):
    settings.DEMO = False
    monkeypatch.setenv("BIND", "0.0.0.0")

    assert checks.demo_mode_is_harmless() == []


@pytest.mark.parametrize(("pool_size", "expected"), [(2, []), (12, []), (100, ["rostrum.E004"])])
@pytest.mark.django_db
def test_pools_must_leave_the_database_room(settings, monkeypatch, pool_size, expected):
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"pool": {"max_size": pool_size}})

    assert ids(checks.pools_fit_the_database(databases=["default"])) == expected


@pytest.mark.django_db
def test_more_processes_than_the_procfile_names_count(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"pool": {"max_size": 12}})
    monkeypatch.setenv("DATABASE_PROCESSES", "40")

    assert ids(checks.pools_fit_the_database(databases=["default"])) == ["rostrum.E004"]


def test_pools_are_not_asked_about_without_a_database():
    assert checks.pools_fit_the_database(databases=None) == []


def test_turn_needs_its_secret(settings):
    settings.TURN_URLS, settings.TURN_SECRET = ["turn:turn.example"], ""

    assert ids(checks.media_settings_agree()) == ["rostrum.E005"]


@pytest.mark.parametrize("ports", ["", "40000", "50000-40000", "80-90", "40000-70000", "a-b"])
def test_media_ports_must_be_a_range(settings, ports):
    settings.MEDIA_PORTS = ports

    assert ids(checks.media_settings_agree()) == ["rostrum.E006"]


def test_few_media_ports_are_warned_of(settings):
    settings.MEDIA_PORTS = "40000-40004"

    assert ids(checks.media_settings_agree()) == ["rostrum.W001"]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://talks.example", []),
        ("http://localhost:8000", []),
        ("", ["rostrum.E010"]),
        ("talks.example", ["rostrum.E010"]),
        ("https://talks.example/app", ["rostrum.E010"]),
    ],
)
def test_links_in_letters_need_an_address(settings, url, found):
    settings.SITE_URL = url

    assert ids(checks.links_in_letters_lead_here()) == found


@pytest.mark.parametrize(
    ("key", "found"),
    [("", []), (push.generate_key(), []), ("secret", ["rostrum.E011"])],
    ids=["none", "one", "no key"],
)
def test_push_key_has_to_be_one(settings, key, found):
    settings.VAPID_PRIVATE_KEY = key

    assert ids(accounts_checks.push_key_is_one()) == found
