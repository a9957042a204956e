"""What the pages of reminders read: who does not answer, and what is out of order about it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from servicebook.accounts.models import User
from servicebook.agenda.models import Obligation
from servicebook.core import clock
from servicebook.core.listing import Count, count
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.maintenance.models import Occurrence
from servicebook.reminders import ladders, waiting
from servicebook.reminders.kinds.silence import things
from servicebook.reminders.ladders import Standing
from servicebook.reminders.models import Ask, AskQuerySet, Asks, What
from servicebook.tickets.models import Status, Ticket

# The worker looks at what was changed a moment ago; what is still open after it is a breach.
SETTLED_WITHIN = timedelta(minutes=10)
FIRED = ("reminder.fired", "reminder.asked", "reminder.nobody_to_ask")
AT_A_TIME = 500
Wrong = Literal["owner", "late", "unasked"]


@dataclass(frozen=True)
class Breach:
    """One customer who may be forgotten.

    what: its "owner" has left; "late": nobody looked on the date; "unasked": it waits, nobody was asked.
    """

    what: Wrong
    thing: Model

    def __str__(self) -> str:
        return f"{self.thing._meta.label_lower} {self.thing.pk} is in breach: {self.what}"


def asked(user: User) -> AskQuerySet:
    """Questions that `user` may see, with what they are about: in the same statements, however many."""
    rows = Ask.objects.visible_to(user).with_holder().select_related("customer", "contact", "owner")
    return rows.prefetch_related(GenericPrefetch("about", things()))


def breaches() -> Iterator[Breach]:
    """Yield every customer who waits, or is waited for, without an owner who is here and a next date.

    That an open question has an owner and a date is a constraint of its table; what no constraint can
    see is looked for here.
    """
    for what, rows in _in_breach():
        yield from (Breach(what, one) for one in rows.order_by("pk").iterator(chunk_size=AT_A_TIME))


def number_of_breaches() -> Count:
    """Count the breaches, but not beyond a thousand of a sort. Four statements."""
    counts = [count(rows) for _what, rows in _in_breach()]
    return Count(sum(one.number for one in counts), more=any(one.more for one in counts))


def _in_breach() -> Iterator[tuple[Wrong, QuerySet[Any]]]:
    """Yield what is wrong, with the rows of which it is."""
    settled = clock.now() - SETTLED_WITHIN
    asks = Ask.objects.open().with_holder().select_related("owner", "customer", "contact")
    yield "owner", asks.held_by(User.objects.filter(is_active=False))
    yield "late", asks.filter(next_at__lt=settled).held_by(User.objects.filter(is_active=True))
    yield "unasked", _waiting_unasked(settled)
    yield "unasked", _called_unasked(settled)


def stages_without_a_mark() -> Iterator[str]:
    """Yield the ladders of which more stages fired than histories tell of, or fewer."""
    told = Entry.objects.filter(verb__in=FIRED)
    first = told.order_by("pk").values_list("at", flat=True).first()
    if first is None:
        return
    said = Counter(told.values_list("facts__what", flat=True))
    stages = Obligation.objects.filter(kind__startswith="reminders.", state=Obligation.State.FIRED)
    # What fired before an upgrade has left another mark.
    fired = Counter(stages.exclude(stage="").filter(settled_at__gte=first).values_list("kind", flat=True))
    for kind, number in sorted(fired.items()):
        known = said[kind.partition(".")[2]]
        if known != number:
            yield f"{kind}: {number} stages fired, {known} stand in a history"


def _waiting_unasked(settled: datetime) -> QuerySet[Ticket]:
    """Tickets that wait for the customer, of whose waiting no question tells."""
    kind = ContentType.objects.get_for_model(Ticket)
    asked = Ask.objects.filter(about_type=kind, about_id=OuterRef("pk"))
    waits = Q(status=Status.APPROVAL) | Q(status=Status.WAITING, waiting_for__in=waiting.ASKED_FOR)
    rows = Ticket.objects.filter(waits, status_since__lt=settled).filter(
        ~Exists(asked.filter(Q(ended_at=None) | Q(ended_at__gte=OuterRef("status_since"))))
    )
    return rows.select_related("customer", "owner")


def _called_unasked(settled: datetime) -> QuerySet[Occurrence]:
    """Occurrences that need a window, whose first stage has fired, and of which nobody was asked for it."""
    kind = ContentType.objects.get_for_model(Occurrence)
    asked = Ask.objects.filter(about_type=kind, about_id=OuterRef("pk"), what="window")
    fired = Obligation.objects.filter(
        kind="reminders.maintenance",
        subject_type=kind,
        subject_id=OuterRef("pk"),
        state=Obligation.State.FIRED,
        settled_at__lt=settled,
    )
    asking = {whose: _asking(one) for whose, one in ladders.whose(What.MAINTENANCE).items()}
    house = asking.pop(None, ())
    begun = ~Q(plan__contract__in=asking.keys()) & Q(Exists(fired.filter(stage__in=house)))
    for stages in set(asking.values()):
        of = [contract for contract, own in asking.items() if own == stages]
        begun |= Q(plan__contract__in=of) & Q(Exists(fired.filter(stage__in=stages)))
    rows = Occurrence.objects.unfinished().filter(
        plan__needs_window=True, window_agreed_at=None, ticket__isnull=False
    )
    found = rows.filter(begun, ~Exists(asked))
    return found.select_related("plan", "customer", "site", "asset__model", "asset__place", "ticket__owner")


def _asking(ladder: Standing) -> tuple[str, ...]:
    """The stages that ask for a window."""
    return tuple(one.name for one in ladder.steps if one.asks == Asks.WINDOW)


def must_be_decided(ask: Ask) -> bool:
    """Whether the silence about a question has come so far that a decision ends it."""
    about = {"about_type": ContentType.objects.get_for_model(Ask), "about_id": ask.pk}
    return Promise.objects.open().filter(needs_decision=True, **about).exists()
