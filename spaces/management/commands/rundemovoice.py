"""manage.py rundemovoice: the demo host's voice."""

import asyncio
import signal
import time
import uuid
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections
from redis.asyncio import Redis
from redis.exceptions import RedisError

from config import news
from config.errors import Refusal
from spaces import actions
from spaces.demo import DEMO_HOST_HANDLE
from spaces.live import presence
from spaces.media.aiortc_inside import Network
from spaces.media.demo_voice import DemoVoice, DemoVoices, Seat
from spaces.media.protocol import send_command
from spaces.media.registry import Registry
from spaces.models import Participant, Space

# A visitor who signed in as the demo host and left her muted gets so long to come back.
LEFT_ALONE_S = 10.0


class Seats:
    """Where the demo host speaks: wherever her microphone is open."""

    def __init__(self) -> None:
        self._alone_since: dict[uuid.UUID, float] = {}

    def look(self) -> set[Seat]:
        """None while the database or Redis is away."""
        close_old_connections()
        try:
            hosts = Participant.objects.filter(
                space__state=Space.State.LIVE,
                role=Participant.Role.HOST,
                user__handle=DEMO_HOST_HANDLE,
            ).select_related("space", "user")
            return {
                Seat(str(host.space.public_id), str(host.public_id))
                for host in hosts
                if host.is_open or self._open_again(host)
            }
        except (DatabaseError, RedisError, Refusal):
            return set()
        finally:
            close_old_connections()

    def _open_again(self, host: Participant) -> bool:
        """The next visitor's first click should give sound, too."""
        if presence.present_users(news.connection(), host.space.public_id, [host.user_id]):
            self._alone_since.pop(host.public_id, None)
            return False
        since = self._alone_since.setdefault(host.public_id, time.monotonic())
        if time.monotonic() - since < LEFT_ALONE_S:
            return False
        actions.open_microphone(actor=host.user, space=host.space)
        return True


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
                sync_to_async(Seats().look),
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
