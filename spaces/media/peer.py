"""One aiortc connection as the node sees it: offered, answered once, watched until it ends."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidStateError, OperationError

from . import sdp
from .errors import MediaError

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 1.0


class Peer:
    """`on_connected` and `on_failed` are called at most once each, and never after `close()`."""

    def __init__(
        self,
        connection: RTCPeerConnection,
        *,
        browser_direction: str,
        on_connected: Callable[[], None],
        on_failed: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._browser_direction = browser_direction
        self._on_connected = on_connected
        self._on_failed = on_failed
        self._is_answered = self._is_closed = self._was_connected = False
        connection.on("connectionstatechange", self._state_changed)

    @property
    def is_connected(self) -> bool:
        return self._connection.connectionState == "connected"

    async def offer(self) -> str:
        """Raises: MediaError"""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return sdp.completed_offer(self._connection.localDescription.sdp)

    async def answer(self, text: str) -> None:
        """Raises: MediaError; the peer may answer again"""
        if self._is_answered:
            # A command sent twice (a retry) must not disturb a call in progress.
            return
        clean = sdp.checked_answer(text, direction=self._browser_direction)
        self._is_answered = True
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(clean, "answer"))
        except (ValueError, InvalidStateError, OperationError) as error:
            self._is_answered = False
            raise MediaError("The connection's description does not fit the offer.") from error

    async def candidate(self, candidate: Mapping[str, Any] | None) -> None:
        """Raises: MediaError; the peer stays usable"""
        parsed = sdp.parsed_candidate(candidate)
        if parsed is None or self._is_closed:
            return
        # One section only: whatever the browser calls it, it is the first.
        parsed.sdpMid, parsed.sdpMLineIndex = None, 0
        await self._connection.addIceCandidate(parsed)

    def fail(self) -> None:
        """Report it as broken; who hears this closes it. Repeat: harmless."""
        if not self._is_closed:
            self._is_closed = True
            self._on_failed()

    async def close(self) -> None:
        """Repeat: harmless."""
        self._is_closed = True
        try:
            await asyncio.wait_for(self._connection.close(), CLOSE_TIMEOUT_S)
        except TimeoutError:
            logger.warning("a connection did not close in time")

    def _state_changed(self) -> None:
        if self._is_closed:
            return
        state = self._connection.connectionState
        if state == "connected" and not self._was_connected:
            self._was_connected = True
            self._on_connected()
        elif state in ("failed", "closed"):
            self.fail()
