"""What a received message owes: to be understood."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from servicebook.agenda import Due, duty
from servicebook.agenda.registry import LANE_AT_ONCE
from servicebook.intake.messenger import actions
from servicebook.intake.models import ReceivedText


@duty("intake.understand_text", subject=ReceivedText, lane=LANE_AT_ONCE, title=_("Understand a message"))
class UnderstandText:
    """A message that was kept is understood at once, in the order of its chat."""

    def owed(self, text: ReceivedText) -> Iterator[Due]:
        yield Due(at=text.received_at, occurrence="once")

    def fire(self, text: ReceivedText, due: Due, *, at: datetime) -> None:
        actions.understand(text.pk)  # does nothing if it was understood with a later one
