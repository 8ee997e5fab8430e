"""One open microphone: packets in as they come, 20 ms of sound out at every tick."""

import logging

import numpy as np

from .jitter import JitterBuffer
from .opus import DTX_BYTES, FRAME, RATE_HZ, SILENCE, Decoder, OpusError, Pcm
from .stretch import left_out, shortened
from .talking import Meter

logger = logging.getLogger(__name__)

# What is missing is guessed for 60 ms; the next 20 ms fade to silence.
CONCEALED = 3 * FRAME
# A sender that said it is silent (DTX) comes back within 400 ms; until then the decoder goes on
# with the noise of the room, or each return would be heard.
SILENT = RATE_HZ
# One period left out in 100 ms is hardly heard, one in every frame is a stutter.
REST_TICKS = 5
_QUIET_RMS = 100.0


class Microphone:
    """Its jitter buffer, its decoder, and the samples left over."""

    def __init__(self) -> None:
        self._jitter = JitterBuffer()
        self.meter = Meter()
        self._decoder = Decoder()
        self._left: Pcm = np.empty(0, np.int16)
        self._duration = FRAME
        self._guessed = CONCEALED + FRAME  # nothing heard yet: nothing to conceal from
        self._guesses = CONCEALED
        self._excess = 0  # samples of _left that are to be left out when it is not heard
        self._rest_ticks = 0

    def push(self, sequence: int, timestamp: int, payload: bytes, arrived_s: float) -> None:
        """One RTP packet. arrived_s: on the monotonic clock"""
        self._jitter.push(sequence, timestamp, payload, arrived_s)

    def reset(self) -> None:
        """Another connection or sender speaks from now on; its numbers begin anywhere."""
        self._jitter.reset()

    def frame(self) -> Pcm:
        """The next 20 ms, whatever the packets' own duration: int16 (960,)"""
        # The usual case first: one packet is one tick.
        pcm = self._left if self._left.size else self._next()
        while pcm.size < FRAME + self._excess:
            pcm = np.concatenate((pcm, self._next()))
        if self._excess or self._jitter.surplus >= self._duration:
            pcm = self._hurried(pcm)
        self._jitter.tick()
        self._left = pcm[FRAME:]
        frame = pcm[:FRAME]
        self.meter.add(frame)
        return frame

    def _hurried(self, pcm: Pcm) -> Pcm:
        """Without some of the excess, where that is hardly heard."""
        if not self._excess:
            extra = self._next()
            pcm, self._excess = np.concatenate((pcm, extra)), extra.size
        self._rest_ticks -= 1
        if _rms(pcm) < _QUIET_RMS:
            shorter = left_out(pcm, self._excess)
        elif self._rest_ticks <= 0:
            shorter = shortened(pcm, self._excess)
            if shorter is pcm and not self.meter.is_talking:
                # Noise of the room, which has no period: a fade of any length is not heard.
                shorter = left_out(pcm, self._excess)
        else:
            return pcm
        if shorter.size < pcm.size:
            self._rest_ticks = REST_TICKS
        self._excess -= pcm.size - shorter.size
        return shorter

    def _next(self) -> Pcm:
        payload, following, is_lost = self._jitter.pull()
        if payload is not None:
            try:
                pcm = self._decoder.decode(payload)
            except OpusError:
                # What does not decode counts as lost: one bad packet must not end a voice.
                logger.debug("undecodable packet of %d bytes", len(payload))
                is_lost = True
            else:
                self._guessed, self._duration = 0, pcm.size
                self._guesses = SILENT if len(payload) <= DTX_BYTES else CONCEALED
                return pcm
        if following is not None:
            try:
                pcm = self._decoder.decode_fec(following, self._duration)
            except OpusError:
                logger.debug("no repair in a packet of %d bytes", len(following))
            else:
                self._guessed = 0
                return pcm
        return self._guess(self._duration if is_lost else FRAME)

    def _guess(self, samples: int) -> Pcm:
        """At what is missing, fading out when it goes on for long."""
        begin = self._guessed
        self._guessed += samples
        if begin >= self._guesses + FRAME:
            return SILENCE if samples == FRAME else np.zeros(samples, np.int16)
        guess = self._decoder.conceal(samples)
        if self._guessed <= self._guesses:
            return guess
        gain = np.interp(
            np.arange(begin, self._guessed), (self._guesses, self._guesses + FRAME), (1.0, 0.0)
        )
        return (guess * gain).astype(np.int16)


def _rms(pcm: Pcm) -> float:
    samples = pcm.astype(np.float32)
    return float(np.sqrt(np.dot(samples, samples) / samples.size))
