"""`servicebook up`: from an empty folder to a running service desk, and back up in seconds."""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from servicebook.core import standing


class Command(BaseCommand):
    help = "Set up what is missing, then run web and worker together. Safe to repeat: data is kept."
    requires_system_checks = ()  # they are for developers, and take a second

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="start empty, with one administrator")
        parser.add_argument("--prepare-only", action="store_true", help="set up and stop")

    def handle(self, *, no_demo: bool, prepare_only: bool, **options: Any) -> None:
        standing.take_the_folder(settings.CONFIG.data_dir)
        if not prepare_only:
            standing.need_port(settings.CONFIG.host, settings.CONFIG.port)
        standing.need_database()
        if standing.is_behind():
            self.stdout.write("Preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)
        self._collect_static()
        call_command("setup", demo=not no_demo, stdout=self.stdout)
        self.stdout.write(f"\nServicebook is at {settings.CONFIG.address}  (stop with Ctrl+C)\n")
        self.stdout.flush()
        if prepare_only:
            return
        connection.close()
        # From here on only a small process is needed that watches the two others.
        os.execv(sys.executable, [sys.executable, "-m", "servicebook.processes"])  # noqa: S606

    def _collect_static(self) -> None:
        """Collect the static files again when one is newer than the last collection."""
        if settings.DEBUG:
            return
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        newest = max(
            Path(storage.path(path)).stat().st_mtime
            for finder in get_finders()
            for path, storage in finder.list(None)
        )
        if not stamp.exists() or stamp.stat().st_mtime < newest:
            call_command("collectstatic", verbosity=0, interactive=False, clear=False)
            stamp.touch()
