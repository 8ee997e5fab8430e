"""Each queue that a task goes to has a program that takes from it; outside visits have one."""

import re

from accounts import tasks as accounts_tasks
from config import env, procfile
from config.celery import app
from spaces import tasks
from ticketing import tasks as ticketing_tasks

OUTSIDE = (
    tasks.fetch_pin_title,
    accounts_tasks.send_mail,
    accounts_tasks.send_push,
    ticketing_tasks.process_stripe_events,
    ticketing_tasks.send_stripe_calls,
    ticketing_tasks.pull_stripe_events,
    ticketing_tasks.sweep_holds,
    ticketing_tasks.refund_called_off,
)


def taken_by(name):
    """The queues that a program of the Procfile takes from."""
    (line,) = (p.line for p in procfile.read(env.BASE_DIR / "Procfile") if p.name == name)
    named = re.search(r"-Q (\S+)", line)
    return set(named[1].split(",")) if named else {app.conf.task_default_queue}


def queue_of(task):
    return app.amqp.router.route({}, task.name)["queue"].name


def test_visits_to_other_servers_hold_up_nothing_that_happens_by_the_clock():
    for task in OUTSIDE:
        assert queue_of(task) in taken_by("outside")
    assert not taken_by("outside") & taken_by("worker")


def test_everything_else_is_taken_by_the_worker():
    apps = ("spaces.", "accounts.", "ticketing.")
    ours = {name: task for name, task in app.tasks.items() if name.startswith(apps)}
    elsewhere = {name for name, task in ours.items() if queue_of(task) not in taken_by("worker")}

    assert elsewhere == {task.name for task in OUTSIDE}


def test_what_comes_by_the_clock_is_a_task_that_there_is():
    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert named <= app.tasks.keys()
