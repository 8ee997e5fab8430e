"""manage.py rundemovoice: the demo host's voice."""

import asyncio
import signal
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections
from redis.asyncio import Redis

from spaces.demo import DEMO_HOST_HANDLE
from spaces.media.aiortc_inside import Network
from spaces.media.demo_voice import DemoVoice, DemoVoices, Seat
from spaces.media.protocol import send_command
from spaces.media.registry import Registry
from spaces.models import Participant, Space


def _open_seats() -> set[Seat]:
    """Demo hosts whose microphone is open; none while the database is away."""
    close_old_connections()
    try:
        hosts = Participant.objects.filter(
            space__state=Space.State.LIVE,
            role=Participant.Role.HOST,
            user__handle=DEMO_HOST_HANDLE,
            microphone=Participant.Microphone.OPEN,
        )
        rows = hosts.values_list("space__public_id", "public_id")
        return {Seat(str(space), str(person)) for space, person in rows}
    except DatabaseError:
        return set()
    finally:
        close_old_connections()


class Command(BaseCommand):
    help = "Demo mode only: let the demo host hum in her Spaces."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo voice runs in demo mode only (script/server sets it).")
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_number, stop.set)
        redis = Redis.from_url(settings.REDIS_URL, decode_responses=True)
        registry = Registry(redis)
        layer = get_channel_layer()
        if layer is None:
            raise CommandError("CHANNEL_LAYERS has no default layer.")
        network = Network(bind=settings.MEDIA_BIND)
        try:
            await DemoVoices(
                sync_to_async(_open_seats),
                lambda seat: DemoVoice(
                    seat,
                    layer=layer,
                    place=registry.place,
                    send=send_command,
                    network=network,
                ),
            ).run(stop)
        finally:
            await redis.aclose()
