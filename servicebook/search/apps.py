from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class SearchConfig(AppConfig):
    name = "servicebook.search"

    def ready(self) -> None:
        """Load every app's `findable.py`, so that all that can be found is known."""
        for app in apps.get_app_configs():
            if app.name.startswith("servicebook.") and find_spec(f"{app.name}.findable"):
                import_module(f"{app.name}.findable")
        from servicebook.agenda.subjects import found_by
        from servicebook.search.queries import subjects_holding

        found_by(subjects_holding)
