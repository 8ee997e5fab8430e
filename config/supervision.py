"""The supervisor: its configuration from the Procfile, its control, and what a killed one left.

Every program starts through a line of shell that writes down who it is, so that a later start can
tell a process of ours from another that got its number.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

from supervisor import options, supervisord
from supervisor.xmlrpc import SupervisorTransport

from .embedded import Unavailable, forget_socket_dir, private_dir, socket_dir
from .procfile import APP, SERVICES, Program

_SOCKET = "supervisor.sock"
_TICK_S = 0.2
_START_TIMEOUT_S = 10
_STOP_TIMEOUT_S = 40
_LEFTOVER_TIMEOUT_S = 10
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Supervisor:
    """One supervisord over these programs. Each group stops as one, the services last."""

    def __init__(self, *, var: Path, home: Path, programs: Iterable[Program]) -> None:
        self.var = var
        self.home = home
        self.programs = list(programs)
        self.socket = socket_dir(var) / _SOCKET
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it with the services; `run` starts the rest."""
        private_dir(self.socket.parent)
        for name in ("run", "log", "programs"):
            private_dir(self.var / name)
        for program in self.programs:
            self._write_script(program.name, f"exec {program.line}")
        this = f"exec {shlex.quote(sys.executable)} -m config.supervision"
        self._write_script("supervisord", f"{this} {shlex.quote(str(self.var))}")
        (self.var / "supervisord.conf").write_text(self._configuration(), encoding="utf-8")
        self.process = subprocess.Popen(
            # Were this process killed, nothing would tell the supervisor to stop.
            ["setpriv", "--pdeathsig", "TERM", "sh", str(self.var / "programs" / "supervisord")],
            stdin=subprocess.DEVNULL,
            # A session of its own: Ctrl-C reaches this process only, which then stops all in order.
            start_new_session=True,
        )

    def run(self, *names: str) -> None:
        """Start programs of the app by name."""
        api = self._api()
        for name in names:
            api.startProcess(f"{APP}:{name}", False)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait(self) -> None:
        if self.process:
            self.process.wait()

    def stop(self) -> None:
        """Stop all, the services last. Repeat: harmless."""
        if self.process:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_STOP_TIMEOUT_S)
        stop_leftovers(self.var)
        forget_socket_dir(self.var)

    def _api(self) -> Any:
        transport = SupervisorTransport(None, None, serverurl=f"unix://{self.socket}")
        api = ServerProxy("http://127.0.0.1", transport=transport).supervisor
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            try:
                api.getState()
            except OSError as error:
                if not self.is_running() or time.monotonic() > deadline:
                    raise Unavailable(
                        f"The supervisor does not answer: see {self.var}/log."
                    ) from error
                time.sleep(0.02)
            else:
                return api

    def _write_script(self, name: str, line: str) -> None:
        record = str(_record(self.var, name))
        new, final = shlex.quote(f"{record}.new"), shlex.quote(record)
        script = (
            f"cat /proc/$$/stat {_BOOT_ID} >{new} && mv -f {new} {final}\n"
            f"cd {shlex.quote(str(self.home))} || exit\n{line}\n"
        )
        (self.var / "programs" / name).write_text(script, encoding="utf-8")

    def _configuration(self) -> str:
        # Paths are relative to var/: supervisor would read % # and ; in them as its own.
        socket = os.path.relpath(self.socket, self.var)
        sections = {
            "supervisord": {
                "nodaemon": "true",
                "silent": "true",
                "logfile": "log/supervisord.log",
                "logfile_maxbytes": "5MB",
                "logfile_backups": "2",
                "pidfile": "run/supervisord.number",
                "identifier": "rostrum",
                "minfds": "64",
                "umask": "077",
            },
            "unix_http_server": {"file": socket, "chmod": "0700"},
            "rpcinterface:supervisor": {
                "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
            },
        }
        for priority, group in enumerate((SERVICES, APP), start=1):
            members = [program for program in self.programs if program.group == group]
            if members:
                sections[f"group:{group}"] = {
                    "programs": ",".join(program.name for program in members),
                    "priority": str(priority),
                }
            sections |= {f"program:{program.name}": _section(program) for program in members}
        return "\n".join(
            "\n".join([f"[{name}]", *(f"{key}={value}" for key, value in section.items()), ""])
            for name, section in sections.items()
        )


def _section(program: Program) -> dict[str, str]:
    return {
        "command": f"/bin/sh programs/{program.name}",
        "autostart": str(program.group == SERVICES).lower(),
        "autorestart": "true",
        "startsecs": "1",
        # Each failed start waits a second longer than the one before; none is the last.
        "startretries": "1000000",
        "stopsignal": program.stop_signal,
        "stopwaitsecs": "15",
        "stopasgroup": str(program.stop_as_group).lower(),
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": f"log/{program.name}.log",
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": "3",
    }


def stop_leftovers(var: Path) -> None:
    """Stop whatever an earlier supervisor of this folder left. Repeat: harmless."""
    names = {path.stem for path in (var / "run").glob("*.pid")}
    services = names & {"postgres", "redis"}
    for stage in ({"supervisord"} & names, names - services - {"supervisord"}, services):
        records = [_record(var, name) for name in stage]
        # PostgreSQL's "fast" shutdown is INT; on TERM it would wait for its clients.
        _signal_recorded(records, {"postgres": signal.SIGINT})
        _wait_until_gone(records)
        _signal_recorded(records, dict.fromkeys(stage, signal.SIGKILL))
        _wait_until_gone(records)
        for record in records:
            record.unlink(missing_ok=True)
    _until(lambda: not _kill_unrecorded(var))


def _record(var: Path, name: str) -> Path:
    return var / "run" / f"{name}.pid"


def _ours(record: Path) -> int | None:
    """The pid a record names, if that very process still runs: same start time, same boot."""
    try:
        written, boot_id = record.read_text().splitlines()
        pid = int(written.partition(" ")[0])
        running = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    same = boot_id == _BOOT_ID.read_text().strip() and _started(running) == _started(written)
    return pid if same and _state(running) != "Z" else None


def _fields(stat: str) -> list[str]:
    # The second field is the program's name in brackets, which may itself hold spaces and brackets.
    return stat.rpartition(")")[2].split()


def _state(stat: str) -> str:
    return _fields(stat)[0]


def _started(stat: str) -> str:
    return _fields(stat)[19]


def _signal_recorded(records: Iterable[Path], numbers: dict[str, signal.Signals]) -> None:
    """Signal what still runs, SIGTERM where no other number is named."""
    for record in records:
        if not (pid := _ours(record)):
            continue
        with suppress(ProcessLookupError):
            # The supervisor gives each program a group of its own.
            send = os.killpg if os.getpgid(pid) == pid else os.kill
            send(pid, numbers.get(record.stem, signal.SIGTERM))


def _kill_unrecorded(var: Path) -> int:
    """Kill what lost its supervisor before it was recorded, and children; returns how many.

    They are known by the address of their supervisor, which it puts into their environment.
    """
    mark = b"SUPERVISOR_SERVER_URL=unix://" + os.fsencode(socket_dir(var) / _SOCKET)
    killed = 0
    for entry in Path("/proc").iterdir():
        # Gone meanwhile, or another user's.
        with suppress(OSError):
            if entry.name.isdecimal() and mark in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
                killed += 1
    return killed


def _wait_until_gone(records: Iterable[Path]) -> None:
    _until(lambda: not any(map(_ours, records)))


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LEFTOVER_TIMEOUT_S
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)


def run_supervisord(var: Path) -> None:
    os.chdir(var)
    settings = options.ServerOptions()
    poll = settings.poller.poll
    # supervisord looks after its children once a poll, which lasts up to a second otherwise.
    settings.poller.poll = lambda timeout: poll(min(timeout, _TICK_S))
    settings.realize(["--configuration", "supervisord.conf"], doc="")
    settings.first = True
    settings.test = False
    supervisord.go(settings)
    settings.close_httpservers()
    settings.close_logger()


if __name__ == "__main__":
    run_supervisord(Path(sys.argv[1]))
