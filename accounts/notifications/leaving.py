"""Whether a delivery may still leave the site, looked at in the moment before it does."""

from datetime import datetime

from allauth.account.models import EmailAddress

from ..models import Block, Delivery, Mute, Notification
from ..models.notifications import Channel
from .kinds import KINDS
from .ways import wants


def may_leave(delivery: Delivery, *, now: datetime) -> bool:
    """It is in time and still true, and both who is told and who is named are still who they were.

    A few queries: what was decided when it was told may be hours old.
    """
    notification = delivery.notification
    recipient = notification.recipient
    # None: what another release told.
    kind = KINDS.get(notification.kind)
    channel = Channel(delivery.channel)
    return (
        kind is not None
        and (delivery.expires_at is None or now < delivery.expires_at)
        and recipient.is_active
        and (channel != Channel.MAIL or _has_address(delivery))
        and wants(kind, channel, recipient)
        and not _is_between_strangers(notification)
        and _is_visible(notification)
        and kind.holds(notification)
    )


def _has_address(delivery: Delivery) -> bool:
    """Whoever signed up with somebody else's address has not confirmed it."""
    recipient = delivery.notification.recipient
    unconfirmed = EmailAddress.objects.filter(user=recipient, email__iexact=recipient.email)
    return bool(recipient.email) and not unconfirmed.filter(verified=False).exists()


def _is_between_strangers(notification: Notification) -> bool:
    """One of them blocked the other since, or is muted by who would be told."""
    actor, recipient = notification.actor, notification.recipient
    if actor is None or actor == recipient:
        return False
    return (
        not actor.is_active
        or Block.objects.filter(blocker=actor, blocked=recipient).exists()
        or Block.objects.filter(blocker=recipient, blocked=actor).exists()
        or Mute.objects.filter(muter=recipient, muted=actor).exists()
    )


def _is_visible(notification: Notification) -> bool:
    """A Space that it names may have shut its doors to them."""
    space = notification.space
    if space is None:
        return True
    visible = type(space).objects.visible_to(notification.recipient)
    return visible.filter(pk=space.pk).exists()
