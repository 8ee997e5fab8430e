"""What a row says of a person, apart from them: something that a drawing can be kept by."""

from typing import NamedTuple

from django.urls import reverse

from .models import User


class Face(NamedTuple):
    handle: str
    public_id: str
    display_name: str
    initials: str
    hue: int
    picture: str
    # By whoever reads, where that is asked.
    is_followed: bool

    @classmethod
    def of(cls, user: User) -> "Face":
        return cls(
            user.handle,
            str(user.public_id),
            user.display_name,
            user.initials,
            user.hue,
            user.picture,
            getattr(user, "is_followed", False),
        )

    def get_absolute_url(self) -> str:
        return reverse("accounts:profile", args=[self.handle])
