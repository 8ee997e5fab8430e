"""Plain functions that make rows: valid by default, any field by keyword.

The cast: Hana hosts, Sami speaks, Lena listens, Otto is a stranger.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import User
from spaces.models import (
    Attendance,
    Bulletin,
    Comment,
    CommentCounter,
    Invitation,
    Participant,
    Pin,
    Reminder,
    Space,
    SpeakRequest,
    Topic,
)
from ticketing.models import TicketSale

_numbers = count(1)
PASSWORD = "correct horse battery staple"


def make_user(handle: str | None = None, **fields: Any) -> User:
    handle = handle or f"person{next(_numbers)}"
    fields.setdefault("name", handle.capitalize())
    password = fields.pop("password", None)
    user = User(handle=handle, email=f"{handle.lower()}@example.org", **fields)
    user.set_password(password)
    user.save()
    if password:
        user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def make_host(handle: str = "hana", **fields: Any) -> User:
    """Somebody who meets the bar."""
    return make_user(handle, **{"follower_count": 600, **fields})


def make_topic(name: str = "Coast") -> Topic:
    return Topic.objects.get_or_create(slug=name.lower(), defaults={"name": name})[0]


def make_space(host: User | None = None, **fields: Any) -> Space:
    """A live Space with its host on stage; ended=True: one that is over."""
    now = timezone.now()
    if fields.pop("ended", False):
        fields |= {"state": Space.State.ENDED, "ended_at": now}
    fields = {"title": "Who stays when the ferries stop?", "started_at": now} | fields
    space = Space.objects.create(host=host or make_host(), **fields)
    make_participant(space, user=space.host, role=Participant.Role.HOST)
    return space


def make_scheduled(host: User | None = None, **fields: Any) -> Space:
    """A Space that its host announced for three days from now."""
    fields = {
        "title": "The price of a book",
        "state": Space.State.SCHEDULED,
        "scheduled_for": timezone.now() + timedelta(days=3),
    } | fields
    space = Space.objects.create(host=host or make_host(), **fields)
    make_participant(space, user=space.host, role=Participant.Role.HOST)
    return space


def make_reminder(space: Space, user: User | None = None, **fields: Any) -> Reminder:
    return Reminder.objects.create(space=space, user=user or make_user(), **fields)


def make_bulletin(space: Space, kind: str, **fields: Any) -> Bulletin:
    """Due this moment, about the time that the Space has now."""
    now = timezone.now()
    fields = {"speaks_of": space.started_at or space.scheduled_for, "due_at": now} | fields
    fields.setdefault("expires_at", fields["due_at"] + timedelta(minutes=15))
    return Bulletin.objects.create(space=space, kind=kind, **fields)


def make_participant(space: Space, *, user: User | None = None, **fields: Any) -> Participant:
    if fields.get("role", Participant.Role.LISTENER) != Participant.Role.LISTENER:
        fields.setdefault("on_stage_since", timezone.now())
    return Participant.objects.create(space=space, user=user or make_user(), **fields)


def make_co_host(space: Space, *, user: User | None = None) -> Participant:
    """Somebody who accepted, on stage."""
    participant = make_participant(space, user=user, role=Participant.Role.CO_HOST)
    ask_to_co_host(space, participant.user, state=Invitation.State.ACCEPTED)
    return participant


def ask_to_co_host(space: Space, user: User, **fields: Any) -> Invitation:
    if fields.get("state", Invitation.State.PENDING) != Invitation.State.PENDING:
        fields.setdefault("answered_at", timezone.now())
    return Invitation.objects.create(
        space=space, user=user, kind=Invitation.Kind.CO_HOST, invited_by=space.host, **fields
    )


def make_request(space: Space, *, user: User | None = None, **fields: Any) -> SpeakRequest:
    participant = make_participant(space, user=user)
    return SpeakRequest.objects.create(participant=participant, **fields)


def make_comment(space: Space, user: User | None = None, **fields: Any) -> Comment:
    """The next one, told to nobody."""
    counter, _is_new = CommentCounter.objects.get_or_create(space=space)
    counter.number += 1
    counter.revision += 1
    counter.save()
    fields = {"body": "We lost ours in 2019.", "created_at": timezone.now()} | fields
    return Comment.objects.create(
        space=space,
        author=user or space.host,
        number=counter.number,
        revision=counter.revision,
        client_id=uuid.uuid4(),
        **fields,
    )


def make_pin(space: Space, user: User | None = None, **fields: Any) -> Pin:
    """An update; with url=…: a link whose page was looked at."""
    fields = {"text": "The night boat is on page four"} | fields
    return Pin.objects.create(space=space, pinned_by=user or space.host, **fields)


def make_attendance(
    space: Space,
    minutes: Sequence[tuple[int, int]] = ((1, 1), (3, 2), (2, 0)),
    sources: Mapping[str, int] | None = None,
    **fields: Any,
) -> Attendance:
    """As the sweep would have measured it. minutes: (listeners, joined) of each, from the start."""
    start = (space.started_at or timezone.now()).replace(second=0, microsecond=0)
    for number, (listeners, joined) in enumerate(minutes):
        space.audience_minutes.create(
            minute=start + timedelta(minutes=number), listeners=listeners, joined=joined
        )
    for kind, number in (sources or {}).items():
        space.sources.create(kind=kind, count=number)
    fields.setdefault("peak", max((listeners for listeners, _ in minutes), default=0))
    fields.setdefault("total", sum(joined for _, joined in minutes))
    return Attendance.objects.create(space=space, **fields)


def make_sale(space: Space | None = None, **fields: Any) -> TicketSale:
    """Eight dollars each, on sale."""
    space = space or make_scheduled()
    fields = {
        "state": TicketSale.State.OPEN,
        "currency": "usd",
        "price_minor": 800,
        "capacity": 100,
    } | fields
    return TicketSale.objects.create(space=space, seller=space.host, **fields)
