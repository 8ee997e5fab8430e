"""What was told is read, or is not so any more: their pages hear of it, and of nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import actions
from accounts.models import Delivery, Notification
from config import news

pytestmark = pytest.mark.django_db

KEY = "invited:1"


def tell(user, key=KEY, **fields):
    return Notification.objects.create(recipient=user, kind="invited", key=key, **fields)


@pytest.fixture
def told_pages(monkeypatch, django_capture_on_commit_callbacks):
    """Whose pages heard after commit of what a function did."""

    def run(act):
        sent = []
        monkeypatch.setattr("config.news._send", sent.append)
        with django_capture_on_commit_callbacks(execute=True):
            act()
            assert sent == []
        return [message[news.PEOPLE_CHANNEL]["people"] for message in sent]

    return run


def unread(user):
    return list(Notification.objects.of(user).unread().values_list("key", flat=True))


def test_everything_up_to_a_moment_is_read(sami, lena, told_pages):
    now = timezone.now()
    tell(sami, created_at=now)
    tell(sami, "invited:2", created_at=now + timedelta(seconds=1))
    tell(lena, created_at=now)

    pages = told_pages(lambda: actions.mark_read(actor=sami, until=now))

    assert (unread(sami), unread(lena)) == (["invited:2"], [KEY])
    assert pages == [[sami.pk]]


def test_reading_twice_tells_nobody_again(sami, told_pages):
    tell(sami)
    actions.mark_read(actor=sami, until=timezone.now())
    read_at = Notification.objects.get().read_at

    assert told_pages(lambda: actions.mark_read(actor=sami, until=timezone.now())) == []
    assert Notification.objects.get().read_at == read_at


def test_one_is_read_alone(sami, lena, told_pages):
    tell(sami)
    tell(sami, "invited:2")
    tell(lena)

    pages = told_pages(lambda: actions.mark_one_read(recipient=sami, key=KEY))

    assert (unread(sami), unread(lena)) == (["invited:2"], [KEY])
    assert pages == [[sami.pk]]
    assert told_pages(lambda: actions.mark_one_read(recipient=sami, key=KEY)) == []


def test_what_is_taken_back_is_gone_with_what_has_not_left_yet(sami, lena, told_pages):
    Delivery.objects.create(notification=tell(sami), channel="mail")
    tell(lena)

    pages = told_pages(lambda: actions.take_back(recipients=[sami.pk], key=KEY))

    assert (unread(sami), unread(lena)) == ([], [KEY])
    assert not Delivery.objects.exists()
    assert pages == [[sami.pk]]
    assert told_pages(lambda: actions.take_back(recipients=[sami.pk], key=KEY)) == []
