from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class JournalConfig(AppConfig):
    name = "servicebook.journal"

    def ready(self) -> None:
        """Load every app's `history.py`, so that each verb has its sentence."""
        for app in apps.get_app_configs():
            if (
                app.name.startswith("servicebook.")
                and app.name != self.name
                and find_spec(f"{app.name}.history")
            ):
                import_module(f"{app.name}.history")
