"""What people do with people and with their own account: follow, block, mute, edit."""

from datetime import timedelta
from typing import IO

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from config.errors import Conflict

from . import handles, pictures
from .models import Block, Follow, FormerHandle, Mute, User

HANDLE_CHANGES_EVERY = timedelta(days=1)


class HandleRefused(Conflict):
    """The handle asked for cannot be theirs, or not yet."""

    code = "handle_refused"


# --- People ---


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


# --- One's own account ---


def _lock(user: User) -> User:
    """Their row as it is now, not as the request read it."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


@transaction.atomic
def edit_profile(*, actor: User, name: str, bio: str, handle: str) -> User:
    """All of it, or with a handle that is refused nothing.

    Raises: HandleRefused. Locks: the actor.
    """
    user = change_handle(actor=actor, handle=handle)
    user.name, user.bio = name, bio
    user.save(update_fields=["name", "bio"])
    return user


@transaction.atomic
def change_handle(*, actor: User, handle: str) -> User:
    """The old one leads to the new one for a while (`handles.KEPT_FOR`).

    Once a day, so that nobody collects handles; back to one's former handle at any time.
    Raises: HandleRefused. Repeat: harmless. Locks: the actor.
    """
    user = _lock(actor)
    if user.handle == handle:
        return user
    try:
        handles.check(handle, user=user)
    except ValidationError as error:
        raise HandleRefused(error.messages[0]) from error
    old, user.handle = user.handle, handle
    if old.lower() != handle.lower():
        _leave_handle(user, old)
    try:
        with transaction.atomic():
            user.save(update_fields=["handle"])
    except IntegrityError as error:
        # Two people may take one handle in the same moment: both have found it free.
        raise HandleRefused(_("Somebody has just taken this handle. Choose another.")) from error
    return user


def _leave_handle(user: User, old: str) -> None:
    """Keep the old handle for them; the new one, if it was theirs before, is no former one now."""
    goes_back = user.former_handles.filter(handle__iexact=user.handle).exists()
    since = timezone.now() - HANDLE_CHANGES_EVERY
    if not goes_back and user.former_handles.filter(changed_at__gt=since).exists():
        raise HandleRefused(_("You changed your handle today. Change it again tomorrow."))
    # Whoever had either of them before has lost their claim to it: handles.check has seen to that.
    for handle in (old, user.handle):
        FormerHandle.objects.filter(handle__iexact=handle).delete()
    FormerHandle.objects.create(user=user, handle=old)


def set_picture(*, actor: User, upload: IO[bytes]) -> User:
    """Raises: config.images.BadImage. Locks: the actor."""
    # Drawn before the lock is taken: a big one takes a second.
    return _replace_picture(actor, pictures.store(upload))


def remove_picture(*, actor: User) -> User:
    """Repeat: harmless. Locks: the actor."""
    return _replace_picture(actor, "")


@transaction.atomic
def _replace_picture(actor: User, picture: str) -> User:
    user = _lock(actor)
    old, user.picture = user.picture, picture
    user.save(update_fields=["picture"])
    if old:
        transaction.on_commit(lambda: pictures.delete(old), robust=True)
    return user


def choose_reading(
    *,
    actor: User,
    language: str,
    time_zone: str,
    theme: str,
    push_to_talk: bool,
    listens_unnamed: bool,
) -> None:
    """How pages are written for them, how they speak and listen. Empty: as the browser says."""
    User.objects.filter(pk=actor.pk).update(
        language=language,
        time_zone=time_zone,
        theme=theme,
        push_to_talk=push_to_talk,
        listens_unnamed=listens_unnamed,
    )
