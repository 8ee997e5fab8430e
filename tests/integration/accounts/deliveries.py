"""Rows of what leaves the site, and stand-ins for where it goes."""

from datetime import timedelta
from itertools import count

from django.utils import timezone

from accounts.models import Delivery, Notification, PushSubscription
from accounts.models.notifications import Channel
from accounts.notifications import push
from spaces.models import Invitation
from tests.factories import make_host, make_scheduled

_numbers = count(1)

# A browser's own keys, as http_ece takes them.
PRIVATE_KEY = push.private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
P256DH = push._public_key("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
AUTH_SECRET = push._decode(AUTH, 16)


def make_notification(recipient, kind="followed", **fields):
    number = next(_numbers)
    if kind != "followed" and "space" not in fields:
        fields["space"] = make_scheduled(make_host(f"host{number}"))
    if kind == "invited":
        invitation = Invitation.objects.create(
            space=fields["space"],
            user=recipient,
            kind=Invitation.Kind.LISTENER,
            invited_by=fields["space"].host,
        )
        number = invitation.pk
    fields.setdefault("key", f"{kind}:{number}")
    return Notification.objects.create(recipient=recipient, kind=kind, **fields)


def make_mail(recipient, kind="invited", *, due_in=timedelta(seconds=-1), **fields):
    """A letter that is due. `actor`, `space` and the like are the notification's."""
    now = timezone.now()
    of_delivery = {
        name: fields.pop(name)
        for name in ("expires_at", "state", "claimed_at", "tries", "settled_at")
        if name in fields
    }
    return Delivery.objects.create(
        notification=make_notification(recipient, kind, **fields),
        channel=Channel.MAIL,
        due_at=now + due_in,
        **of_delivery,
    )


def make_subscription(user, endpoint="https://push.example/one", **fields):
    return PushSubscription.objects.create(
        user=user, endpoint=endpoint, p256dh=P256DH, auth=AUTH, browser="Firefox on Linux", **fields
    )


def make_push(recipient, subscription=None, kind="invited", **fields):
    mail = make_mail(recipient, kind, **fields)
    mail.channel = Channel.PUSH
    mail.subscription = subscription or make_subscription(recipient)
    mail.save()
    return mail
