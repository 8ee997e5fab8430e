"""Browsers that take messages while no page is open."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import transaction

from ..models import PushSubscription, User

# More are browsers that were left behind.
MOST_BROWSERS = 20


@transaction.atomic
def subscribe(
    *, actor: User, session: UserSession, endpoint: str, p256dh: str, auth: str, browser: str
) -> PushSubscription:
    """This browser is theirs now, whoever used it before. Repeat: harmless.

    What is on its way to that person goes with their row.
    """
    PushSubscription.objects.filter(endpoint=endpoint).exclude(user=actor).delete()
    # One a session: the browser has a new address, and the old one is nobody's.
    PushSubscription.objects.filter(session=session).exclude(endpoint=endpoint).delete()
    subscription, _is_new = PushSubscription.objects.update_or_create(
        endpoint=endpoint,
        defaults={
            "user": actor,
            "session": session,
            "p256dh": p256dh,
            "auth": auth,
            "browser": browser,
        },
    )
    newest = PushSubscription.objects.filter(user=actor).order_by("-created_at", "-pk")
    left_behind = list(newest.values_list("pk", flat=True)[MOST_BROWSERS:])
    PushSubscription.objects.filter(pk__in=left_behind).delete()
    return subscription


def unsubscribe(*, session_key: str | None) -> None:
    """The browser of this session, because its person says so or signs out. Repeat: harmless."""
    PushSubscription.objects.of_session(session_key).delete()


def forget_left_behind(*, now: datetime) -> None:
    """Browsers whose sessions came to their end without signing out. Repeat: harmless."""
    PushSubscription.objects.left_behind(now).delete()


@transaction.atomic
def move_subscription(*, endpoint: str, session: UserSession) -> None:
    """To the session that took the place of the one it was made in. Repeat: harmless."""
    PushSubscription.objects.filter(endpoint=endpoint, user=session.user).update(session=session)
