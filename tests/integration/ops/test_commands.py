"""The scripts around the tests: packages without daemons, nothing left listening, sentences."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LISTEN = "0A"


def run(*command, cwd=ROOT, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture
def own_network():
    """Puts a command into a network of its own, where nobody else's sockets are."""
    prefix = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    if run(*prefix, "true").returncode != 0:
        pytest.skip("this machine allows no network namespace")
    return prefix


@pytest.fixture
def machine(tmp_path):
    """The command of a machine whose apt-get is a fake and whose /usr/sbin is a scratch folder."""
    sbin, bin_dir = tmp_path / "sbin", tmp_path / "bin"
    sbin.mkdir()
    bin_dir.mkdir()
    fake = bin_dir / "apt-get"
    fake.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >>{tmp_path}/asked\n'
        f"cp /usr/sbin/policy-rc.d {tmp_path}/policy\n"
        f"exit $(cat {tmp_path}/code 2>/dev/null || echo 0)\n"
    )
    fake.chmod(0o755)
    prefix = (
        ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    )
    inside = [*prefix, "sh", "-c", f'mount --bind "{sbin}" /usr/sbin && exec "$@"', "sh"]
    if run(*inside, "true").returncode != 0:
        pytest.skip("this machine allows no mount namespace")

    def install():
        path = f"{bin_dir}:{os.environ['PATH']}"
        return run(*inside, ROOT / "script" / "install-packages", "chromium", PATH=path)

    return install


def listeners(table: str) -> list[str]:
    return [line for line in table.splitlines() if re.match(rf"\s*\d+: \S+ \S+ {LISTEN} ", line)]


def test_nothing_listens_after_a_test_run(own_network):
    tests = "tests/integration/ops/test_embedded.py::test_services_answer_and_stop"
    command = f"script/test --no-install -q {tests}; cat /proc/net/tcp /proc/net/tcp6"

    done = run(*own_network, "sh", "-c", command)

    assert "1 passed" in done.stdout
    assert re.search(r"^tests +\d+ s  passed$", done.stdout, re.MULTILINE)
    assert listeners(done.stdout) == []


def test_failed_area_fails_the_run():
    done = run("script/test", "--no-install", "-q", "tests/integration/ops/none_of_this.py")

    assert done.returncode == 1
    assert re.search(r"^tests +\d+ s  FAILED$", done.stdout, re.MULTILINE)


def test_packages_are_installed_without_their_daemons(machine, tmp_path):
    done = machine()

    assert done.returncode == 0
    assert "Installing Debian packages: chromium" in done.stdout
    assert "install" in (tmp_path / "asked").read_text()
    assert run("sh", tmp_path / "policy").returncode == 101
    assert list((tmp_path / "sbin").iterdir()) == []


def test_policy_of_the_machine_is_put_back_when_the_installation_fails(machine, tmp_path):
    (tmp_path / "sbin" / "policy-rc.d").write_text("the machine's own")
    (tmp_path / "code").write_text("100")

    done = machine()

    assert done.returncode != 0
    assert (tmp_path / "sbin" / "policy-rc.d").read_text() == "the machine's own"
    assert [path.name for path in (tmp_path / "sbin").iterdir()] == ["policy-rc.d"]


def test_python_without_venv_is_said_in_one_sentence(tmp_path):
    shutil.copytree(ROOT / "script", tmp_path / "script")
    (tmp_path / "requirements.txt").touch()
    bare = tmp_path / "python3"
    bare.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n')
    bare.chmod(0o755)

    done = run(tmp_path / "script" / "server", cwd=tmp_path, PYTHON=str(bare))

    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    assert "apt-get install python3-venv" in done.stdout


def test_moved_folder_makes_its_environment_anew(tmp_path):
    shutil.copytree(ROOT / "script", tmp_path / "script")
    (tmp_path / "requirements.txt").touch()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "requirements.stamp").write_text("/where/it/was\nPython 3.11.0\n")

    done = run(tmp_path / "script" / "bench", "none", cwd=tmp_path)

    assert "Installing the dependencies" in done.stdout
    stamp = (tmp_path / ".venv" / "requirements.stamp").read_text()
    assert stamp.startswith(f"{(tmp_path / '.venv').resolve()}\n")


def test_arguments_of_the_server_are_refused():
    done = run("script/server", "8001")

    assert done.returncode == 1
    assert "environment variables" in done.stdout


def test_requirements_hold_hashes_and_no_address():
    text = (ROOT / "requirements.txt").read_text()

    assert not re.search(r"(https?|file)://|^-", text, re.MULTILINE)
    assert "--hash=sha256:" in text


@pytest.fixture
def soaked_tree(tmp_path):
    """script/soak in a folder whose Python says how it was called, and ends as `code` says."""
    shutil.copytree(ROOT / "script", tmp_path / "script")
    (tmp_path / "requirements.txt").touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f'#!/bin/sh\necho "soak $ROSTRUM_SOAK: $*"\nexit $(cat {tmp_path}/code 2>/dev/null)\n'
    )
    python.chmod(0o755)
    stamp = ". script/_bootstrap && wanted_stamp >.venv/requirements.stamp"
    run("sh", "-c", stamp, "script/soak", cwd=tmp_path)
    return tmp_path


def test_soak_runs_an_area_with_full_counts(soaked_tree):
    done = run("script/soak", "media", cwd=soaked_tree)

    called = re.search(r"^soak 1: -m pytest .*$", done.stdout, re.MULTILINE)[0]
    folders = re.findall(r"tests/\S+", called)
    assert "tests/integration/media" in folders
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
    assert re.match(r"\d{4}-\d\d-\d\d, media, load before ", done.stdout)
    assert re.search(r"^media +\d+ s  passed$", done.stdout, re.MULTILINE)
    assert done.returncode == 0


def test_failed_soak_fails(soaked_tree):
    (soaked_tree / "code").write_text("1")

    done = run("script/soak", "media", cwd=soaked_tree)

    assert re.search(r"^media +\d+ s  FAILED$", done.stdout, re.MULTILINE)
    assert done.returncode == 1


@pytest.mark.parametrize("arguments", [[], ["none"]])
def test_unknown_area_is_told_the_known_ones(arguments):
    done = run("script/soak", *arguments)

    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    assert "script/soak media" in done.stdout
