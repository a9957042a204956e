"""A customer was asked and keeps silent (S0.36, S0.40)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from servicebook.contracts.models import Contract
from servicebook.core import related
from servicebook.customers.models import Site
from servicebook.customers.queries import zone_of
from servicebook.equipment.models import Asset
from servicebook.maintenance.models import Occurrence
from servicebook.reminders.kinds.base import Case, Kind, Matter, key, said_day
from servicebook.reminders.models import Ask, What
from servicebook.reminders.people import Whose
from servicebook.tickets.models import Ticket


class Silence(Kind[Ask]):
    what = What.SILENCE
    anchor = "asked_at"
    subject = Ask
    related = ("customer", "site", "contact__replaced_by", "owner")
    fills = ("contact", "asked_on", "ticket_number", "ticket_title")

    def gather(self, subjects: Sequence[Ask]) -> None:
        related.fetch([one for one in subjects if one.ended_at is None], "customer", "site")

    def candidates(self, *, contract: int | None = None) -> QuerySet[Any]:
        rows = Ask.objects.open()
        return rows.filter(contract=contract) if contract else rows

    def prepare(self, subjects: Sequence[Ask]) -> None:
        related.fetch(subjects, GenericPrefetch("about", things()))

    def matters(self, subject: Ask) -> Iterator[Matter]:
        if subject.ended_at is None:
            site = subject.site
            yield Matter(
                occurrence=key(subject.asked_at),
                anchor=subject.asked_at,
                zone=zone_of(site, subject.customer),
                region=(site.region_id if site else None) or subject.customer.region_id,
                contract=subject.contract_id,
            )

    def asks(self, subject: Ask, asks: str) -> bool:
        return not _reached_nobody(subject)

    def case(self, subject: Ask, matter: Matter, *, at: datetime) -> Case:
        """The step is about the question, on whose page it is decided; the history is that of the thing."""
        thing = subject.about
        history, ticket = history_of(thing) or subject, _ticket(thing)
        title = f"{subject.get_what_display()} · {named(subject)}"
        why = _("asked on %(day)s, no answer")
        if _reached_nobody(subject):
            why = _("to be asked since %(day)s, and nobody could be written to: name a contact who is asked")
        return Case(
            customer=subject.customer,
            site=site_of(thing),
            about=subject,
            history=history,
            title=title,
            why=why % {"day": said_day(matter.anchor, matter.zone)},
            url=subject.get_absolute_url(),
            contract=subject.contract_id,
            sensitive=subject.sensitive,
            whose=Whose(
                owner=subject.owner_id,
                engineer=ticket.owner_id if ticket else None,
                account_manager=subject.customer.owner_id or subject.owner_id,
                team=ticket.team_id if ticket else subject.owner.team_id,
                sensitive=subject.sensitive,
            ),
            words={
                "customer": subject.customer.name,
                "number": getattr(thing, "number", ""),
                "title": title,
                "day": said_day(matter.anchor, matter.zone),
            },
            facts={
                "contact": subject.contact.name if subject.contact else "",
                "asked_on": matter.anchor,
                "ticket_number": getattr(ticket or thing, "number", ""),
                "ticket_title": getattr(ticket or thing, "title", ""),
            },
            asked=subject.contact,
        )


def things() -> list[QuerySet[Any]]:
    """What is asked about, with what is said of it."""
    occurrences = Occurrence.objects.select_related("plan", "site", "asset__model", "asset__place", "ticket")
    units = Asset.objects.select_related("site", "model")
    return [occurrences, Ticket.objects.select_related("site"), Contract.objects.all(), units]


def named(ask: Ask) -> str:
    """Say what a question is about, so that those of one plan and day can be told apart."""
    thing = ask.about
    return thing.at_site if isinstance(thing, Occurrence) else str(thing or ask.customer)


def history_of(thing: Model | None) -> Model | None:
    """Return in whose history it stands what was asked about a thing: the ticket of an occurrence."""
    return _ticket(thing) or thing


def _reached_nobody(ask: Ask) -> bool:
    """Whether a question that a ladder was to send went to nobody. In a ticket a person asks it."""
    return ask.contact_id is None and not isinstance(ask.about, Ticket)


def _ticket(thing: Model | None) -> Ticket | None:
    if isinstance(thing, Occurrence):
        return thing.ticket
    return thing if isinstance(thing, Ticket) else None


def site_of(thing: Model | None) -> Site | None:
    """Return where a thing is that is asked about; None for a contract."""
    return thing.site if isinstance(thing, Occurrence | Ticket | Asset) else None
