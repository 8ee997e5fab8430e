"""What people do with their own account: name, handle, picture, how pages are written."""

from datetime import timedelta
from typing import IO

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from config.errors import Conflict

from .. import handles, pictures
from ..models import FormerHandle, User

HANDLE_CHANGES_EVERY = timedelta(days=1)


class HandleRefused(Conflict):
    """The handle asked for cannot be theirs, or not yet."""

    code = "handle_refused"


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
