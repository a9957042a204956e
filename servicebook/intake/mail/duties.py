"""What a received mail owes: to be understood."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from servicebook.agenda import Due, duty
from servicebook.agenda.registry import LANE_AT_ONCE
from servicebook.intake.mail import actions
from servicebook.intake.models import ReceivedMail


@duty("intake.understand_mail", subject=ReceivedMail, lane=LANE_AT_ONCE, title=_("Understand a mail"))
class UnderstandMail:
    """A mail that was kept is understood at once, or as soon as somebody is there to do it."""

    def owed(self, mail: ReceivedMail) -> Iterator[Due]:
        yield Due(at=mail.received_at, occurrence="once")

    def fire(self, mail: ReceivedMail, due: Due, *, at: datetime) -> None:
        actions.understand(mail.pk)  # does nothing if it was understood when it came
