"""The end of a ticket: refused until it leaves a trace (S0.51)."""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.customers.models import Contact
from servicebook.equipment.actions import record_repair
from servicebook.files.models import Document
from servicebook.messaging import deliveries
from servicebook.tickets import wording
from servicebook.tickets.actions._base import changed, locked, move
from servicebook.tickets.models import Status, Ticket
from servicebook.tickets.rules import closing


class NotReadyToClose(Refused):
    """Something that closing needs is not there; `fields` says what."""

    code = "not_ready_to_close"


@transaction.atomic
def close(
    ticket_id: int,
    *,
    done: str,
    result: str,
    proof: str,
    replaced_parts: str,
    recommendations: str,
    agreement: str,
    agreed_by: str,
    by: User,
    agreed_at: datetime | None = None,
    seen: int | None = None,
) -> Ticket:
    """Close the ticket with what was done and the customer's agreement.

    Args:
        agreed_at: when the customer agreed; now if None.
        seen: the ticket's version that the person had before their eyes. When the customer wrote
            since, closing is refused, so that nobody closes over an unread message.

    Raises:
        NotReadyToClose: `fields` names each answer that is missing. A signature needs the signed
            act, or its photo, among the ticket's documents, and a contact who may sign (S0.2).
        MoveRefused: it is closed already.
        Changed: it changed since `seen`.
    """
    ticket = locked(ticket_id)
    if seen is not None and seen != ticket.version:
        raise changed(ticket)
    answers = {
        "done": done.strip(),
        "result": result.strip(),
        "proof": proof.strip(),
        "replaced_parts": replaced_parts.strip(),
        "recommendations": recommendations.strip(),
        "agreement": agreement.strip(),
        "agreed_by": agreed_by.strip()[:120],
    }
    _check(ticket, answers, agreed_at)
    now = clock.now()
    # Whoever was told that it is done was answered, and it works.
    reached = {name: getattr(ticket, name) or now for name in ("responded_at", "recovered_at")}
    move(ticket, Status.CLOSED, at=now, closed_at=now, agreed_at=agreed_at or now, **reached, **answers)
    journal.record(
        "ticket.closed",
        ticket,
        by=by,
        answers=answers,
        done=answers["done"],
        result=answers["result"],
        agreed_by=answers["agreed_by"],
        how=wording.in_house(Ticket.Agreement(answers["agreement"]).label),
        agreed_at=agreed_at or now,
    )
    if ticket.asset_id and closing.is_repair(ticket.reason.code, answers["replaced_parts"]):
        record_repair(
            ticket.asset_id,
            ticket_number=ticket.number,
            done=answers["done"],
            parts=answers["replaced_parts"],
            by=by,
            at=now,
        )
    if ticket.contact:
        deliveries.keep(
            [
                deliveries.compose(
                    "ticket_closed",
                    to=ticket.contact,
                    about=ticket,
                    key=f"ticket-{ticket.pk}-closed-{ticket.version}",
                    thread=ticket.number,
                )
            ]
        )
    agenda.refresh(ticket)
    return ticket


def _check(ticket: Ticket, answers: dict[str, str], agreed_at: datetime | None) -> None:
    wrong = {name: _(sentence) for name, sentence in closing.missing(answers).items()}
    agreement = answers["agreement"]
    if agreement and agreement not in Ticket.Agreement.values:
        wrong["agreement"] = _(closing.NEEDED["agreement"])
    if agreement == Ticket.Agreement.SIGNATURE and not _has_documents(ticket):
        wrong["proof"] = _("Attach the signed act or its photo. Without it, choose e-mail or phone.")
    if agreement == Ticket.Agreement.SIGNATURE and answers["agreed_by"]:
        names = list(Contact.objects.signers_for(ticket.customer_id).values_list("name", flat=True))
        if not closing.is_among(answers["agreed_by"], names):
            wrong["agreed_by"] = _who_signs(answers["agreed_by"], names)
    if agreed_at is not None and agreed_at > clock.now():
        wrong["agreed_at"] = _("The customer cannot have agreed in the future.")
    if wrong:
        raise NotReadyToClose(
            _("%(number)s is not closed yet: %(missing)s")
            % {"number": ticket.number, "missing": " ".join(wrong.values())},
            fields=wrong,
        )


def _who_signs(name: str, signers: list[str]) -> str:
    if not signers:
        return _(
            "Nobody of this customer may sign acts. Give a contact the role first, or choose e-mail or phone."
        )
    return _("%(name)s may not sign acts. Who may: %(signers)s. Otherwise choose e-mail or phone.") % {
        "name": name,
        "signers": ", ".join(signers),
    }


def _has_documents(ticket: Ticket) -> bool:
    kind = ContentType.objects.get_for_model(Ticket)
    return Document.objects.filter(subject_type=kind, subject_id=ticket.pk).exists()
