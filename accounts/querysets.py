"""How people are looked up."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from .models import User  # noqa: F401 - named as a string


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def by_handle(self, handle: str) -> "UserQuerySet":
        return self.filter(handle__iexact=handle)
