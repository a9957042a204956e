"""What must hold for mail in: each acknowledged mail lies in the store, and is a message or waits visibly."""

from collections.abc import Iterator

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, OuterRef

from servicebook.agenda.models import Obligation
from servicebook.core.invariants import invariant
from servicebook.intake.models import ReceivedMail

NAMED = 50
KIND = "intake.understand_mail"


@invariant("I1", "A mail that was understood is exactly one message, and its bytes are the ones that came")
def understood_mails_are_messages() -> Iterator[str]:
    lost = ReceivedMail.objects.filter(state=ReceivedMail.State.UNDERSTOOD, message=None)
    for key in lost.values_list("pk", flat=True)[:NAMED]:
        yield f"mail {key} was understood but is no message"
    changed = ReceivedMail.objects.exclude(raw__sha256=F("sha256"))
    for key in changed.values_list("pk", flat=True)[:NAMED]:
        yield f"mail {key} points to other bytes than came"


@invariant("I1", "A mail that is not understood yet stands on the agenda")
def stored_mails_are_owed() -> Iterator[str]:
    owed = Obligation.objects.filter(
        kind=KIND,
        subject_type=ContentType.objects.get_for_model(ReceivedMail),
        subject_id=OuterRef("pk"),
        state__in=[Obligation.State.ARMED, Obligation.State.FAILED],
    )
    waiting = ReceivedMail.objects.filter(state=ReceivedMail.State.STORED).exclude(Exists(owed))
    for key in waiting.values_list("pk", flat=True)[:NAMED]:
        yield f"mail {key} waits, and nothing on the agenda will understand it"
