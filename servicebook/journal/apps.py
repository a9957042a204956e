from django.apps import AppConfig

from servicebook.core import rooms


class JournalConfig(AppConfig):
    name = "servicebook.journal"

    def ready(self) -> None:
        """Load every app's `history.py`, so that each verb has its sentence."""
        rooms.load("history")
