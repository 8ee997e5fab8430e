"""Where a person's calendar program reads their Spaces."""

import secrets

from django.conf import settings
from django.db import models

from ..querysets import CalendarAddressQuerySet


def make_secret() -> str:
    return secrets.token_urlsafe(32)


class CalendarAddress(models.Model):
    """Whoever knows the secret reads what its person may see: calendar programs cannot sign in."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_address"
    )
    secret = models.CharField(max_length=43, unique=True, default=make_secret, editable=False)

    objects = CalendarAddressQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Calendar of {self.user}"
