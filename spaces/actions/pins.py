"""Pins: what crew and speakers hold up for everybody, and what the linked pages say."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from config.errors import Conflict, NotAllowed

from .. import events, permissions, tasks
from ..link_preview import Preview
from ..models import Pin, Space
from ..permissions import Capability
from .changes import lock, lock_any, publish
from .filtering import require_passing

# A link makes this server visit its page: nobody may have it visit pages by the hundred.
PINS_A_MINUTE = 10


class PinsFull(Conflict):
    code = "pins_full"


@transaction.atomic
def add_pin(*, actor: User, space: Space, url: str, text: str) -> Pin:
    """Hold up a link or an update. Its title comes later. Repeat: harmless, it stands already."""
    space = lock(space)
    pinner = permissions.require(Capability.PIN, space=space, user=actor)
    standing = space.pins.standing().filter(pinned_by=actor, url=url, text=text).first()
    if standing is not None:
        return standing
    require_passing(text, author=pinner, space=space)
    require_place(space)
    _require_rest(actor)
    state = Pin.State.FETCHING if url else Pin.State.READY
    pin = Pin.objects.create(space=space, pinned_by=actor, url=url, text=text, state=state)
    publish(space, events.PinsChanged())
    if url:
        # Without its title the card shows where the link leads.
        transaction.on_commit(lambda: tasks.fetch_pin_title.delay(pin.pk), robust=True)
    return pin


@transaction.atomic
def remove_pin(*, actor: User, space: Space, pin: Pin) -> Pin:
    """Take down one's own; the crew takes down any. Repeat: harmless."""
    space = lock(space)
    pin = _require_own(pin, actor=actor, space=space)
    if pin.unpinned_at is None:
        pin.unpinned_at, pin.unpinned_by = timezone.now(), actor
        pin.save(update_fields=["unpinned_at", "unpinned_by"])
        publish(space, events.PinsChanged())
    return pin


@transaction.atomic
def restore_pin(*, actor: User, space: Space, pin: Pin) -> Pin:
    """Hold up again what was taken down; what the crew took down, the crew. Repeat: harmless."""
    space = lock(space)
    pin = _require_own(pin, actor=actor, space=space)
    pinner = permissions.require(Capability.PIN, space=space, user=actor)
    if pin.unpinned_at is not None:
        if pin.unpinned_by_id != actor.pk and not permissions.is_crew(pinner):
            raise NotAllowed(_("The crew of this Space took this down."))
        # The host may have listed one of its words since.
        require_passing(pin.text, author=pinner, space=space)
        require_place(space)
        pin.unpinned_at = pin.unpinned_by = None
        pin.save(update_fields=["unpinned_at", "unpinned_by"])
        publish(space, events.PinsChanged())
    return pin


@transaction.atomic
def describe_pin(*, pin: Pin, preview: Preview | None) -> None:
    """Put on the card what its page says; None: that cannot be read. Repeat: harmless."""
    try:
        space = lock_any(pin.space)
        pin = Pin.objects.fetching().get(pk=pin.pk)
    except ObjectDoesNotExist:
        # Deleted meanwhile, or another visit was first.
        return
    if preview is None:
        pin.state = Pin.State.FAILED
    else:
        pin.state, pin.title, pin.site = Pin.State.READY, preview.title, preview.site
    pin.save(update_fields=["state", "title", "site"])
    # A failure leaves the card as it is.
    if preview is not None and pin.unpinned_at is None and space.is_live:
        publish(space, events.PinsChanged())


def require_place(space: Space) -> None:
    """Raises: PinsFull"""
    if space.pins.standing().count() < settings.MAX_PINS:
        return
    raise PinsFull(
        ngettext(
            "There is %(count)s pin already. Unpin it first.",
            "There are %(count)s pins already. Unpin one of them first.",
            settings.MAX_PINS,
        )
        % {"count": settings.MAX_PINS}
    )


def _require_rest(actor: User) -> None:
    since = timezone.now() - timedelta(minutes=1)
    # In whichever Space: the visits are this server's all the same.
    if Pin.objects.filter(pinned_by=actor, created_at__gt=since).count() >= PINS_A_MINUTE:
        raise Conflict(_("You pinned a lot just now. Wait a minute."), code="too_soon")


def _require_own(pin: Pin, *, actor: User, space: Space) -> Pin:
    """The row as it is now, read under the Space's lock. Raises: NotAllowed"""
    if pin.pinned_by_id != actor.pk:
        permissions.require(Capability.UNPIN_OTHERS, space=space, user=actor)
    return Pin.objects.get(pk=pin.pk)
