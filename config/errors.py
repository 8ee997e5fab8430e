"""Refusals: the expected "no" that a person may read. Everything else is a bug or an outage."""

from django.utils.functional import Promise


class Refusal(Exception):
    """An expected no, with the sentence that says what would make it work."""

    status = 400
    code = "refused"
    # When asking again may be answered otherwise, where that is known.
    retry_after_s: int | None = None

    def __init__(self, message: "str | Promise", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code


class NotAllowed(Refusal):
    """Who asks may not."""

    status = 403
    code = "not_allowed"


class Conflict(Refusal):
    """What is asked does not fit what is so."""

    status = 409
    code = "conflict"


class Unavailable(Refusal):
    """Something behind the page is away for the moment."""

    status = 503
    code = "unavailable"
