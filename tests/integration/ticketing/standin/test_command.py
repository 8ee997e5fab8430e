"""manage.py stripe_standin, and what it writes down."""

import json
import signal
import subprocess
import sys

import pytest
import stripe

from config import env
from tests.stack import free_port
from tests.stripe_standin import Controls, fetch
from tests.waiting import wait_until
from ticketing.standin import StandIn

from .conftest import KEY, client_of


@pytest.fixture
def recorded(tmp_path):
    """Runs calls on a stand-in that records, and gives the lines."""

    def run(calls):
        path = tmp_path / "calls.jsonl"
        running = StandIn(record=path)
        try:
            calls(client_of(running.url).v1, Controls(running.url))
        finally:
            running.stop()
        return [json.loads(line) for line in path.read_text().splitlines()]

    return run


def test_calls_are_recorded(recorded):
    def calls(api, controls):
        made = api.customers.create({"name": "Lena S"}, {"idempotency_key": "user:1:customer"})
        api.customers.retrieve(made.id, {"expand": ["default_source"]})
        controls.now()

    create, retrieve = recorded(calls)

    assert (create["method"], create["path"], create["status"]) == ("POST", "/v1/customers", 200)
    assert create["body"] == "name=Lena+S"
    assert create["idempotency_key"] == "user:1:customer"
    assert json.loads(create["answer"])["name"] == "Lena S"
    assert retrieve["path"].endswith("?expand%5B0%5D=default_source")


def test_refusals_and_faults_are_recorded(recorded):
    def calls(api, controls):
        with pytest.raises(stripe.InvalidRequestError):
            api.customers.create({"colour": "red"})
        controls.fault("drop", "POST", "/v1/customers")
        with pytest.raises(stripe.APIConnectionError):
            api.customers.create()

    refused, dropped = recorded(calls)

    assert refused["status"] == 400
    assert (dropped["status"], dropped["faults"]) == (200, ["drop"])


def test_secrets_are_not_recorded(recorded):
    secrets = [KEY]

    def calls(api, controls):
        made = api.webhook_endpoints.create({"url": "http://localhost:1/", "enabled_events": ["*"]})
        secrets.append(made.secret)
        api.customers.create({"description": f"{KEY} {made.secret}"})

    text = json.dumps(recorded(calls))

    assert not [secret for secret in secrets if secret in text]


def test_command_runs_until_it_is_told_to_stop(tmp_path):
    port = free_port()
    endpoints = tmp_path / "endpoints.json"
    endpoints.write_text(json.dumps([{"url": "http://localhost:1/", "secret": "whsec_file"}]))
    command = [sys.executable, "manage.py", "stripe_standin", f"--port={port}"]
    command += [f"--store={tmp_path / 'var' / 'store.sqlite3'}", f"--endpoints={endpoints}"]
    url = f"http://127.0.0.1:{port}"
    api = client_of(url).v1

    def answers():
        try:
            return fetch(url + "/").status == 200
        except OSError:
            return False

    def run():
        process = subprocess.Popen(
            command, cwd=env.BASE_DIR, env={"SECRET_KEY": "x", "PATH": "/usr/bin:/bin"}
        )
        wait_until(answers, within=30)
        return process

    first = run()
    made = api.customers.create()
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = run()
    kept = api.customers.retrieve(made.id)
    found = api.webhook_endpoints.list().data
    second.terminate()

    assert second.wait(timeout=10) == 0
    assert kept.id == made.id
    assert [endpoint.url for endpoint in found] == ["http://localhost:1/"]
