"""What lies where under var/: generated secrets, the folder of the Unix sockets, addresses."""

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

# sun_path holds 107 bytes; supervisord binds "<socket>.<pid>" first and renames it.
_LONGEST_SOCKET = "supervisor.sock.4194304"
_SOCKET_PATH_LIMIT_BYTES = 100


class Unavailable(Exception):
    """Something the machine lacks; the message is one sentence that says what to do."""


def private_dir(path: Path) -> Path:
    """Make it, and what is missing above it, for this user alone."""
    if not path.is_dir():
        if not path.parent.is_dir():
            private_dir(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def demo_secret(var: Path) -> str:
    """The SECRET_KEY of demo mode, generated once."""
    return _generated_once(var / "demo-secret", lambda: secrets.token_urlsafe(50))


def demo_password(var: Path) -> str:
    """The password of every demo person, generated once."""
    return _generated_once(var / "demo-password", lambda: secrets.token_urlsafe(9))


def demo_vapid_key(var: Path) -> str:
    """The VAPID_PRIVATE_KEY of demo mode, generated once: any 32 bytes are a key of P-256."""
    return _generated_once(var / "demo-vapid-key", lambda: secrets.token_urlsafe(32))


def socket_dir(var: Path) -> Path:
    """`var/run`, or a private folder recorded in `var/socket-dir` when paths would be too long."""
    run = var / "run"
    if len(os.fsencode(run / _LONGEST_SOCKET)) <= _SOCKET_PATH_LIMIT_BYTES:
        return run
    record = var / "socket-dir"
    recorded = Path(_generated_once(record, _short_dir))
    if not _is_private(recorded):
        # The folder for temporary files was emptied, by a restart of the machine for example.
        record.unlink(missing_ok=True)
        recorded = Path(_generated_once(record, _short_dir))
    return recorded


def forget_socket_dir(var: Path) -> None:
    """Remove what `socket_dir` made outside var/, once nothing uses it. Repeat: harmless."""
    record = var / "socket-dir"
    if record.exists():
        shutil.rmtree(record.read_text(encoding="utf-8"), ignore_errors=True)
        record.unlink()


def redis_url(var: Path) -> str:
    return f"unix://{quote(str(socket_dir(var) / 'redis.sock'))}?db=0"


def _short_dir() -> str:
    return tempfile.mkdtemp(prefix="rostrum-")


def _is_private(path: Path) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.geteuid()
        and stat.S_IMODE(found.st_mode) == 0o700
    )


def _generated_once(path: Path, generate: Callable[[], str]) -> str:
    """Read the file, or write it so that of several processes at once all see one value."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        private_dir(path.parent)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(generate())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
    return path.read_text(encoding="utf-8")
