"""Waiting until a database or a Redis answers, ours or another."""

import time
from collections.abc import Callable

from .paths import Unavailable

_PAUSE_S = 0.02


def wait(
    ping: Callable[[str], None],
    url: str,
    *,
    timeout_s: float = 30,
    alive: Callable[[], bool] = lambda: True,
) -> None:
    """Raises: Unavailable with the last answer, when time is up or what should answer is gone."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            ping(url)
        except Unavailable:
            if not alive() or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


# Both clients are imported late: settings import this package and need neither.
def ping_database(url: str) -> None:
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error as error:
        raise Unavailable(f"The database does not answer: {_one_line(error)}") from error


def ping_redis(url: str) -> None:
    from redis import Redis, RedisError

    try:
        with Redis.from_url(url) as client:
            client.ping()
    except RedisError as error:
        raise Unavailable(f"Redis does not answer: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
