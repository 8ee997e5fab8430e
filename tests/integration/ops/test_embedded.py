"""The private PostgreSQL and Redis: private, passing, and safe to start again."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
import redis

from config import embedded
from config.embedded import postgres
from config.embedded import redis as private_redis

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def var(tmp_path):
    return tmp_path / "private" / "var"


def test_services_answer_and_stop(var):
    with embedded.services(var) as running:
        with psycopg.connect(running.database_url) as connection:
            version = connection.info.server_version
        pong = redis.Redis.from_url(running.redis_url).ping()

    assert version >= 150_000
    assert pong
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(running.database_url)


def test_services_keep_their_data_in_one_folder(var):
    with embedded.services(var) as running, psycopg.connect(running.database_url) as connection:
        connection.execute("CREATE TABLE kept (note text)")

    with embedded.services(var) as running, psycopg.connect(running.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_cluster_speaks_utf8_and_utc(var):
    with embedded.services(var) as running, psycopg.connect(running.database_url) as connection:
        told = [
            connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ("server_encoding", "timezone", "listen_addresses")
        ]

    assert told == ["UTF8", "UTC", ""]


def test_sockets_are_for_their_owner_alone(var):
    with embedded.services(var):
        sockets = [path for path in embedded.socket_dir(var).iterdir() if path.is_socket()]

        assert len(sockets) == 2
        assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in sockets)
        assert stat.S_IMODE(embedded.socket_dir(var).stat().st_mode) == 0o700


def test_killed_server_starts_again_when_its_number_is_another_process_s(var):
    with embedded.services(var):
        pass
    # This very process has the number: PostgreSQL alone would take it for a running server.
    (var / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{var}\n1\n5432\n\n\n\n")

    postgres.prepare(var)

    assert not (var / "postgres" / "postmaster.pid").exists()


def test_cluster_of_another_version_is_refused(var):
    (var / "postgres").mkdir(parents=True)
    (var / "postgres" / "PG_VERSION").write_text("17\n")

    with pytest.raises(embedded.Unavailable, match="made by PostgreSQL 17"):
        postgres.prepare(var)


def test_interrupted_first_run_is_begun_anew(var):
    (var / "postgres.new").mkdir(parents=True)
    (var / "postgres.new" / "half").touch()

    postgres.prepare(var, sync=False)

    assert not (var / "postgres.new").exists()
    assert not (var / "postgres" / "half").exists()


def test_namespace_that_is_forbidden_is_said_in_one_sentence(var, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres, "_USER_NAMESPACE", ["false"])

    with pytest.raises(embedded.Unavailable, match="run as an ordinary user, or set DATABASE_URL"):
        postgres.prepare(var)


def test_redis_that_is_missing_is_said_in_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(embedded.Unavailable, match="apt-get install redis-server"):
        private_redis.binary()


def test_old_redis_on_the_path_is_passed_over(monkeypatch, tmp_path):
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=6.0.16 sha=0'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    try:
        found = private_redis.binary().path
    except embedded.Unavailable:
        found = None

    assert found != old


def test_long_path_gets_a_short_private_folder_once(tmp_path):
    var = tmp_path / ("long " * 20)

    first = embedded.socket_dir(var)

    assert len(os.fsencode(first)) < 60
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    assert embedded.socket_dir(var) == first
    first.rmdir()


def test_short_folder_that_is_gone_is_made_anew(tmp_path):
    var = tmp_path / ("long " * 20)
    embedded.socket_dir(var).rmdir()

    again = embedded.socket_dir(var)

    assert again.is_dir()
    again.rmdir()


def test_short_folder_of_somebody_else_is_not_used(tmp_path):
    var = tmp_path / ("long " * 20)
    planted = embedded.socket_dir(var)
    planted.chmod(0o755)

    chosen = embedded.socket_dir(var)

    assert chosen != planted
    planted.rmdir()
    chosen.rmdir()


def test_asking_for_the_folder_makes_nothing_when_the_path_is_short():
    # Not tmp_path, which is long after the hundredth run.
    with tempfile.TemporaryDirectory(prefix="rostrum-") as short:
        embedded.redis_url(Path(short) / "var")

        assert list(Path(short).iterdir()) == []


def test_secrets_are_made_once_and_kept_private(var):
    secret, password = embedded.demo_secret(var), embedded.demo_password(var)

    assert (embedded.demo_secret(var), embedded.demo_password(var)) == (secret, password)
    assert len(secret) >= 50
    assert stat.S_IMODE((var / "demo-secret").stat().st_mode) == 0o600
    assert sorted(path.name for path in var.iterdir()) == ["demo-password", "demo-secret"]


def test_services_stop_with_the_run_that_is_killed(var, wait_for):
    code = (
        "import sys, pathlib, time; from config import embedded\n"
        "with embedded.services(pathlib.Path(sys.argv[1])):\n"
        "    print('up', flush=True); time.sleep(60)"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code, str(var)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout.readline() == "up\n"

    run.send_signal(signal.SIGKILL)
    run.communicate()

    assert wait_for(lambda: not connects(embedded.socket_dir(var) / ".s.PGSQL.5432")) < 10
    assert wait_for(lambda: not connects(embedded.socket_dir(var) / "redis.sock")) < 10


def connects(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0
