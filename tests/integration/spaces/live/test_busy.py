"""Many at once: pages without a 500, and a page that says busy when the pool is truly full."""

import http.client
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from tests.factories import make_participant, make_user
from tests.stack import free_port
from tests.waiting import wait_until

from .page import Pages

AT_ONCE = 200
# How long a machine that is busy with other things may take for them all.
PATIENCE_S = 120


def load(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    page = http.client.HTTPConnection("localhost", port, timeout=PATIENCE_S)
    try:
        page.request("GET", path, headers=headers)
        response = page.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        page.close()


def load_at_once(port: int, paths: list[str]) -> Counter[int]:
    with ThreadPoolExecutor(len(paths)) as pool:
        return Counter(status for status, _, _ in pool.map(lambda path: load(port, path), paths))


@pytest.fixture
def full_space(space):
    for _ in range(10):
        make_participant(space, role="speaker")
    return space


@pytest.fixture
def narrow(stack):
    """A web process with two connections, whose pages wait a second for one."""
    port = free_port()
    stack.run_web("web-narrow", port, DATABASE_POOL_SIZE="2", DATABASE_POOL_TIMEOUT_S="1")
    stack.wait_for_web(port)
    return port


@pytest.fixture
def patient(stack):
    """A web process whose pages wait for a connection as long as it takes: how many of them the
    machine serves in ten seconds is no question here."""
    port = free_port()
    stack.run_web("web-patient", port, DATABASE_POOL_TIMEOUT_S=str(PATIENCE_S))
    stack.wait_for_web(port)
    return port


@contextmanager
def locked_spaces():
    """Whoever reads a Space waits, with a connection in hand."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE spaces_space IN ACCESS EXCLUSIVE MODE")
        yield


def test_200_page_loads_at_once_are_pages(patient, full_space):
    paths = [full_space.get_absolute_url(), "/"] * (AT_ONCE // 2)

    assert load_at_once(patient, paths) == {200: AT_ONCE}


def test_200_page_loads_at_once_beside_open_sockets(patient, full_space):
    pages = Pages(patient)
    for _ in range(20):
        pages.space(full_space, user=make_user())
    try:
        statuses = load_at_once(patient, [full_space.get_absolute_url()] * AT_ONCE)
    finally:
        pages.close()

    assert statuses == {200: AT_ONCE}


def test_full_pool_is_a_page_that_says_busy_and_comes_back(narrow, space):
    with ThreadPoolExecutor(8) as pool:
        with locked_spaces():
            loads = [pool.submit(load, narrow, space.get_absolute_url()) for _ in range(8)]
            # Two of them hold the connections until the lock is gone.
            turned_away = [
                load.result() for _, load in zip(range(6), as_completed(loads), strict=False)
            ]
        statuses = Counter(load.result()[0] for load in loads)

    assert statuses == {503: 6, 200: 2}
    for _, headers, body in turned_away:
        assert headers["Retry-After"] == "3"
        assert "Busy, trying again" in body


def test_full_pool_is_a_sentence_for_a_button(narrow, space):
    with ThreadPoolExecutor(3) as pool, locked_spaces():
        path = space.get_absolute_url()
        loads = [pool.submit(load, narrow, path, **{"HX-Request": "true"}) for _ in range(3)]
        status, _, body = next(as_completed(loads)).result()

    assert status == 503
    assert json.loads(body)["code"] == "busy"


def test_full_pool_sends_a_socket_away_to_come_back(narrow, space):
    pages = Pages(narrow)
    path = f"/ws/spaces/{space.public_id}/"
    try:
        with locked_spaces():
            opened = [pages.open(path) for _ in range(3)]
            wait_until(lambda: any(page.code for page in opened))
        codes = [page.code for page in opened]
        admitted = [page for page in opened if page.code is None]
        for page in admitted:
            page.wait_event("welcome")
    finally:
        pages.close()

    assert set(codes) <= {None, 4503}
    assert 4503 in codes
