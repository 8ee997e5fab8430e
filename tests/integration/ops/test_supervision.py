"""What the supervisor is told, and which processes a later start takes for its own."""

import configparser
import subprocess
from pathlib import Path

import pytest

from config import procfile, supervision
from config.procfile import Program

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def sleeper(tmp_path):
    """A process of this instance, recorded as `web`."""
    (tmp_path / "run").mkdir()
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    write_record(tmp_path, process.pid)
    yield process
    process.kill()
    process.wait()


def write_record(var, pid, *, boot_id=None):
    stat = Path(f"/proc/{pid}/stat").read_text()
    boot_id = boot_id or Path("/proc/sys/kernel/random/boot_id").read_text()
    (var / "run" / "web.pid").write_text(stat + boot_id)


def test_procfile_names_the_processes():
    programs = procfile.read(ROOT / "Procfile")

    sizes = {program.name: program.size for program in programs}
    assert sizes == {"web": 1, "media": 1, "worker": 3, "outside": 1, "beat": 1}


def test_worker_alone_sees_the_signal():
    shown = {program.name: program.stop_as_group for program in procfile.read(ROOT / "Procfile")}

    assert shown["web"]
    assert not shown["worker"]


def test_leftover_is_stopped(tmp_path, sleeper):
    supervision.stop_leftovers(tmp_path)

    assert sleeper.wait(timeout=5) != 0
    assert not (tmp_path / "run" / "web.pid").exists()


def test_leftover_that_ignores_the_request_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(supervision, "_LEFTOVER_TIMEOUT_S", 0.3)
    (tmp_path / "run").mkdir()
    process = subprocess.Popen(
        ["sh", "-c", "trap '' TERM; echo; while :; do sleep 0.1; done"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    process.stdout.readline()
    write_record(tmp_path, process.pid)

    supervision.stop_leftovers(tmp_path)

    assert process.wait(timeout=5) == -9
    process.stdout.close()


def test_process_that_got_the_number_later_is_left_alone(tmp_path, sleeper):
    record = tmp_path / "run" / "web.pid"
    before, _, after = record.read_text().rpartition(")")
    fields = after.split(" ")
    fields[20] = str(int(fields[20]) - 100)
    record.write_text(before + ")" + " ".join(fields))

    supervision.stop_leftovers(tmp_path)

    assert sleeper.poll() is None


def test_record_of_an_earlier_boot_is_left_alone(tmp_path, sleeper):
    write_record(tmp_path, sleeper.pid, boot_id="00000000-0000-0000-0000-000000000000\n")

    supervision.stop_leftovers(tmp_path)

    assert sleeper.poll() is None


@pytest.mark.parametrize("content", ["", "web", "1\n2\n3\n", "999999999 (x) S 1\nboot\n"])
def test_record_that_is_broken_is_dropped(tmp_path, content):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "web.pid").write_text(content)

    supervision.stop_leftovers(tmp_path)

    assert not (tmp_path / "run" / "web.pid").exists()


def test_configuration_starts_the_services_and_waits_with_the_rest(tmp_path):
    supervisor = supervision.Supervisor(
        var=tmp_path,
        home=ROOT,
        programs=[
            Program(name="redis", line="redis-server", group=procfile.SERVICES),
            Program(name="web", line="daphne config.asgi:application"),
        ],
    )

    written = configparser.RawConfigParser()
    written.read_string(supervisor._configuration())

    assert written["program:redis"]["autostart"] == "true"
    assert written["program:web"]["autostart"] == "false"
    assert int(written["group:services"]["priority"]) < int(written["group:app"]["priority"])
