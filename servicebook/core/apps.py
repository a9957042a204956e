from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class CoreConfig(AppConfig):
    name = "servicebook.core"

    def ready(self) -> None:
        """Load every app's `cards.py`, so that pages show what later floors know of their things."""
        for app in apps.get_app_configs():
            if (
                app.name.startswith("servicebook.")
                and app.name != self.name
                and find_spec(f"{app.name}.cards")
            ):
                import_module(f"{app.name}.cards")
