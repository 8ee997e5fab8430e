"""What travels between web processes and media nodes through the channel layer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from channels.layers import get_channel_layer

from .errors import MediaError
from .sdp import MAX_BYTES

# command -> the fields it cannot do without
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "listen": ("space", "peer", "reply_to"),
    "speak": ("space", "peer", "person", "reply_to"),
    "answer": ("peer", "sdp"),
    "candidate": ("peer",),
    "leave": ("peer",),
    "stage": ("space",),
    "remove": ("space", "person"),
    "forward": ("space", "peer", "host", "port", "reply_to"),
    "stop_forward": ("peer",),
}
# Those that make a peer; refused, there is none.
MAKERS = ("listen", "speak", "forward")
EVENTS = ("offer", "joining", "connected", "failed", "refused", "replaced", "forwarding")
MAX_NAME_CHARACTERS = 100

_OTHERS = ("sdp", "candidate", "port", "key")
_NAMES = ("space", "peer", "person", "reply_to", "host")


def channel_of(node: str) -> str:
    return f"media.{node}"


@dataclass(frozen=True, kw_only=True)
class Command:
    """space, person: public ids. peer: made up by the asker, one for each connection.

    candidate: RTCIceCandidateInit, or None at their end. gentle: see `MediaNode.speak`.
    reply_to: the channel that hears of this peer from now on.
    host, port, key: where a forward goes, see `forward.Target`; its peer is its name, its person
    whose packets are meant, None for the mix. Asked for again before its lease ends.
    """

    command: str
    space: str | None = None
    peer: str | None = None
    person: str | None = None
    sdp: str | None = None
    candidate: Mapping[str, Any] | None = None
    gentle: bool = False
    reply_to: str | None = None
    host: str | None = None
    port: int | None = None
    key: bytes | None = None

    @classmethod
    def parse(cls, message: Any) -> "Command":
        """Raises: MediaError"""
        if not isinstance(message, Mapping) or message.get("type") != "media.command":
            raise MediaError("This is not a command.")
        name = message.get("command")
        if not isinstance(name, str) or name not in COMMANDS:
            raise MediaError("There is no such command.")
        fields = {key: message.get(key) for key in (*_NAMES, *_OTHERS)}
        # A listener without an account is nobody, however the asker spells it.
        fields["person"] = fields["person"] or None
        for key in _NAMES:
            value = fields[key]
            if value is not None and not (
                isinstance(value, str) and 0 < len(value) <= MAX_NAME_CHARACTERS
            ):
                raise MediaError(f"The command's {key} is not a name.")
        sdp, candidate = fields["sdp"], fields["candidate"]
        if sdp is not None and not (isinstance(sdp, str) and len(sdp) <= MAX_BYTES):
            raise MediaError("The connection's description is too long.")
        if candidate is not None and not isinstance(candidate, Mapping):
            raise MediaError("The connection's candidate cannot be read.")
        port, srtp_key = fields["port"], fields["key"]
        if not isinstance(port, int | None) or not isinstance(srtp_key, bytes | None):
            raise MediaError("The command's address cannot be read.")
        if any(fields[key] is None for key in COMMANDS[name]):
            raise MediaError(f"The command {name} needs {', '.join(COMMANDS[name])}.")
        return cls(command=name, gentle=message.get("gentle") is True, **fields)

    def as_dict(self) -> dict[str, Any]:
        return {"type": "media.command", **asdict(self)}


@dataclass(frozen=True, kw_only=True)
class PeerNews:
    """What a node tells the asker.

    event: one of EVENTS. kind: the command that made the peer, one of MAKERS.
    message, retryable: when refused. by: the peer that replaced it. ahead: how many join before it.
    """

    event: str
    peer: str
    kind: str | None = None
    sdp: str | None = None
    message: str | None = None
    retryable: bool = False
    by: str | None = None
    ahead: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"type": "media.event", **asdict(self)}


async def send_command(node: str, command: Command) -> None:
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS has no default"
    await layer.send(channel_of(node), command.as_dict())
