"""script/server: ready, healing, and gone without a trace."""

import os
import secrets
import signal
import socket
import stat
import urllib.request
from pathlib import Path

import psycopg
import pytest
import redis

from config import embedded


def get(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.status


def modes(folder: Path) -> dict[Path, int]:
    watched = [folder, *folder.parents]
    return {path: stat.S_IMODE(path.stat().st_mode) for path in watched}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_server_answers(instance, host):
    assert get(f"http://{host}:{instance.port}/") == 200


def test_server_says_where_and_how_to_sign_in(instance):
    password = (instance.var / "demo-password").read_text()

    assert f"http://localhost:{instance.port}  sign in as hana, sami, lena or otto" in instance.said
    assert f"with password {password}" in instance.said


def test_everything_under_var_is_for_its_owner_alone(instance):
    open_to_others = [
        path
        for path in (instance.var, *instance.var.glob("*"))
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]

    assert open_to_others == []


@pytest.mark.parametrize("name", ["web", "media", "worker", "outside", "beat", "redis", "postgres"])
def test_killed_process_is_back_within_a_second(instance, wait_for, name):
    killed = instance.pid(name)
    # A start that ends within its first second is held back, as a crash would be.
    wait_for(lambda: age_s(killed) > 1.5)

    os.kill(killed, signal.SIGKILL)

    assert wait_for(lambda: instance.pid(name) != killed) < 1


def age_s(pid: int) -> float:
    started = float(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return uptime - started / os.sysconf("SC_CLK_TCK")


def test_second_server_on_one_folder_is_refused_in_one_sentence(instance, start):
    second = start(instance.var)

    assert second.ends() == 1
    assert second.said.count("\n") == 1
    assert "already runs" in second.said


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_taken_port_is_refused_in_one_sentence(start, family, host):
    with socket.socket(family) as other:
        other.bind((host, 0))
        other.listen()
        port = other.getsockname()[1]

        server = start(PORT=str(port))

        assert server.ends() == 1
    assert server.said == (
        f"Port {port} is taken: stop what listens there, or choose another, "
        f"for example PORT={port + 1} script/server.\n"
    )


def test_port_that_is_no_number_is_refused_in_one_sentence(start):
    server = start(PORT="http")

    assert server.ends() == 1
    assert server.said == "PORT must be a number from 1 to 65535, not 'http'.\n"


def test_folder_that_cannot_be_written_is_refused_in_one_sentence(
    start, shared_tree, ordinary_user
):
    closed = shared_tree / "closed"
    closed.mkdir(mode=0o555)

    server = start(closed / "var", prefix=ordinary_user, tree=shared_tree)

    assert server.ends() == 1
    assert server.said.count("\n") == 1
    assert f"{closed}/var cannot be written (permission denied)" in server.said


def test_folder_others_can_read_is_refused(start, tmp_path):
    var = tmp_path / "open"
    var.mkdir()
    var.chmod(0o755)

    server = start(var)

    assert server.ends() == 1
    assert "chmod 700" in server.said


def test_real_instance_must_be_given_its_secret(start):
    server = start(STRIPE_SECRET_KEY="sk_test_x")

    assert server.ends() == 1
    assert "also needs SECRET_KEY and ALLOWED_HOSTS" in server.said


def test_real_instance_runs_on_the_services_it_is_given(start, wait_for, tmp_path):
    with embedded.services(tmp_path / "given") as given:
        server = start(
            DATABASE_URL=given.database_url,
            REDIS_URL=given.redis_url,
            SECRET_KEY=secrets.token_urlsafe(50),
            ALLOWED_HOSTS="localhost",
        ).ready()
        with psycopg.connect(given.database_url) as connection:
            people = connection.execute("SELECT count(*) FROM accounts_user").fetchone()
        broker = redis.Redis.from_url(given.redis_url)
        wait_for(lambda: broker.keys("rostrum:media:node:*"), timeout_s=60)
        server.stop()

    assert people == (0,)
    assert not (server.var / "postgres").exists()
    assert not (server.var / "redis").exists()


def test_demo_does_not_listen_to_the_world(start):
    server = start(BIND="0.0.0.0")

    assert server.ends() == 1
    assert "Demo mode may not listen on 0.0.0.0." in server.said
    assert server.processes() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_leaves_no_process(start, number):
    server = start().ready()

    code = server.stop(number)

    assert code == 0
    assert server.processes() == []


def test_root_adds_no_user_and_changes_no_mode_outside_var(start, tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    users, before = Path("/etc/passwd").read_bytes(), modes(private)

    start(private / "var").ready().stop()

    assert Path("/etc/passwd").read_bytes() == users
    assert modes(private) == before


def test_next_start_cleans_up_after_a_killed_supervisor(start, wait_for):
    first = start().ready()
    # Ready is when pages are: the last programs of the Procfile may be on their way.
    wait_for(lambda: len(first.processes()) > 7)
    os.kill(first.process.pid, signal.SIGSTOP)
    os.kill(first.pid("supervisord"), signal.SIGKILL)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    orphans = first.processes()

    second = start(PORT=first.port).ready()

    assert len(orphans) > 5
    assert not set(orphans) & set(second.processes())
    assert get(f"http://localhost:{second.port}/") == 200


def test_killed_supervisor_before_anything_is_recorded_leaves_no_process(start):
    server = start().ready()
    for record in (server.var / "run").glob("*.pid"):
        if record.stem not in {"supervisord", "postgres", "redis"}:
            record.unlink()

    os.kill(server.pid("supervisord"), signal.SIGKILL)

    assert server.ends() == 1
    assert server.processes() == []


def test_killed_supervisor_is_told_and_leaves_no_process(start):
    server = start().ready()

    os.kill(server.pid("supervisord"), signal.SIGKILL)

    assert server.ends() == 1
    assert "The supervisor died" in server.said
    assert server.processes() == []


def test_killed_script_leaves_no_process(start, wait_for):
    server = start().ready()

    os.kill(server.process.pid, signal.SIGKILL)

    assert wait_for(lambda: server.processes() == [], timeout_s=30) < 30


def test_folder_for_sockets_outside_var_is_removed_at_the_end(start, tmp_path):
    server = start(tmp_path / ("long " * 20)).ready()
    outside = Path((server.var / "socket-dir").read_text())

    server.stop()

    assert not outside.exists()


def test_ordinary_user_runs_it_from_a_long_path_with_blanks(start, shared_tree, ordinary_user):
    home = shared_tree / ("a long name % # ; " * 6).strip()
    home.mkdir()
    if ordinary_user:
        os.chown(home, 65534, 65534)

    server = start(home / "var", prefix=ordinary_user, tree=shared_tree).ready()

    assert get(f"http://localhost:{server.port}/") == 200
    assert {Path(f"/proc/{server.pid(name)}").stat().st_uid for name in ("web", "postgres")} == {
        65534 if ordinary_user else os.geteuid()
    }
