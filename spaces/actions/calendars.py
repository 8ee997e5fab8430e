"""The secret address at which somebody's calendar program reads."""

from accounts.models import User

from ..models import CalendarAddress
from ..models.calendar_address import make_secret


def renew_calendar(*, actor: User) -> CalendarAddress:
    """Give them a new address; one that they had leads nowhere from now on."""
    address, _is_new = CalendarAddress.objects.update_or_create(
        user=actor, defaults={"secret": make_secret()}
    )
    return address
