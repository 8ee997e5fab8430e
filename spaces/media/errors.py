"""What a media node says no with."""


class MediaError(Exception):
    """A refusal a person may read. `retryable`: the same request may work a moment later."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable


class NotOnStage(MediaError):
    def __init__(self) -> None:
        super().__init__("Only people on stage have a microphone. Ask to speak first.")


class Barred(MediaError):
    def __init__(self) -> None:
        super().__init__("You were removed from this Space.")


class SeatTaken(MediaError):
    """Somebody speaks as this person already, and the newcomer asked not to push them out."""

    def __init__(self) -> None:
        super().__init__("This person's microphone is in use elsewhere.", retryable=True)


class UnknownPeer(MediaError):
    def __init__(self) -> None:
        super().__init__("This connection is gone. Connect again.", retryable=True)


class NodeFull(MediaError):
    def __init__(self) -> None:
        super().__init__("This media node is full. Try again in a moment.", retryable=True)


class SpaceNotOpen(MediaError):
    def __init__(self) -> None:
        super().__init__("This Space is not live.")
