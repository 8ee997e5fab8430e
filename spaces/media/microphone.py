"""One open microphone: packets in as they come, 20 ms of sound out at every tick."""

import logging

import numpy as np

from .jitter import JitterBuffer
from .opus import FRAME, SILENCE, Decoder, OpusError, Pcm
from .talking import Meter

logger = logging.getLogger(__name__)

# A lost packet is guessed for 60 ms; the next 20 ms fade to silence.
CONCEALED_FRAMES = 3
_FADE = np.linspace(1.0, 0.0, FRAME, dtype=np.float32)


class Microphone:
    """Its jitter buffer, its decoder, and the samples left over."""

    def __init__(self) -> None:
        self._jitter = JitterBuffer()
        self.meter = Meter()
        self._decoder = Decoder()
        self._left: Pcm = np.empty(0, np.int16)
        self._duration = FRAME
        self._missing = CONCEALED_FRAMES + 1  # nothing heard yet: nothing to conceal from

    def push(self, sequence: int, timestamp: int, payload: bytes, arrived_s: float) -> None:
        """One RTP packet. arrived_s: on the monotonic clock"""
        self._jitter.push(sequence, timestamp, payload)

    def reset(self) -> None:
        """Another connection or sender speaks from now on; its numbers begin anywhere."""
        self._jitter.reset()

    def frame(self) -> Pcm:
        """The next 20 ms, whatever the packets' own duration: int16 (960,)"""
        # The usual case first: one packet is one tick.
        pcm = self._next() if not self._left.size else self._left
        while pcm.size < FRAME:
            pcm = np.concatenate((pcm, self._next()))
        self._left = pcm[FRAME:]
        frame = pcm[:FRAME]
        self.meter.add(frame)
        return frame

    def _next(self) -> Pcm:
        payload, following = self._jitter.pull()
        if payload is not None:
            try:
                pcm = self._decoder.decode(payload)
            except OpusError:
                # What does not decode counts as lost: one bad packet must not end a voice.
                logger.debug("undecodable packet of %d bytes", len(payload))
            else:
                self._missing, self._duration = 0, pcm.size
                return pcm
        if following is not None:
            try:
                pcm = self._decoder.decode_fec(following, self._duration)
            except OpusError:
                logger.debug("no repair in a packet of %d bytes", len(following))
            else:
                self._missing = 0
                return pcm
        self._missing += 1
        if self._missing > CONCEALED_FRAMES + 1:
            return SILENCE
        guess = self._decoder.conceal(FRAME)
        if self._missing > CONCEALED_FRAMES:
            return (guess * _FADE).astype(np.int16)
        return guess
