"""An import is an obligation due at once, in the lane behind everything that people wait for."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from servicebook.agenda import AGAIN, Due, duty
from servicebook.agenda.models import Lane
from servicebook.intake.importing import engine
from servicebook.intake.models import ImportRun


@duty("intake.import", subject=ImportRun, lane=Lane.BULK, title=_("Import a file"))
class ImportStep:
    """Take a run some rows further until it is checked or written."""

    def owed(self, run: ImportRun) -> Iterator[Due]:
        if run.state in (ImportRun.State.CHECKING, ImportRun.State.WRITING):
            yield Due(at=run.started_at, occurrence=f"{run.attempt}", stage=run.state)

    def fire(self, run: ImportRun, due: Due, *, at: datetime) -> object:
        return None if engine.step(run.pk) else AGAIN
