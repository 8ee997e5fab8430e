"""Both services for as long as a `with` block lasts: what tests and benchmarks run on."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .. import env
from . import postgres, readiness, redis
from .paths import forget_socket_dir, private_dir, redis_url, socket_dir

_STOP_TIMEOUT_S = 10


@dataclass(frozen=True)
class Services:
    database_url: str
    redis_url: str


@contextmanager
def services(var: Path) -> Iterator[Services]:
    """Start a private pair in this folder, wait until both answer, stop them at the end.

    They trade durability for speed, and they stop too when the starting thread dies.
    """
    sockets = socket_dir(private_dir(var))
    postgres.prepare(var, sync=False)
    urls = Services(database_url=env.postgres_url(sockets), redis_url=redis_url(var))
    try:
        with (
            _running(
                var / "postgres.log", postgres.command(var, durable=False), signal.SIGINT
            ) as database,
            _running(
                var / "redis.log", redis.command(var, durable=False), signal.SIGTERM
            ) as broker,
        ):
            readiness.wait(
                readiness.ping_database, urls.database_url, alive=lambda: database.poll() is None
            )
            readiness.wait(
                readiness.ping_redis, urls.redis_url, alive=lambda: broker.poll() is None
            )
            yield urls
    finally:
        forget_socket_dir(var)


@contextmanager
def _running(
    log_path: Path, command: list[str], stop: signal.Signals
) -> Iterator[subprocess.Popen[bytes]]:
    # A test run that is killed must not leave servers behind.
    tied = ["setpriv", "--pdeathsig", stop.name.removeprefix("SIG")]
    prefix = tied if shutil.which("setpriv") else []
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            [*prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=postgres.environment(),
            umask=0o077,
            # Ctrl-C in a terminal is for the test run, which still needs its servers to end well.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
