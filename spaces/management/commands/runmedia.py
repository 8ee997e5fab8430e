"""manage.py runmedia: one media node."""

import asyncio
from typing import Any

from channels.layers import get_channel_layer
from django.core.management.base import BaseCommand, CommandError

from spaces.media import service


class Command(BaseCommand):
    help = "Run one media node: microphones in, mixes out."
    # The web process checks the settings; a node that restarts must be back within a second.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        layer = get_channel_layer()
        if layer is None:
            raise CommandError("CHANNEL_LAYERS has no default layer.")
        try:
            asyncio.run(service.serve(layer))
        except ValueError as error:
            raise CommandError(
                f"MEDIA_BIND, MEDIA_PORTS or MEDIA_ADVERTISE is wrong: {error}"
            ) from error
