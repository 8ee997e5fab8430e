"""What people do with people: follow, block, mute."""

from datetime import UTC

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from config.errors import Conflict

from ..models import Block, Follow, Mute, User
from ..notifications import own
from .notifying import notify


def _lock_both(one: User, other: User) -> None:
    """Whether two people follow or block each other changes under this lock alone.

    In key order: two who press at once must not deadlock, and no follow slips past a block.
    """
    both = User.objects.filter(pk__in=[one.pk, other.pk]).order_by("pk")
    list(both.select_for_update(no_key=True).values_list("pk"))


def _count_follow(*, follower: User, followed: User, step: int) -> None:
    for user, field in ((follower, "following_count"), (followed, "follower_count")):
        User.objects.filter(pk=user.pk).update(**{field: F(field) + step})


def _end_follow(*, follower: User, followed: User) -> None:
    deleted, _by_model = Follow.objects.filter(follower=follower, followed=followed).delete()
    if deleted:
        _count_follow(follower=follower, followed=followed, step=-1)


@transaction.atomic
def follow(*, actor: User, person: User) -> None:
    """Repeat: harmless. The row decides, so counts move once however often it is clicked.

    Locks: both.
    """
    if actor.pk == person.pk:
        raise Conflict(_("You cannot follow yourself."))
    _lock_both(actor, person)
    if Block.objects.filter(blocker=actor, blocked=person).exists():
        message = _("You blocked @%(handle)s. Unblock first, then follow.")
        raise Conflict(message % {"handle": person.handle})
    if Block.objects.filter(blocker=person, blocked=actor).exists():
        # No reason: who blocks somebody need not tell them.
        raise Conflict(_("You cannot follow @%(handle)s.") % {"handle": person.handle})
    _follow, is_new = Follow.objects.get_or_create(follower=actor, followed=person)
    if is_new:
        _count_follow(follower=actor, followed=person, step=1)
        _tell_of_follow(actor, person)


def _tell_of_follow(follower: User, followed: User) -> None:
    """One line a day, which names the latest: whoever is followed by many is not flooded."""
    if not Mute.objects.filter(muter=followed, muted=follower).exists():
        day = timezone.now().astimezone(UTC).date()
        notify(
            kind=own.FOLLOWED,
            recipients=[followed.pk],
            key=f"followed:{day}",
            actor=follower,
            renew=True,
        )


@transaction.atomic
def unfollow(*, actor: User, person: User) -> None:
    """Repeat: harmless. Locks: both."""
    _lock_both(actor, person)
    _end_follow(follower=actor, followed=person)


@transaction.atomic
def block(*, actor: User, person: User) -> None:
    """Neither follows the other from now on. Repeat: harmless. Locks: both."""
    if actor.pk == person.pk:
        raise Conflict(_("You cannot block yourself."))
    _lock_both(actor, person)
    Block.objects.get_or_create(blocker=actor, blocked=person)
    _end_follow(follower=actor, followed=person)
    _end_follow(follower=person, followed=actor)


def unblock(*, actor: User, person: User) -> None:
    """What the block ended stays ended. Repeat: harmless."""
    Block.objects.filter(blocker=actor, blocked=person).delete()


def mute(*, actor: User, person: User) -> None:
    """Leave somebody out of one's lists, without their knowing. Repeat: harmless."""
    if actor.pk == person.pk:
        raise Conflict(_("You cannot mute yourself."))
    Mute.objects.get_or_create(muter=actor, muted=person)


def unmute(*, actor: User, person: User) -> None:
    """Repeat: harmless."""
    Mute.objects.filter(muter=actor, muted=person).delete()
