"""Who may host, and if not, what exactly is missing."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from .models import HostGrant, User


@dataclass(frozen=True, kw_only=True)
class Hosting:
    followers: int
    needed: int
    by_grant: bool

    @property
    def missing(self) -> int:
        return max(self.needed - self.followers, 0)

    @property
    def allowed(self) -> bool:
        return self.by_grant or self.missing == 0


def hosting(user: User | AnonymousUser) -> Hosting | None:
    """None for somebody who is not signed in: the first thing missing is an account."""
    if not isinstance(user, User):
        return None
    needed = settings.HOST_MIN_FOLLOWERS
    return Hosting(
        followers=user.follower_count,
        needed=needed,
        # Asked only when it decides.
        by_grant=user.follower_count < needed and HostGrant.objects.filter(user=user).exists(),
    )
