"""libopus over ctypes: PyAV can neither conceal a lost packet nor use in-band FEC."""

import ctypes
import ctypes.util
from functools import cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
FRAME = 960  # samples: 20 ms
LONGEST_FRAME = 5760  # samples: 120 ms, RFC 6716 §3.2.5
MAX_PAYLOAD_BYTES = 1500
# No longer than this says only that nothing is said (DTX; libopus, opus_encode).
DTX_BYTES = 2

Pcm = NDArray[np.int16]
PEAK = 32767
SILENCE: Pcm = np.zeros(FRAME, np.int16)

_APPLICATION_VOIP = 2048
_SET_BITRATE = 4002
_SET_COMPLEXITY = 4010
_SET_INBAND_FEC = 4012
_SET_PACKET_LOSS_PERC = 4014


class OpusError(Exception):
    pass


def _library_path() -> str:
    """The library inside the av wheel, so that every machine runs the same one."""
    package = Path(av.__file__).parent
    bundled = [
        *sorted((package.parent / "av.libs").glob("libopus[-.]*")),
        *sorted((package / ".dylibs").glob("libopus[-.]*")),
    ]
    if bundled:
        return str(bundled[0])
    return ctypes.util.find_library("opus") or "libopus.so.0"


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(_library_path())
    state, size, error = ctypes.c_void_p, ctypes.c_int32, ctypes.POINTER(ctypes.c_int)
    library.opus_encoder_create.argtypes = [size, ctypes.c_int, ctypes.c_int, error]
    library.opus_encoder_create.restype = state
    library.opus_encoder_destroy.argtypes = [state]
    library.opus_encoder_destroy.restype = None
    library.opus_encode.argtypes = [state, state, ctypes.c_int, ctypes.c_char_p, size]
    library.opus_encode.restype = size
    # Variadic in C: only the fixed arguments are declared.
    library.opus_encoder_ctl.argtypes = [state, ctypes.c_int]
    library.opus_encoder_ctl.restype = ctypes.c_int
    library.opus_decoder_create.argtypes = [size, ctypes.c_int, error]
    library.opus_decoder_create.restype = state
    library.opus_decoder_destroy.argtypes = [state]
    library.opus_decoder_destroy.restype = None
    library.opus_decode.argtypes = [
        state,
        ctypes.c_char_p,
        size,
        state,
        ctypes.c_int,
        ctypes.c_int,
    ]
    library.opus_decode.restype = ctypes.c_int
    library.opus_strerror.argtypes = [ctypes.c_int]
    library.opus_strerror.restype = ctypes.c_char_p
    return library


def _checked(result: int) -> int:
    if result < 0:
        raise OpusError(_library().opus_strerror(result).decode())
    return result


class Encoder:
    """Mono, 48 kHz, 20 ms, in-band FEC.

    At 32 kbit/s libopus 1.6 puts in no copy at all while it expects to lose 5 % or less; from 6 %
    on, 84 % of the packets of speech carry one, at the same rate.
    """

    def __init__(
        self, *, bitrate: int = 32_000, complexity: int = 5, expected_loss_percent: int = 10
    ) -> None:
        self._library = _library()
        error = ctypes.c_int()
        self._state = self._library.opus_encoder_create(
            RATE_HZ, 1, _APPLICATION_VOIP, ctypes.byref(error)
        )
        _checked(error.value)
        for request, value in (
            (_SET_BITRATE, bitrate),
            (_SET_COMPLEXITY, complexity),
            (_SET_INBAND_FEC, 1),
            (_SET_PACKET_LOSS_PERC, expected_loss_percent),
        ):
            _checked(self._library.opus_encoder_ctl(self._state, request, ctypes.c_int32(value)))
        self._out = ctypes.create_string_buffer(MAX_PAYLOAD_BYTES)

    def encode(self, pcm: Pcm) -> bytes:
        """pcm: int16 (960,), mono, 48 kHz"""
        if pcm.shape != (FRAME,) or pcm.dtype != np.int16:
            raise ValueError("the encoder takes 960 int16 samples")
        pcm = np.ascontiguousarray(pcm)
        length = _checked(
            self._library.opus_encode(
                self._state, pcm.ctypes.data, FRAME, self._out, MAX_PAYLOAD_BYTES
            )
        )
        return ctypes.string_at(self._out, length)

    def __del__(self) -> None:
        if state := getattr(self, "_state", None):
            self._library.opus_encoder_destroy(state)


class Decoder:
    """Mono whatever was sent: libopus mixes stereo down. Answers are int16 (n,), 48 kHz."""

    def __init__(self) -> None:
        self._library = _library()
        error = ctypes.c_int()
        self._state = self._library.opus_decoder_create(RATE_HZ, 1, ctypes.byref(error))
        _checked(error.value)
        self._out = np.empty(LONGEST_FRAME, np.int16)
        self._address = self._out.ctypes.data

    def decode(self, payload: bytes) -> Pcm:
        """As many samples as the packet holds: 960 for 20 ms.

        Raises: OpusError
        """
        return self._decode(payload, LONGEST_FRAME, fec=False)

    def decode_fec(self, next_payload: bytes, samples: int = FRAME) -> Pcm:
        """The packet lost just before `next_payload`, from the copy that one carries.

        Raises: OpusError
        """
        return self._decode(next_payload, samples, fec=True)

    def conceal(self, samples: int = FRAME) -> Pcm:
        """A guess at what a lost packet said."""
        return self._decode(None, samples, fec=False)

    def _decode(self, payload: bytes | None, samples: int, *, fec: bool) -> Pcm:
        if payload == b"":
            # libopus takes length 0 for "lost" and conceals; a sender must not reach that by
            # accident.
            raise OpusError("empty payload")
        decoded = _checked(
            self._library.opus_decode(
                self._state,
                payload,
                0 if payload is None else len(payload),
                self._address,
                samples,
                int(fec),
            )
        )
        return self._out[:decoded].copy()

    def __del__(self) -> None:
        if state := getattr(self, "_state", None):
            self._library.opus_decoder_destroy(state)
