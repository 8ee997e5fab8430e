"""Each queue that a task goes to has a program that takes from it; outside visits have one."""

import re

from config import env, procfile
from config.celery import app
from spaces import tasks


def taken_by(name):
    """The queues that a program of the Procfile takes from."""
    (line,) = (p.line for p in procfile.read(env.BASE_DIR / "Procfile") if p.name == name)
    named = re.search(r"-Q (\S+)", line)
    return set(named[1].split(",")) if named else {app.conf.task_default_queue}


def queue_of(task):
    return app.amqp.router.route({}, task.name)["queue"].name


def test_visits_to_other_servers_hold_up_nothing_that_happens_by_the_clock():
    assert queue_of(tasks.fetch_pin_title) in taken_by("outside")
    assert not taken_by("outside") & taken_by("worker")


def test_everything_else_is_taken_by_the_worker():
    ours = {name: task for name, task in app.tasks.items() if name.startswith("spaces.")}
    elsewhere = {name for name, task in ours.items() if queue_of(task) not in taken_by("worker")}

    assert elsewhere == {tasks.fetch_pin_title.name}
