from django.apps import AppConfig

from servicebook.core import rooms


class SearchConfig(AppConfig):
    name = "servicebook.search"

    def ready(self) -> None:
        """Load every app's `findable.py`, so that all that can be found is known."""
        rooms.load("findable")
        from servicebook.agenda.subjects import found_by
        from servicebook.search.queries import subjects_holding

        found_by(subjects_holding)
