from django.apps import AppConfig

from servicebook.core import rooms


class AgendaConfig(AppConfig):
    name = "servicebook.agenda"

    def ready(self) -> None:
        """Load every app's `duties.py`, so that all floors' duties are known."""
        rooms.load("duties")
        self._register_loops()

    def _register_loops(self) -> None:
        from servicebook.agenda.models import Lane, Obligation
        from servicebook.agenda.worker import loops, steps

        waiting = Obligation.objects.armed
        loops.register(loops.Loop("agenda", steps.in_time, waiting, (Lane.AT_ONCE, Lane.PROMISES)))
        loops.register(loops.Loop("bulk", steps.bulk, waiting, (Lane.BULK,)))
