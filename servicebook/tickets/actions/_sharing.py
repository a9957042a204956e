"""Work on a ticket is split: a warranty or a contract covers it as far as it goes, the rest is billed."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.contracts import deciding
from servicebook.contracts import wording as contract_wording
from servicebook.contracts.actions import balances
from servicebook.contracts.models import BalanceEntry
from servicebook.contracts.rules import prices
from servicebook.contracts.rules.terms import Asked, Rate, Said, Service, ServiceDecision, Verdict
from servicebook.contracts.terms import terms_of
from servicebook.core import clock
from servicebook.customers.queries import zone_of
from servicebook.sla.queries import calendar
from servicebook.tickets import wording
from servicebook.tickets.actions._deciding import question_of
from servicebook.tickets.models import Charge, Consent, CoverageDecision, Ticket, TimeEntry

NOTHING = Decimal(0)
_EXTRA = Said("extra.by_a_sensitive_contract")
_NOBODY_AGREED = gettext_lazy("no consent was recorded")


@dataclass(frozen=True)
class Share:
    """How some work was split. `covered` + `billed` is all of it, in the unit of its service.

    Attributes:
        left: of the balance that was used last; None where there is none, or no end of it.
        charge: what is billed; None where nothing is, or no price is known.
    """

    covered: Decimal
    billed: Decimal
    left: Decimal | None = None
    charge: Charge | None = None

    @property
    def is_decided(self) -> bool:
        """False while something must be billed and no price is known."""
        return not self.billed or self.charge is not None


def share(
    ticket: Ticket,
    service: Service,
    amount: Decimal,
    *,
    on: date,
    outside: bool,
    key: str,
    by: User | None,
    note: str = "",
) -> Share | None:
    """Draw work from what covers the ticket, and bill the rest. The caller holds the ticket locked.

    Whoever draws locks the balance, so of two who need the last hour one gets it.

    Args:
        amount: above zero: trips, diagnostics, minutes, or money.
        on: the day of the work. `outside`: whether it was outside the service hours.
        key: its cause, such as "time-17"; a second time nothing moves.

    Returns:
        None while something must be known first.
    """
    drawn = _drawn(ticket, key)
    rest, left = amount - (drawn or NOTHING), None
    if not rest:
        return Share(amount, NOTHING)
    found = _decide(ticket, service, rest, on=on, outside=outside)
    if found.verdict is Verdict.UNKNOWN:
        return None
    if found.by == "warranty" and found.verdict is Verdict.COVERED:
        return Share(amount, NOTHING)
    because = found.because
    for draw in found.draws if drawn is None else ():
        used = balances.use(
            draw.contract,
            service,
            rest,
            version_id=draw.version,
            on=on,
            key=key,
            about=ticket,
            by=by,
            category=ticket.asset.model.category_id if ticket.asset else None,
            consumable=ticket.circumstances.get("consumable"),
            outside=draw.outside,
            factor=draw.factor,
        )
        rest, left = used.billed, used.left
        if not rest:
            return Share(amount, NOTHING, left)
    if rest != found.extra:
        # Somebody else took it between the decision and the lock: only now is it extra work.
        found = _decide(ticket, service, rest, on=on, outside=outside)
        because = found.because
    charge = _charge(ticket, found, rest, because=because, key=key, by=by, note=note)
    return Share(amount - rest, rest, left, charge)


def _drawn(ticket: Ticket, key: str) -> Decimal | None:
    """How much was drawn for this cause before; None when nothing was tried yet."""
    here = Ticket.objects.filter(Q(pk=ticket.pk) | Q(merged_into=ticket.pk)).values("pk")
    kind = ContentType.objects.get_for_model(Ticket)
    entries = BalanceEntry.objects.filter(about_type=kind, about_id__in=here, key=key)
    found: Decimal | None = entries.filter(kind=BalanceEntry.Kind.USE).aggregate(sum=Sum("work"))["sum"]
    return found


def settle(ticket: Ticket, *, by: User | None) -> None:
    """Split the time that nobody could split before something was known of the ticket."""
    for entry in TimeEntry.objects.filter(ticket=ticket, billed_minutes=None).exclude(service=""):
        of_time(ticket, entry, by=by)


def of_time(ticket: Ticket, entry: TimeEntry, *, by: User | None) -> None:
    """Split time that was worked; the entry says how much of it is billed, once that is known."""
    outside = is_outside(ticket, entry.logged_at) if entry.outside is None else entry.outside
    entry.share = share(
        ticket,
        Service(entry.service),
        Decimal(entry.minutes),
        on=entry.worked_on,
        outside=outside,
        key=f"time-{entry.pk}",
        by=by,
        note=entry.note,
    )
    if entry.share and entry.share.is_decided:
        entry.billed_minutes = round(entry.share.billed)
        TimeEntry.objects.filter(pk=entry.pk).update(billed_minutes=entry.billed_minutes)


def is_outside(ticket: Ticket, at: datetime | None = None) -> bool:
    """Whether a moment lies outside the service hours of the terms that the ticket runs under.

    Args:
        at: aware; now if None.
    """
    if ticket.contract_id is None:
        return False
    current = CoverageDecision.objects.filter(ticket=ticket, current=True)
    version = current.values_list("version", flat=True).first()
    hours = terms_of(version).hours if version else None
    return not calendar(hours, zone_of(ticket.site, ticket.customer)).is_open(at or clock.now())


def _decide(ticket: Ticket, service: Service, amount: Decimal, *, on: date, outside: bool) -> ServiceDecision:
    question = replace(question_of(ticket), asked=(Asked(service, amount),), on=on, outside=outside)
    answer = deciding.decide(question)
    (found,) = answer.decision.services
    # Whoever sees the ticket reads its charges, so they do not name what only some may see.
    return replace(found, because=_EXTRA) if answer.sensitive else found


def _charge(
    ticket: Ticket,
    found: ServiceDecision,
    quantity: Decimal,
    *,
    because: Said,
    key: str,
    by: User | None,
    note: str,
) -> Charge | None:
    if found.price is None:
        return None
    known = Charge.objects.filter(ticket=ticket, source=key).first()
    if known:
        return known
    rate = Rate(found.service, found.price.unit_price, found.price.extra)
    line = prices.price(rate, found.price.currency, quantity, factor=found.price.factor)
    said = [note, contract_wording.in_house(because)]
    if not Consent.objects.filter(ticket=ticket).exists():
        said.append(wording.in_house(_NOBODY_AGREED))
    charge = Charge.objects.create(
        ticket=ticket,
        contract_id=ticket.contract_id,
        service=found.service.value,
        extra_id=line.extra,
        quantity=quantity,
        unit_price=line.unit_price,
        factor=line.factor,
        amount=line.amount or NOTHING,
        currency=line.currency,
        because=" · ".join(filter(None, said))[:250],
        source=key,
        at=clock.now(),
        by=by,
    )
    tell(charge, by=by)
    return charge


def tell(charge: Charge, *, by: User | None) -> None:
    """Let the history say what is billed."""
    journal.record(
        "ticket.charged",
        charge.ticket,
        by=by,
        service=charge.service,
        quantity=str(charge.quantity),
        amount=str(charge.amount),
        currency=charge.currency,
        because=charge.because,
    )
