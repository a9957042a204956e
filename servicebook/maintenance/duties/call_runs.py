"""Tickets that one press asked for are made in parts, behind everything that people wait for."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from servicebook.agenda import AGAIN, Due, duty
from servicebook.agenda.models import Lane
from servicebook.maintenance.actions import call_runs
from servicebook.maintenance.models import CallRun


@duty("maintenance.call_run", subject=CallRun, lane=Lane.BULK, title=_("Make the tickets of a long list"))
class GoOn:
    """The next part of a run, until all is taken (S3.5)."""

    def owed(self, run: CallRun) -> Iterator[Due]:
        if run.finished_at is None:
            yield Due(at=run.asked_at, occurrence="all")

    def fire(self, run: CallRun, due: Due, *, at: datetime) -> object:
        return None if call_runs.step(run.pk) else AGAIN
