"""What a page may say over its websocket: parsed, bounded, typed. Everything else is a refusal."""

import json
import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from config.errors import Refusal

from ..models import TONES, ReactionCount

MAX_BYTES = 40_000
_PEER = re.compile(r"\A[0-9a-f]{32}\Z")


class BadSignal(Refusal):
    code = "bad_signal"


@dataclass(frozen=True, kw_only=True)
class Signal:
    """do: heartbeat (read), enter, listen, speak, answer (peer, sdp), candidate (peer, candidate),
    leave (peer), react (reaction, tone)."""

    do: str
    read: int = 0
    peer: str = ""
    sdp: str = ""
    candidate: dict[str, Any] | None = None
    reaction: str = ""
    tone: int = 0

    @classmethod
    def parse(cls, text: str | None) -> "Signal":
        """Raises: BadSignal, for anything a page of ours would not send."""
        if text is None or len(text) > MAX_BYTES:
            raise BadSignal(_("This message is too large."))
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadSignal(_("This message is not JSON.")) from error
        if not isinstance(content, dict):
            raise BadSignal(_("This message is not an object."))
        match content.get("do"):
            case "heartbeat":
                return cls(do="heartbeat", read=_whole(content.get("read", 0)))
            case "enter" | "listen" | "speak" as do:
                return cls(do=do)
            case "answer":
                return cls(do="answer", peer=_peer(content), sdp=_text(content.get("sdp")))
            case "candidate":
                return cls(
                    do="candidate",
                    peer=_peer(content),
                    candidate=_candidate(content.get("candidate")),
                )
            case "leave":
                return cls(do="leave", peer=_peer(content))
            case "react":
                reaction = _reaction(content.get("reaction"))
                return cls(do="react", reaction=reaction, tone=_tone(content.get("tone", 0)))
        raise BadSignal(_("This message says nothing known."))


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise BadSignal(_("This message has a number that cannot be."))
    return value


def _reaction(value: object) -> str:
    if not isinstance(value, str) or value not in ReactionCount.Reaction.values:
        raise BadSignal(_("This is no reaction that we know."))
    return value


def _tone(value: object) -> int:
    """Of hands; our page sends what has no skin with the first."""
    tone = _whole(value)
    if tone >= TONES:
        raise BadSignal(_("This is no reaction that we know."))
    return tone


def _peer(content: dict[str, Any]) -> str:
    peer = content.get("peer")
    if not isinstance(peer, str) or not _PEER.match(peer):
        raise BadSignal(_("This message names no connection."))
    return peer


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise BadSignal(_("This message lacks its text."))
    return _carried(value)


def _carried(text: str) -> str:
    """JSON can spell half of a surrogate pair, which the channel layer cannot carry."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadSignal(_("This message has half a character.")) from error
    return text


def _candidate(value: object) -> dict[str, Any] | None:
    """An RTCIceCandidateInit reduced to what the node reads; None is the end of candidates."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadSignal(_("This candidate is not an object."))
    text, mid, line = value.get("candidate"), value.get("sdpMid"), value.get("sdpMLineIndex")
    if not isinstance(text, str) or len(text) > 1000:
        raise BadSignal(_("This candidate has no text."))
    if not (mid is None or (isinstance(mid, str) and len(mid) <= 16)):
        raise BadSignal(_("This candidate has an odd media id."))
    if line is not None:
        line = _whole(line)
    return {
        "candidate": _carried(text),
        "sdpMid": mid and _carried(mid),
        "sdpMLineIndex": line,
    }
