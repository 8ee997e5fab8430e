"""What the sweeps do, and what people were told by it."""

from collections import Counter

from django.utils import timezone

from accounts.models import Notification
from spaces import actions
from spaces.models import Bulletin


def tell(now=None):
    """Everything that is due."""
    now = now or timezone.now()
    while actions.tell_next(now=now) or actions.tell_next_followers(now=now):
        pass


def told(space, user=None):
    """Kinds, in the order in which they were told."""
    notes = Notification.objects.filter(space=space).order_by("created_at", "pk")
    if user is not None:
        notes = notes.filter(recipient=user)
    return list(notes.values_list("kind", flat=True))


def told_often(space):
    """Person and kind → how often, of those who were told one thing more than once."""
    notes = Notification.objects.filter(space=space).values_list("recipient", "kind", "speaks_of")
    return {what: count for what, count in Counter(notes).items() if count > 1}


def waiting(space):
    """Kind → when it is due."""
    return dict(space.bulletins.waiting().values_list("kind", "due_at"))


def settled(space):
    """(kind, state, told, left out, not told), in the order in which they were put down."""
    rows = space.bulletins.exclude(state=Bulletin.State.WAITING).order_by("pk")
    return list(rows.values_list("kind", "state", "told_count", "left_out_count", "untold_count"))
