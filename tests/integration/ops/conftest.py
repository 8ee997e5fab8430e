"""Whole instances started by script/server, each on a var folder and a port of its own."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
READY_TIMEOUT_S = 90
SYSTEM_PYTHON = Path(f"/usr/bin/python3.{sys.version_info.minor}")
PARTS = (
    *("config", "accounts", "spaces", "ticketing", "templates", "static", "locale", "script"),
    *("Procfile", "manage.py", "requirements.txt"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.ops)
            item.add_marker(pytest.mark.timeout(180))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def plain_environment(**more: str) -> dict[str, str]:
    """What a newcomer's shell has, whatever this test run has set for itself."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | more


class Instance:
    """One script/server. `prefix` runs it as somebody else, `tree` from another folder."""

    def __init__(
        self, var: Path, *, prefix: tuple[str, ...] = (), tree: Path = ROOT, **environment: str
    ) -> None:
        self.var = var
        self.port = environment.setdefault("PORT", str(free_port()))
        self.process = subprocess.Popen(
            [*prefix, str(tree / "script" / "server")],
            env=plain_environment(ROSTRUM_VAR=str(var), **environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def ready(self) -> "Instance":
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Rostrum is ready"):
                return self
        raise AssertionError(f"script/server ended before it was ready:\n{self.said}{self.logs()}")

    def ends(self) -> int:
        """Wait for it to end by itself."""
        rest, _ = self.process.communicate(timeout=READY_TIMEOUT_S)
        self.said += rest
        return self.process.returncode

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.ends()

    def pid(self, name: str) -> int:
        """Of a program, as its record in var/run says."""
        return int((self.var / "run" / f"{name}.pid").read_text().split()[0])

    def logs(self) -> str:
        return "\n".join(
            f"== {path.name}\n{path.read_text(errors='replace')[-2000:]}"
            for path in sorted((self.var / "log").glob("*.log"))
        )

    def processes(self) -> list[str]:
        """Everything alive that was started for this var folder."""
        mark = os.fsencode(self.var)
        return [
            f"{pid}: {command}"
            for pid, command, environment in running()
            if mark in command or b"ROSTRUM_VAR=" + mark in environment.split(b"\0")
        ]


def running() -> Iterator[tuple[int, bytes, bytes]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                yield (
                    int(entry.name),
                    (entry / "cmdline").read_bytes(),
                    (entry / "environ").read_bytes(),
                )
            except OSError:
                continue


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Instance]]:
    """Start instances that are stopped at the end of the test, whatever happened."""
    instances: list[Instance] = []

    def _start(var: Path | None = None, **options: object) -> Instance:
        instances.append(Instance(var or tmp_path / "private" / "var", **options))  # type: ignore[arg-type]
        return instances[-1]

    yield _start
    for instance in instances:
        instance.stop()


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One running instance for the tests that leave it as they found it."""
    running_one = Instance(tmp_path_factory.mktemp("ops") / "private" / "var")
    try:
        yield running_one.ready()
    finally:
        running_one.stop()


@pytest.fixture
def shared_tree() -> Iterator[Path]:
    """A copy of the project that every user may read, with a blank in its path."""
    folder = Path(tempfile.mkdtemp(prefix="rostrum ops-"))
    folder.chmod(0o755)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, folder / part)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ordinary_user(shared_tree: Path) -> tuple[str, ...]:
    """What to put before a command to run it, from the shared tree, as an ordinary user."""
    become = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    prefix = become if os.geteuid() == 0 else ()
    # Only the second exec is the ordinary user's: setpriv itself still holds root's capabilities.
    works = [*prefix, "sh", "-c", '"$0" -c ""']
    for python in (ROOT / ".venv/bin/python", SYSTEM_PYTHON):
        if subprocess.run([*works, str(python)], capture_output=True).returncode == 0:
            lend_venv(shared_tree / ".venv", python)
            return prefix
    pytest.skip("an ordinary user reaches no Python of this version")


def lend_venv(venv: Path, python: Path) -> None:
    """This virtual environment's packages, on another interpreter if its own is out of reach."""
    own = ROOT / ".venv"
    if python.is_relative_to(own):
        venv.symlink_to(own)
        return
    subprocess.run([str(python), "-m", "venv", "--without-pip", str(venv)], check=True)
    packages = Path(f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages")
    (venv / packages / "lent.pth").write_text(f"{own / packages}\n")
    # What only this interpreter's patch release needs.
    pip = [str(own / "bin/python"), "-m", "pip", "--python", str(venv / "bin/python"), "install"]
    subprocess.run([*pip, "-q", "--require-hashes", "-r", ROOT / "requirements.txt"], check=True)
    for script in (own / "bin").iterdir():
        first, _, rest = script.read_bytes().partition(b"\n")
        if first.startswith(b"#!" + os.fsencode(own.resolve())):
            copy = venv / "bin" / script.name
            # Through env: a #! line cannot hold the blanks of this path.
            copy.write_bytes(b"#!/usr/bin/env python\n" + rest)
            copy.chmod(0o755)
    version = subprocess.run([str(python), "-V"], capture_output=True, text=True).stdout.strip()
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()
    (venv / "requirements.stamp").write_text(f"{venv}\n{version} {digest}  -\n")


@pytest.fixture
def wait_for() -> Callable[..., float]:
    def _wait_for(true: Callable[[], bool], *, timeout_s: float = 10) -> float:
        """Seconds until it was true."""
        began = time.monotonic()
        while not true():
            assert time.monotonic() - began < timeout_s, "it never came true"
            time.sleep(0.02)
        return time.monotonic() - began

    return _wait_for
