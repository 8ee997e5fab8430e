"""What many tests share: the embedded services of this worker, the cast, missing packages."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings

from config import embedded
from tests.factories import make_host, make_space, make_user

PROGRAMS = {"browser": "chromium"}


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
    from spaces.events import connection

    connection().flushdb()
    yield
    connection().flushdb()


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
