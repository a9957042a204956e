from django.apps import AppConfig

from servicebook.core import rooms


class CoreConfig(AppConfig):
    name = "servicebook.core"

    def ready(self) -> None:
        """Load every app's `cards.py`, so that pages show what later floors know of their things."""
        rooms.load("cards")
