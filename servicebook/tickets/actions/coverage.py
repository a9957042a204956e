"""What covers a ticket, asked again; and extra work with the customer's word."""

import secrets
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.contracts.models import ExtraService
from servicebook.contracts.rules import prices
from servicebook.contracts.rules.terms import COUNTED, FOUND, PriceLine, Rate, Service
from servicebook.contracts.terms import terms_of
from servicebook.core import clock, preferences
from servicebook.tickets import wording
from servicebook.tickets.actions import _deciding, _sharing
from servicebook.tickets.actions._base import NotValid, locked, write
from servicebook.tickets.actions._sharing import Share
from servicebook.tickets.models import Charge, Consent, CoverageDecision, Ticket

USED = frozenset({Service.VISIT, Service.DIAGNOSTIC, Service.PARTS})
_ANSWERED_FOR = gettext_lazy("%(name)s answers for it: the customer had not agreed.")


@transaction.atomic
def decide_again(ticket_id: int, *, by: User) -> Ticket:
    """Decide what covers the ticket by what is known now, for the moment in which it was opened.

    The current decision stays where nothing changed; the clocks follow a new one.
    """
    ticket = locked(ticket_id)
    write(ticket, **_deciding.again(ticket, by=by))
    _sharing.settle(ticket, by=by)
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def found(
    ticket_id: int,
    *,
    by: User,
    signs: Collection[str] = (),
    component: str = "",
    consumable: bool | None = None,
) -> Ticket:
    """Keep what was found on the unit, and decide again by it (S0.20).

    Args:
        signs: of `contracts.rules.terms.FOUND`; they take the place of those known before.
        component: what failed, where a part of the unit has a warranty of its own.
        consumable: whether the parts needed are consumables; None while nobody knows.

    Raises:
        NotValid: no such sign.
    """
    ticket = locked(ticket_id)
    if set(signs) - set(FOUND):
        text = _("Choose of: %(signs)s.") % {"signs": ", ".join(FOUND)}
        raise NotValid(text, fields={"signs": text})
    told: dict[str, Any] = {
        "signs": sorted(set(signs)),
        "component": component.strip()[:80],
        "consumable": consumable,
    }
    was, ticket.circumstances = ticket.circumstances, {**ticket.circumstances, **told}
    if ticket.circumstances == was:
        return ticket
    journal.record("ticket.found", ticket, by=by, **told)
    write(ticket, circumstances=ticket.circumstances, **_deciding.again(ticket, by=by))
    _sharing.settle(ticket, by=by)
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def use_contract(
    ticket_id: int,
    *,
    service: str,
    amount: Decimal,
    by: User,
    note: str = "",
    worked_on: date | None = None,
    source: str = "",
) -> Share:
    """Keep a visit, a diagnostic or parts: drawn from what covers the ticket, the rest is billed.

    Args:
        amount: trips, diagnostics, or the price of the parts.
        worked_on: the day, in the zone of the house; today if None.
        source: the cause; the same one moves nothing a second time.

    Raises:
        NotValid: time is logged as time, and while something must be known nothing is drawn.
    """
    ticket = locked(ticket_id)
    wrong = {}
    if service not in USED:
        wrong["service"] = _("Choose a visit, a diagnostic or parts. Time is logged as time.")
    if amount <= 0:
        wrong["amount"] = _("Say how much: more than nothing.")
    elif service in COUNTED and amount != int(amount):
        wrong["amount"] = _("Visits and diagnostics are counted whole.")
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)
    day = worked_on or clock.today(ZoneInfo(settings.TIME_ZONE))
    share = _sharing.share(
        ticket,
        Service(service),
        amount,
        on=day,
        outside=_sharing.is_outside(ticket),
        key=f"use-{ticket.pk}-{source or secrets.token_hex(8)}",
        by=by,
        note=note.strip(),
    )
    if share is None:
        text = _("Nobody can say yet what covers it. Say first what was found, or which unit it is.")
        raise NotValid(text, fields={"service": text})
    journal.record(
        "ticket.contract_used",
        ticket,
        by=by,
        service=service,
        covered=str(share.covered),
        billed=str(share.billed),
        note=note.strip(),
    )
    agenda.refresh(ticket)
    return share


@transaction.atomic
def add_extra(
    ticket_id: int,
    *,
    extra: ExtraService,
    quantity: Decimal,
    by: User,
    note: str = "",
    without_consent: bool = False,
    source: str = "",
) -> Charge:
    """Bill a line of the rate card (S0.21), at the rate of the contract where it has one for the line.

    Args:
        quantity: visits, diagnostics, minutes of work; for parts their price.
        without_consent: whoever adds it answers for it.
        source: the cause; the same one is billed once.

    Raises:
        NotValid: nothing is billed without the customer's recorded word, or somebody who answers for it.
    """
    ticket = locked(ticket_id)
    consented = Consent.objects.filter(ticket=ticket).exists()
    wrong = {}
    if quantity <= 0:
        wrong["quantity"] = _("Say how much: more than nothing.")
    if not extra.active:
        wrong["extra"] = _("This line is out of use. Choose another.")
    if not consented and not without_consent:
        wrong["without_consent"] = _("Record the customer's consent first, or say that you answer for it.")
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)
    source = source or f"extra-{secrets.token_hex(8)}"
    known = Charge.objects.filter(ticket=ticket, source=source).first()
    if known:
        return known
    line = _priced(ticket, extra, quantity)
    said = [note.strip() or extra.name]
    if not consented:
        said.append(wording.in_house(_ANSWERED_FOR) % {"name": by.name})
    charge = Charge.objects.create(
        ticket=ticket,
        contract_id=ticket.contract_id,
        service=extra.service,
        extra=extra,
        quantity=quantity,
        unit_price=line.unit_price,
        amount=line.amount or 0,
        currency=line.currency,
        because=" · ".join(said)[:250],
        source=source,
        at=clock.now(),
        by=by,
    )
    _sharing.tell(charge, by=by)
    agenda.refresh(ticket)
    return charge


@transaction.atomic
def drop_charge(charge_id: int, *, because: str, by: User) -> Charge:
    """Take a charge off the bill, for a reason; it stays in the book. A second time changes nothing.

    Raises:
        NotValid: no reason is given.
    """
    ticket_id = Charge.objects.values_list("ticket", flat=True).get(pk=charge_id)
    ticket = locked(ticket_id)
    charge = Charge.objects.get(pk=charge_id)
    if not because.strip():
        text = _("Say why it is not billed.")
        raise NotValid(text, fields={"because": text})
    if charge.dropped_at is None:
        charge.dropped_at, charge.dropped_because = clock.now(), because.strip()[:200]
        charge.save(update_fields=["dropped_at", "dropped_because"])
        journal.record(
            "ticket.charge_dropped",
            ticket,
            by=by,
            because=charge.dropped_because,
            service=charge.service,
            amount=str(charge.amount),
            currency=charge.currency,
        )
    return charge


@transaction.atomic
def record_consent(
    ticket_id: int, *, what: str, how: str, who: str, by: User, amount: Decimal | None = None
) -> Consent:
    """Keep the customer's word that extra work may be done, before it is done.

    Args:
        amount: up to how much; None: no limit was said.

    Raises:
        NotValid: it is not said what was agreed, by whom, or how.
    """
    ticket = locked(ticket_id)
    wrong = {}
    if not what.strip():
        wrong["what"] = _("Say what was agreed.")
    if not who.strip():
        wrong["who"] = _("Say who agreed.")
    if how not in Ticket.Agreement.values:
        wrong["how"] = _("Choose how it was agreed.")
    if amount is not None and amount < 0:
        wrong["amount"] = _("Give an amount, or leave it empty.")
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)
    consent = Consent.objects.create(
        ticket=ticket,
        what=what.strip()[:250],
        amount=amount,
        currency=ticket.customer.currency or preferences.current().currency,
        how=how,
        who=who.strip()[:120],
        at=clock.now(),
        recorded_by=by,
    )
    journal.record("ticket.consented", ticket, by=by, what=consent.what, who=consent.who)
    return consent


def _priced(ticket: Ticket, extra: ExtraService, quantity: Decimal) -> PriceLine:
    """The price by the contract's own rate for the line, else by the rate card."""
    current = CoverageDecision.objects.filter(ticket=ticket, current=True)
    version = current.values_list("version", flat=True).first()
    if version:
        terms = terms_of(version)
        for rate in terms.rates:
            if rate.extra == extra.pk:
                return prices.price(rate, terms.currency, quantity)
    return prices.price(Rate(Service(extra.service), extra.price, extra.pk), extra.currency, quantity)
