"""The rooms of all apps: what each app says of itself in a file of one name."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps


def load(room: str) -> None:
    """Load `<room>.py` of every app that has one, in the order of the floors."""
    for app in apps.get_app_configs():
        if app.name.startswith("servicebook.") and find_spec(f"{app.name}.{room}"):
            import_module(f"{app.name}.{room}")
