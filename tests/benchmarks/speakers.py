"""People who speak, in a process of their own: speech in real packets, through DTLS and SRTP."""

import asyncio

from spaces.media.demo_voice import LoopingTrack
from spaces.media.opus import FRAME, Encoder
from tests.benchmarks.clients import Door, Joined, NotAdmitted, serve
from tests.speech import speech

MODULE = "tests.benchmarks.speakers"
VOICES = ("hana", "sami")
TOGETHER = 5


def encoded(voice: str) -> list[bytes]:
    """Once for everybody: fifty encoders would be the load."""
    encoder = Encoder()
    return [encoder.encode(frame) for frame in speech(voice).reshape(-1, FRAME)]


class Speakers:
    """Who speaks from this process, by seat."""

    def __init__(self) -> None:
        self.door = Door()
        self.voices = [encoded(voice) for voice in VOICES]
        self.speaking: dict[tuple[str, str], Joined] = {}

    async def speak(self, seats: list[tuple[str, str]]) -> list[str]:
        """Exactly these speak from now on: (Space, person). Gives what the refused were told."""
        wanted = [(space, person) for space, person in seats]
        for seat in self.speaking.keys() - set(wanted):
            await self.door.leave(self.speaking.pop(seat))
        gate = asyncio.Semaphore(TOGETHER)
        refused: list[str] = []

        async def one(number: int, seat: tuple[str, str]) -> None:
            async with gate:
                if refused:
                    return
                try:
                    self.speaking[seat] = await self.door.speak(*seat, self._track(number))
                except NotAdmitted as error:
                    refused.append(str(error))

        coming = [(n, seat) for n, seat in enumerate(wanted) if seat not in self.speaking]
        await asyncio.gather(*(one(number, seat) for number, seat in coming))
        return refused

    def _track(self, number: int) -> LoopingTrack:
        """Each begins elsewhere in one of the voices, so that they do not say the same at once."""
        packets = self.voices[number % len(self.voices)]
        start = number * 37 % len(packets)
        return LoopingTrack([*packets[start:], *packets[:start]])


if __name__ == "__main__":
    serve(Speakers)
