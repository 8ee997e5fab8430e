"""What every way out of the site does, and how it fails."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from ..models import Delivery


class Away(Exception):
    """Who takes deliveries of this channel cannot be reached: nothing was claimed for it."""


class NotSent(Exception):
    """It has certainly not left.

    retryable: it may the next time, not before `after`. is_away: nor will anything else now.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        after: timedelta | None = None,
        is_away: bool = False,
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.after = after
        self.is_away = is_away


class Unclear(Exception):
    """It may have left or not: the connection was lost while the other side decided."""


class Gone(Exception):
    """The browser it was for is not there any more."""


class Outlet(Protocol):
    """One run of one channel. How many are sent side by side is its `at_once`."""

    at_once: int

    def open(self) -> None:
        """Raises: Away"""

    def write(self, delivery: Delivery, *, now: datetime) -> Any:
        """The message, in words: everything that may fail by a mistake of ours."""

    def send(self, message: Any) -> None:
        """Raises: NotSent, Unclear, Gone"""

    def close(self) -> None: ...
