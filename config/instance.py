"""The instance's own settings: edited in the admin, read on every page, so kept for a moment."""

import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from PIL import Image

from . import logo
from .models import Instance

# Other processes see a change this much later; their pages never wait for it.
KEEP_S = 2.0

_kept: tuple[float, Instance] | None = None


def current() -> Instance:
    """The one row, or its defaults; the last one known while the database is away."""
    global _kept
    now = time.monotonic()
    if _kept is not None and now - _kept[0] < KEEP_S:
        return _kept[1]
    try:
        found = stored()
    except (DatabaseError, InterfaceError):
        found = _kept[1] if _kept is not None else Instance(pk=1)
    found.name = found.name or settings.INSTANCE_NAME
    _kept = (now, found)
    return found


def stored() -> Instance:
    """The row as it is, empty before the first change."""
    return Instance.objects.filter(pk=1).first() or Instance(pk=1)


@transaction.atomic
def save(instance: Instance) -> None:
    """The next page of this process shows it at once, those of others within `KEEP_S`."""
    instance.save()
    transaction.on_commit(forget)


@transaction.atomic
def save_logo(instance: Instance, image: Image.Image | None) -> None:
    """Another logo, or none; the file of the one before goes with it."""
    before = instance.logo
    instance.logo = logo.store(image) if image else ""
    save(instance)
    if before:
        transaction.on_commit(lambda: logo.delete(before), robust=True)


def forget() -> None:
    """After a change in this process."""
    global _kept
    _kept = None
