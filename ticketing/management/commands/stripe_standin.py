"""manage.py stripe_standin: the local stand-in for Stripe."""

import json
import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ticketing.standin import StandIn


class Command(BaseCommand):
    help = "Run a stand-in for Stripe on 127.0.0.1: test payments, no real money."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=12111)
        parser.add_argument(
            "--store",
            type=Path,
            default=settings.VAR_DIR / "stripe-standin" / "store.sqlite3",
            help="where it keeps its world",
        )
        parser.add_argument(
            "--record", type=Path, help="a file to which each call and answer is added as JSON"
        )
        parser.add_argument(
            "--endpoints",
            type=Path,
            help='a JSON file: [{"url": …, "secret": …, "connect": false}, …]',
        )
        parser.add_argument("--public-url", help="where browsers reach its pages")

    def handle(
        self,
        *,
        port: int,
        store: Path,
        record: Path | None,
        endpoints: Path | None,
        public_url: str | None,
        **options: Any,
    ) -> None:
        try:
            stand_in = StandIn(store, port=port, record=record, public_url=public_url)
        except OSError as error:
            raise CommandError(f"The stand-in cannot listen on port {port}: {error}") from error
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        try:
            for endpoint in json.loads(endpoints.read_text()) if endpoints else []:
                stand_in.add_webhook_endpoint(**endpoint)
            self.stdout.write(f"The stand-in for Stripe is up at {stand_in.url}")
            self.stdout.flush()
            stop.wait()
        finally:
            stand_in.stop()
