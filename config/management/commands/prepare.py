"""What an instance needs before its processes start: checks, tables, static files, demo people."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Migrates, collects static files and loads the demo, each only where there is need."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--when-told",
            action="store_true",
            help="Load everything first, and begin when standard input ends.",
        )

    def handle(self, *, when_told: bool, **options: Any) -> None:
        self.check()
        if when_told:
            sys.stdin.read()
        self.check(tags=[Tags.database], databases=["default"])
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        _once_for(
            _static_files(),
            settings.VAR_DIR / "static.stamp",
            lambda: call_command("collectstatic", interactive=False, verbosity=0),
        )
        if settings.DEMO:
            # Each time, so that there is a live Space even if a visitor has ended the last one.
            call_command("seed_demo")


def _once_for(what: str, stamp: Path, act: Callable[[], object]) -> None:
    """Act unless the stamp says that it was done for this; an interrupted act is done again."""
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != what:
        act()
        stamp.write_text(what, encoding="utf-8")


def _static_files() -> str:
    """A digest of every file that collectstatic would take, by time and size."""
    digest = hashlib.sha256(str(settings.STATIC_ROOT).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{found.st_mtime_ns}\0{found.st_size}\0".encode())
    return digest.hexdigest()
