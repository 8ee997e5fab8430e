"""Session descriptions: what our offers promise, and what we take from a browser's answer."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from aiortc import RTCIceCandidate
from aiortc.sdp import SessionDescription, candidate_from_sdp

from .errors import MediaError

MAX_BYTES = 32 * 1024
MAX_CANDIDATE_CHARACTERS = 1024
MAX_CANDIDATES = 50
FMTP = "minptime=20;useinbandfec=1;stereo=0;maxaveragebitrate=32000"

_OPUS = re.compile(r"^a=rtpmap:(?P<type>\d+) opus/48000/2\r?$", re.IGNORECASE | re.MULTILINE)


def completed_offer(sdp: str) -> str:
    """aiortc offers Opus without parameters; Chromium obeys these."""
    match = _OPUS.search(sdp)
    if match is None:
        raise ValueError("an offer without Opus")
    parameters = f"\r\na=fmtp:{match['type']} {FMTP}\r\na=ptime:20\r"
    return sdp[: match.end()].rstrip("\r") + parameters + sdp[match.end() :]


def checked_answer(sdp: str, *, direction: str) -> str:
    """An answer that aiortc can take without stumbling half-way, without unreachable candidates.

    direction: what the browser must have said, "sendonly" or "recvonly"

    Raises: MediaError
    """
    if len(sdp) > MAX_BYTES:
        raise MediaError("The connection's description is too long.")
    if not sdp.isascii():
        raise MediaError("The connection's description cannot be read.")
    try:
        description = SessionDescription.parse(sdp)
        text = _clean(description, direction)
    except MediaError:
        raise
    except Exception as error:
        # aiortc's parser raises whatever its indexing meets (StopIteration, KeyError, TypeError),
        # and its writer refuses some of what the parser took.
        raise MediaError("The connection's description cannot be read.") from error
    return text


def _clean(description: SessionDescription, direction: str) -> str:
    if len(description.media) != 1 or description.media[0].kind != "audio":
        raise MediaError("The connection must carry sound and nothing else.")
    media = description.media[0]
    if not any(
        codec.name.lower() == "opus" and codec.clockRate == 48000 for codec in media.rtp.codecs
    ):
        raise MediaError("Your browser did not accept Opus, which every Space uses.")
    if media.direction != direction or media.port == 0:
        raise MediaError("Your browser declined the connection.")
    ice, dtls = media.ice, media.dtls
    if ice is None or not ice.usernameFragment or not ice.password or not media.rtcp_mux:
        raise MediaError("The connection's description is incomplete.")
    if dtls is None or not dtls.fingerprints or dtls.role not in ("client", "server"):
        raise MediaError("The connection's description has no key.")
    media.ice_candidates = [
        candidate for candidate in media.ice_candidates[:MAX_CANDIDATES] if _is_reachable(candidate)
    ]
    # With every candidate dropped ICE would give up at once; the browser's own checks reach us.
    media.ice_candidates_complete = False
    return str(description)


def parsed_candidate(candidate: Mapping[str, Any] | None) -> RTCIceCandidate | None:
    """A trickled candidate as browsers spell it (RTCIceCandidateInit); None if it is of no use.

    Raises: MediaError
    """
    text = candidate.get("candidate") if candidate is not None else ""
    if text == "":
        # End of candidates. The node has a clock of its own for peers that never connect.
        return None
    if not isinstance(text, str) or len(text) > MAX_CANDIDATE_CHARACTERS or not text.isascii():
        raise MediaError("The connection's candidate cannot be read.")
    try:
        parsed = candidate_from_sdp(text.removeprefix("candidate:"))
    except (ValueError, AssertionError) as error:
        raise MediaError("The connection's candidate cannot be read.") from error
    return parsed if _is_reachable(parsed) else None


def _is_reachable(candidate: RTCIceCandidate) -> bool:
    """aioice waits a second for every `.local` name, and the browser's checks arrive anyway."""
    try:
        ipaddress.ip_address(candidate.ip)
    except ValueError:
        return False
    return (
        candidate.protocol.lower() == "udp"
        and candidate.component == 1
        and 0 < candidate.port < 65536
    )
