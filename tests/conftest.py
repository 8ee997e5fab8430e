"""What many tests share: the embedded services of this worker, the cast, missing packages."""

import math
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connections

from config import embedded
from config import instance as instance_settings
from config.models import Instance
from spaces.live import board, home
from spaces.live.fragments import forget_parts
from spaces.models import Participant
from tests.emptying import install
from tests.factories import make_host, make_participant, make_space, make_user

if TYPE_CHECKING:
    from tests.stack import Stack

PROGRAMS = {"browser": "chromium"}

install()


@pytest.fixture(scope="session")
def services() -> Iterator[embedded.Services]:
    """PostgreSQL and Redis of this worker; settings already name their sockets."""
    with embedded.services(settings.VAR_DIR) as running:
        yield running


@pytest.fixture(scope="session")
def django_db_modify_db_settings(services: embedded.Services) -> None:
    """pytest-django asks for this before it makes the test database."""


@pytest.fixture
def redis_server(services: embedded.Services) -> Iterator[None]:
    from config.news import connection

    connection().flushdb()
    yield
    connection().flushdb()


@pytest.fixture(scope="session")
def instance(django_db_setup, services) -> "Iterator[Stack]":
    """Web and one media node on this worker's test database, started once."""
    from tests.stack import Stack

    stack = Stack(services.redis_url)
    # Hashed names, as in production; this process may have drawn pages with plain ones already.
    collecting = stack.run("static", "manage.py", "collectstatic", "--no-input", "--verbosity=0")
    assert collecting.process.wait() == 0, stack.tail("static")
    try:
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def stack(instance, transactional_db, redis_server) -> "Stack":
    """The running instance, whatever the test before did to its processes."""
    instance.restore()
    return instance


@pytest.fixture
def instance_with(monkeypatch):
    """The operator has set these of its fields."""

    def set_fields(**fields):
        row = Instance(**{"pk": 1, "name": "Rostrum"} | fields)
        monkeypatch.setattr(instance_settings, "_kept", (math.inf, row))

    return set_fields


@pytest.fixture(autouse=True)
def nothing_drawn() -> None:
    """A room drawn a moment ago may be of rows that a test has changed by hand since."""
    forget_parts()
    board.forget()
    home.forget_cards()


@pytest.fixture(autouse=True)
def untouched_instance(instance_with):
    """Its row is read every two seconds: no test's count of queries may depend on which one does.

    A test about the row itself calls `instance.forget()`.
    """
    instance_with()


@pytest.fixture
def hana(db):
    return make_host("hana")


@pytest.fixture
def sami(db):
    return make_user("sami")


@pytest.fixture
def lena(db):
    return make_user("lena")


@pytest.fixture
def otto(db):
    return make_user("otto")


@pytest.fixture
def space(hana):
    return make_space(hana)


@pytest.fixture
def speaker(space, sami):
    """Sami on Hana's stage, microphone off."""
    return make_participant(space, user=sami, role=Participant.Role.SPEAKER)


@pytest.fixture
def listener(space, lena):
    return make_participant(space, user=lena)


@pytest.fixture
def speak_request(listener):
    """Lena asks to speak."""
    return listener.speak_requests.create()


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Run functions on threads let go together; gives what each returned or raised, in order.

    Takes a test's own database for real: mark it django_db(transaction=True).
    """

    def run(*functions: Callable[[], Any]) -> list[Any]:
        start = threading.Barrier(len(functions), timeout=10)

        def call(function: Callable[[], Any]) -> Any:
            try:
                start.wait()
                return function()
            except Exception as error:  # noqa: BLE001  (the test looks at it)
                return error
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(functions)) as pool:
            return list(pool.map(call, functions))

    return run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A missing Debian package is a skip on somebody's machine, and a failure in CI."""
    for item in items:
        for marker, program in PROGRAMS.items():
            if item.get_closest_marker(marker) and not shutil.which(program):
                reason = f"the Debian package {program} is not installed"
                if os.environ.get("CI"):
                    item.add_marker(pytest.mark.usefixtures("missing_package"))
                else:
                    item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def missing_package() -> None:
    pytest.fail("a Debian package this test needs is not installed (script/test names it)")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["ROSTRUM_TEST_ROOT"], ignore_errors=True)
