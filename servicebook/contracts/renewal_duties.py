"""What a contract owes the future about going on: the legal notice, the next term, a new price.

That it ends is announced by the ladders of `reminders`.

The last day is the occurrence, so a moved end moves them, and what was fired for one end is fired anew
for another. A contract that was refused, cancelled or followed by another owes none of them.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import journal
from servicebook.agenda import Due, duty
from servicebook.contracts import amounts, queries, renewals
from servicebook.contracts.actions import prices
from servicebook.contracts.actions.refusals import RENEWABLE
from servicebook.contracts.actions.renewals import renew, succeed
from servicebook.contracts.models import LIVE, Contract, PriceChange
from servicebook.contracts.models.choices import State
from servicebook.contracts.rules import indexation, renewal
from servicebook.core import clock, related
from servicebook.core.errors import Refused
from servicebook.customers.actions import make_promise

NEXT_STEP_WITHIN = timedelta(days=3)  # of what has no date of its own
WHY_NOT_ASKED_WITHIN = timedelta(days=30)  # nobody remembers longer; imported contracts ended long ago
RELATED = ("customer", "owner", "successor", "predecessor")


def _read(contracts: Sequence[Contract]) -> None:
    related.fetch(contracts, "customer", "successor")


def _read_contracts(changes: Sequence[PriceChange]) -> None:
    related.fetch(changes, "contract__customer")


@duty(
    "contracts.legal_notice",
    subject=Contract,
    related=RELATED,
    title=gettext_lazy("Last days to refuse"),
    gather=_read,
)
class LegalNotice:
    """Before the legal notice date the owner is told that silence renews the contract (S0.12)."""

    def owed(self, contract: Contract) -> Iterator[Due]:
        if contract.renews_itself and renewals.is_open(contract):
            last = _last_day_to_refuse(contract)
            ahead = last - timedelta(days=renewal.DECIDE_AHEAD_DAYS)
            yield Due(at=renewal.morning_of(ahead, _zone(contract)), occurrence=last.isoformat())

    def fire(self, contract: Contract, due: Due, *, at: datetime) -> None:
        last = _last_day_to_refuse(contract)
        standing = _still_open(contract, due, last)
        if standing is None or not standing.renews_itself:
            return
        until = renewal.end_of(last, _zone(standing))
        if at >= until:
            return
        said = {"number": standing.number, "day": amounts.day(last)}
        text = _("Decide whether %(number)s goes on: it renews itself after %(day)s") % said
        _promise(standing, text, why=_("the last day to refuse is %(day)s") % said, until=until)
        journal.record("contract.notice_due", standing, at=at, last=last)


@duty(
    "contracts.renews_itself",
    subject=Contract,
    related=RELATED,
    title=gettext_lazy("Renews itself"),
    gather=_read,
)
class RenewsItself:
    """Once nobody can refuse any more, the next term is made and in force (S0.12)."""

    def owed(self, contract: Contract) -> Iterator[Due]:
        if contract.renews_itself and renewals.is_open(contract):
            over = renewal.end_of(_last_day_to_refuse(contract), _zone(contract))
            yield Due(at=over, occurrence=contract.ends_on.isoformat())

    def fire(self, contract: Contract, due: Due, *, at: datetime) -> None:
        standing = _still_open(contract, due, contract.ends_on)
        if standing is None or not standing.renews_itself:
            return
        offer = renewals.successor_of(standing)
        if offer is not None:
            text = _("Activate or cancel the offer %(offer)s: %(number)s renews itself, nobody refused")
            said = {"offer": offer.number, "number": standing.number}
            _promise(standing, text % said, why=_("the last day to refuse has passed"))
            return
        try:
            renew(standing.pk, by=None, in_force=True)
        except Refused as refused:
            text = _("Renew %(number)s by hand: it could not renew itself") % {"number": standing.number}
            _promise(standing, text, why=str(refused))
            journal.record("contract.not_renewed_itself", standing, at=at, because=str(refused))


@duty(
    "contracts.succession", subject=Contract, related=RELATED, title=gettext_lazy("Takes over"), gather=_read
)
class Succession:
    """On its first day a contract takes over from the one before it."""

    def owed(self, contract: Contract) -> Iterator[Due]:
        if contract.predecessor_id and contract.state in LIVE:
            begins = renewal.start_of(contract.starts_on, _zone(contract))
            yield Due(at=begins, occurrence=contract.starts_on.isoformat())

    def fire(self, contract: Contract, due: Due, *, at: datetime) -> None:
        if contract.predecessor_id and contract.starts_on.isoformat() == due.occurrence:
            succeed(contract.predecessor_id)


@duty(
    "contracts.price_window",
    subject=Contract,
    related=RELATED,
    title=gettext_lazy("Announce a new price"),
    gather=_read,
)
class PriceWindow:
    """While a yearly rise can still be announced in time, the owner is told to (S0.13)."""

    def owed(self, contract: Contract) -> Iterator[Due]:
        if not contract.index_percent or contract.state not in LIVE:
            return
        today = queries.today(contract.customer)
        for day in indexation.rise_days(contract.starts_on, contract.ends_on):
            in_time = today <= indexation.announce_by(day, contract.index_notice_days)
            if in_time and (day <= contract.ends_on or renewals.is_open(contract)):
                tell = renewal.morning_of(
                    indexation.tell_on(day, contract.index_notice_days), _zone(contract)
                )
                yield Due(at=tell, occurrence=day.isoformat())

    def fire(self, contract: Contract, due: Due, *, at: datetime) -> None:
        day = date.fromisoformat(due.occurrence)
        standing = _still(contract, due, day, LIVE)
        if standing is None or not standing.index_percent:
            return
        changes = renewals.prices_of(standing)
        if indexation.against(
            day,
            today=queries.today(standing.customer),
            notice_days=standing.index_notice_days,
            rises=renewals.rises_of(standing, changes),
            starts_on=standing.starts_on,
            ends_on=standing.ends_on,
        ):
            return
        new = renewals.preview(standing, standing.index_percent, changes)
        last = indexation.announce_by(day, standing.index_notice_days)
        said = {
            "number": standing.number,
            "price": amounts.money(new.after.amount, standing.currency),
            "day": amounts.day(day),
            "last": amounts.day(last),
        }
        text = _("Announce the new price of %(number)s: %(price)s from %(day)s") % said
        why = _("the last day to announce it is %(last)s") % said
        _promise(standing, text, why=why, until=renewal.end_of(last, _zone(standing)))
        journal.record("contract.price_window", standing, at=at, day=day, price=said["price"], last=last)


@duty(
    "contracts.why_not_renewed",
    subject=Contract,
    related=RELATED,
    title=gettext_lazy("Say why it ended"),
    gather=_read,
)
class WhyNotRenewed:
    """Of a contract that expired without a word, the owner says why it was not renewed (S0.66)."""

    def owed(self, contract: Contract) -> Iterator[Due]:
        if contract.state == State.EXPIRED and renewals.may_go_on(contract):
            morning = renewal.morning_of(contract.ends_on + timedelta(days=1), _zone(contract))
            yield Due(at=morning, occurrence=contract.ends_on.isoformat())

    def fire(self, contract: Contract, due: Due, *, at: datetime) -> None:
        standing = _still(contract, due, contract.ends_on, (State.EXPIRED,))
        if standing is None or not renewals.may_go_on(standing) or at > due.at + WHY_NOT_ASKED_WITHIN:
            return
        said = {"number": standing.number, "day": amounts.day(standing.ends_on)}
        text = _("Renew %(number)s, or say why it was not renewed") % said
        _promise(standing, text, why=_("it ended on %(day)s") % said)


@duty(
    "contracts.price_applies",
    subject=PriceChange,
    title=gettext_lazy("A new price holds"),
    gather=_read_contracts,
)
class PriceApplies:
    """An announced price comes into force on its day (S0.13)."""

    def owed(self, change: PriceChange) -> Iterator[Due]:
        if change.applied_at is None and change.withdrawn_at is None:
            yield Due(
                at=renewal.start_of(change.applies_on, _zone(change.contract)),
                occurrence=change.applies_on.isoformat(),
            )

    def fire(self, change: PriceChange, due: Due, *, at: datetime) -> None:
        prices.apply_price(change.pk)


def _still_open(contract: Contract, due: Due, day: date) -> Contract | None:
    standing = _still(contract, due, day, RENEWABLE)
    return standing if standing and renewals.may_go_on(standing) else None


def _still(contract: Contract, due: Due, day: date | None, states: tuple[str, ...]) -> Contract | None:
    """The contract as it is now, locked, if `due` still means `day` and its state is one of `states`."""
    if day is None or day.isoformat() != due.occurrence:
        return None
    rows = Contract.objects.select_for_update(of=("self",)).select_related("customer", "owner")
    standing = rows.get(pk=contract.pk)
    unchanged = (standing.starts_on, standing.ends_on, standing.review_on, standing.notice_days) == (
        contract.starts_on,
        contract.ends_on,
        contract.review_on,
        contract.notice_days,
    )
    return standing if unchanged and standing.state in states else None


def _zone(contract: Contract) -> str:
    return str(queries.zone(contract.customer))


def _last_day_to_refuse(contract: Contract) -> date:
    return renewal.last_day_to_refuse(contract.ends_on, contract.notice_days)


def _promise(contract: Contract, text: str, *, why: str, until: datetime | None = None) -> None:
    """Put it on the owner's Today page, with the contract behind it."""
    now = clock.now()
    make_promise(
        text=text[:200],
        why=why[:200],
        owner=queries.in_charge(contract),
        due_at=until if until and until > now else now + NEXT_STEP_WITHIN,
        customer=contract.customer,
        about=contract,
        sensitive=contract.sensitive,
        by=None,
    )
