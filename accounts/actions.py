"""What people do with people: follow, unfollow."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from config.errors import Conflict

from .models import Follow, User


def _count_follow(*, follower: User, followed: User, step: int) -> None:
    # Rows are touched in key order: two people who follow each other at once must not deadlock.
    for user, field in sorted(
        [(follower, "following_count"), (followed, "follower_count")], key=lambda pair: pair[0].pk
    ):
        User.objects.filter(pk=user.pk).update(**{field: F(field) + step})


@transaction.atomic
def follow(*, actor: User, person: User) -> None:
    """Repeat: harmless. The row decides, so counts move once however often it is clicked."""
    if actor.pk == person.pk:
        raise Conflict(_("You cannot follow yourself."))
    try:
        with transaction.atomic():
            Follow.objects.create(follower=actor, followed=person)
    except IntegrityError:
        return
    _count_follow(follower=actor, followed=person, step=1)


@transaction.atomic
def unfollow(*, actor: User, person: User) -> None:
    """Repeat: harmless."""
    deleted, _by_model = Follow.objects.filter(follower=actor, followed=person).delete()
    if deleted:
        _count_follow(follower=actor, followed=person, step=-1)
