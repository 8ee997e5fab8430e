"""Who came, by the pages of two web processes: real sockets, real Redis."""

import secrets

from django.core import signing
from django.utils import timezone

from config.news import connection
from spaces import actions
from spaces.live import presence
from spaces.models import Attendance
from tests.factories import make_scheduled, make_user
from tests.stack import free_port
from tests.waiting import wait_until

from .page import sign_in


def a_listener():
    return signing.Signer(salt="spaces.listener").sign(secrets.token_hex(8))


def measured(space):
    actions.measure_attendance(space=space, now=timezone.now())
    row = Attendance.objects.get(space=space)
    return row.peak, row.total


def open_page(pages, space, query="", **options):
    page = pages.open(f"/ws/spaces/{space.public_id}/?version={space.version}{query}", **options)
    page.wait_event("welcome")
    return page


def test_people_on_two_processes_are_counted_once_each(stack, pages, space, hana, lena):
    port = free_port()
    stack.run_web("web-two", port)
    stack.wait_for_web(port)
    visitor, guest = a_listener(), a_listener()
    open_page(pages, space, session=sign_in(hana))
    for each in (pages.port, port):
        open_page(pages, space, session=sign_in(lena), port=each)
        open_page(pages, space, "&from=topic", listener=visitor, port=each)
    gone = open_page(pages, space, "&from=site", listener=guest, port=port)
    wait_until(lambda: measured(space) == (3, 3))

    gone.leave()
    wait_until(lambda: presence.read(connection(), space.public_id, [hana.pk]).count == 2)
    open_page(pages, space, "&from=nonsense", listener=a_listener())

    # The host is on stage; whoever left was there.
    wait_until(lambda: measured(space) == (3, 4))
    sources = dict(space.sources.values_list("kind", "count"))
    assert sources == {"topic": 1, "site": 1, "direct": 2}


def test_who_stands_at_the_door_has_not_come(pages, space, lena):
    at_door = pages.space(space, user=lena, version=space.version, is_at_door=True)
    other = open_page(pages, space, listener=a_listener())
    wait_until(lambda: measured(space) == (1, 1))

    at_door.say(do="enter")

    wait_until(lambda: measured(space) == (2, 2))
    assert other.code is None


def test_who_waits_for_an_announced_space_has_not_come_to_it(pages, stack, hana, lena):
    space = make_scheduled(hana, scheduled_for=timezone.now())
    open_page(pages, space, session=sign_in(lena))
    open_page(pages, space, listener=a_listener())
    stack.act(actions.start_scheduled, actor=hana, space=space)
    space.refresh_from_db()

    open_page(pages, space, session=sign_in(make_user("sami")))

    wait_until(lambda: measured(space)[1] == 1)
