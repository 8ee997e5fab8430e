"""A running instance for tests: real web, media and worker processes on this worker's services."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import connections

from config import env
from config.news import connection
from spaces.media import registry
from spaces.models import Space

ROOT = env.BASE_DIR
READY_WITHIN_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """One process of the instance, by the command the Procfile names."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.log = Path(settings.VAR_DIR) / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL: no goodbye to anybody."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=8)
        except subprocess.TimeoutExpired:
            self.kill()


class Stack:
    """Reads and writes the test's own database, so that factories make what browsers see."""

    def __init__(self, redis_url: str) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        # The test's own database: pytest-django has renamed it by now.
        database = connections["default"].settings_dict
        url = env.postgres_url(Path(database["HOST"])).rpartition("/")[0]
        self.environment = {
            **{key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ},
            "PYTHONPATH": str(ROOT),
            "ROSTRUM_DEMO": "1",
            "ROSTRUM_VAR": str(settings.VAR_DIR),
            "SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": f"{url}/{database['NAME']}",
            "REDIS_URL": redis_url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "INFO",
        }
        self.programs: dict[str, Program] = {}

    def run(self, name: str, *command: str, **environment: str) -> Program:
        program = Program(name, [sys.executable, *command], self.environment | environment)
        self.programs[name] = program
        program.start()
        return program

    def restore(self) -> None:
        """Exactly one living web process and one media node."""
        for name in set(self.programs) - {"web", "media"}:
            self.programs.pop(name).stop()
        if not self.lives("web"):
            self.run_web()
        if not self.lives("media"):
            self.run_media()
        self.wait_for_web()

    def lives(self, name: str) -> bool:
        program = self.programs.get(name)
        return (
            program is not None and program.process is not None and program.process.poll() is None
        )

    def run_web(self, name: str = "web", port: int | None = None, **environment: str) -> Program:
        arguments = ["--no-server-name", "-b", "127.0.0.1", "-p", str(port or self.port)]
        return self.run(name, "-m", "daphne", *arguments, "config.asgi:application", **environment)

    def run_media(self, name: str = "media", **environment: str) -> Program:
        return self.run(name, "manage.py", "runmedia", **environment)

    def wait_for_web(self, port: int | None = None) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}/", timeout=5)
                return
            time.sleep(0.1)
        raise AssertionError("the web process did not answer:\n" + self.tail("web"))

    def act(self, action: Callable[..., object], **arguments: object) -> None:
        """Call an action as another process would: not on the thread of Playwright's loop."""

        def run() -> None:
            try:
                action(**arguments)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            pool.submit(run).result()

    def hosting_node(self, space: Space) -> str:
        """The name of the program on which the Space is placed: a node logs its id at its start."""
        node = connection().get(f"{registry.PREFIX}space:{space.public_id}").decode()
        return next(name for name in self.programs if f"{node} is up" in self.tail(name))

    def tail(self, name: str, size: int = 4000) -> str:
        return self.programs[name].log.read_text(errors="replace")[-size:]

    def stop(self) -> None:
        for program in self.programs.values():
            program.stop()
