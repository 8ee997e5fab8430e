"""Being told when an announced Space starts."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import NotAllowed

from ..models import Reminder, Space
from .announcing import require_announced
from .changes import lock_any


@transaction.atomic
def ask_reminder(*, actor: User, space: Space, wants_early: bool = False) -> Reminder:
    """Tell this person when it starts, and a little before as well if they want. Repeat: harmless.

    Raises: NotAllowed, SpaceOver
    """
    # Whoever asked before the host started is told: one of the two waits for the other.
    space = lock_any(space)
    require_announced(space)
    if actor.pk == space.host_id:
        raise NotAllowed(_("You host this Space, and are reminded of it anyway."), code="hosts_it")
    if not Space.objects.visible_to(actor).filter(pk=space.pk).exists():
        raise NotAllowed(_("This Space is not open to you."), code="not_open")
    reminder, _is_new = Reminder.objects.update_or_create(
        space=space, user=actor, defaults={"wants_early": wants_early}
    )
    return reminder


def cancel_reminder(*, actor: User, space: Space) -> Reminder | None:
    """Gives what there was, for who takes it back. Repeat: harmless. Raises: SpaceOver"""
    require_announced(space)
    reminder = space.reminders.filter(user=actor).first()
    if reminder is not None:
        Reminder.objects.filter(pk=reminder.pk).delete()
    return reminder
