"""Promises: one owner, one date, kept or dropped for a reason (S0.4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock, inserts
from servicebook.core.errors import Refused
from servicebook.customers.models import Customer, Decision, Promise
from servicebook.customers.saving import wrong

if TYPE_CHECKING:
    from django.db.models import Model

LONGEST = 200  # characters of what, why and because
FURTHEST = timedelta(days=3653)
_WAS_KEPT = gettext_lazy("it was kept")
_HAS_ANOTHER_DATE = gettext_lazy("it has another date")


class PromiseSettled(Refused):
    """It was kept or dropped before."""

    code = "promise_settled"


class NeedsDecision(Refused):
    """A customer kept silent: it is finished with a decision about the matter, not with a tick."""

    code = "needs_decision"


@dataclass(frozen=True)
class NewPromise:
    """A next step that the program asks for. See `make_promise`."""

    text: str
    owner: User
    due_at: datetime
    customer: Customer
    about: "Model"
    why: str = ""
    sensitive: bool = False
    source: str = ""
    needs_decision: bool = False


@transaction.atomic
def make_promise(
    *,
    text: str,
    owner: User,
    due_at: datetime,
    customer: Customer,
    by: User | None,
    about: "Model | None" = None,
    why: str = "",
    sensitive: bool = False,
    source: str = "",
    needs_decision: bool = False,
) -> Promise:
    """Write down what `owner` will do for `customer` until `due_at` (aware).

    Args:
        about: the ticket, unit, contact… that it is about; the customer if None.
        why: why now, for the owner's Today page.
        sensitive: it names what only its owner and the leads may see.
        source: the rule that asked for it ("reminders.renewal"); empty when a person promised.
        needs_decision: it can only be kept with a decision.

    Raises:
        Refused: with `fields`: no text, a moment that has passed, or an owner who left.
    """
    now = clock.now()
    text = _short(text, "text", _("Say what was promised, such as “Call back about the offer”."))
    _check_owner(owner)
    _check_due(due_at, now)
    promise = Promise(
        text=text,
        why=" ".join(why.split())[:LONGEST],
        owner=owner,
        due_at=due_at,
        customer=customer,
        sensitive=sensitive,
        source=source,
        needs_decision=needs_decision,
        made_at=now,
        made_by=by,
    )
    if about is not None:
        promise.about_type = ContentType.objects.get_for_model(about)
        promise.about_id = about.pk
    promise.save(force_insert=True)
    journal.record("promise.made", promise, by=by, text=text, owner=owner.name, due=due_at, why=promise.why)
    agenda.refresh(promise, new=True)
    return promise


@transaction.atomic
def make_promises(many: Sequence[NewPromise]) -> list[Promise]:
    """Write down many next steps of the program with a fixed number of statements per 500.

    Each has what `make_promise` asks for: the caller answers for owners who are here and days ahead.
    """
    now = clock.now()
    rows = [
        Promise(
            text=_cut(one.text),
            why=_cut(one.why),
            owner=one.owner,
            due_at=one.due_at,
            customer=one.customer,
            about_type=ContentType.objects.get_for_model(one.about),
            about_id=one.about.pk,
            sensitive=one.sensitive,
            source=one.source,
            needs_decision=one.needs_decision,
            made_at=now,
        )
        for one in many
    ]
    Promise.objects.bulk_create(rows, batch_size=inserts.AT_ONCE)
    journal.record_many(
        journal.Happening(
            "promise.made",
            row,
            {"text": row.text, "owner": row.owner.name, "due": row.due_at, "why": row.why},
        )
        for row in rows
    )
    agenda.refresh_many(rows, new=True)
    return rows


@transaction.atomic
def keep_promise(promise_id: int, *, by: User | None, decision: str = "") -> Promise:
    """Mark it kept. A second time changes nothing.

    Args:
        decision: a `Decision`, of one that needs it.

    Raises:
        PromiseSettled: it was dropped.
        NeedsDecision: it is finished with a decision, and none was given.
    """
    promise = Promise.objects.select_for_update().get(pk=promise_id)
    if promise.kept_at:
        return promise
    _open(promise)
    if promise.needs_decision and not decision:
        raise NeedsDecision(_undecided())
    promise.kept_at, promise.decision = clock.now(), decision
    promise.save(update_fields=["kept_at", "decision"])
    journal.record("promise.kept", promise, by=by, text=promise.text, due=promise.due_at)
    agenda.refresh(promise)
    _nobody_looks_after(promise, _WAS_KEPT)
    return promise


@transaction.atomic
def drop_promise(promise_id: int, *, because: str, by: User | None) -> Promise:
    """Give it up for a reason.

    Raises:
        Refused: no reason is given, or it was settled before.
        NeedsDecision: a person wants to drop what ends with a decision.
    """
    promise = Promise.objects.select_for_update().get(pk=promise_id)
    _open(promise)
    if promise.needs_decision and by is not None:
        raise NeedsDecision(_undecided())
    promise.dropped_because = _short(because, "because", _("Say why the promise is dropped."))
    promise.dropped_at = clock.now()
    promise.save(update_fields=["dropped_at", "dropped_because"])
    journal.record("promise.dropped", promise, by=by, text=promise.text, because=promise.dropped_because)
    agenda.refresh(promise)
    _nobody_looks_after(promise, promise.dropped_because)
    return promise


@transaction.atomic
def drop_next_steps(about: "Model", *, because: str, source: str = "") -> None:
    """Drop what the program asked for about a thing, now that somebody saw to it.

    What people promised stays: they keep it or drop it.

    Args:
        source: only what this rule asked for.
    """
    kind = ContentType.objects.get_for_model(about)
    steps = Promise.objects.open().filter(about_type=kind, about_id=about.pk, made_by=None)
    for promise in steps.filter(source=source) if source else steps:
        drop_promise(promise.pk, because=because, by=None)


@transaction.atomic
def drop_steps_of(source: str, model: "type[Model]", ids: Collection[int], *, because: str) -> None:
    """Drop what a rule asked for about many things of one model, with a fixed number of statements."""
    kind = ContentType.objects.get_for_model(model)
    steps = Promise.objects.open().filter(about_type=kind, about_id__in=ids, source=source, made_by=None)
    _drop_all(steps, _cut(because))


def _drop_all(steps: QuerySet[Promise], because: str) -> None:
    """Drop steps, and those that look after one of them because it was late."""
    rows = list(steps.select_for_update().order_by("pk"))
    if not rows:
        return
    now = clock.now()
    for row in rows:
        row.dropped_at, row.dropped_because = now, because
    Promise.objects.filter(pk__in=[row.pk for row in rows]).update(dropped_at=now, dropped_because=because)
    journal.record_many(
        journal.Happening("promise.dropped", row, {"text": row.text, "because": because}) for row in rows
    )
    agenda.refresh_many(rows)
    kind = ContentType.objects.get_for_model(Promise)
    after = Promise.objects.open().filter(about_type=kind, about_id__in=[row.pk for row in rows])
    _drop_all(after.filter(made_by=None), because)


def _nobody_looks_after(promise: Promise, because: str | LazyText) -> None:
    """It is not late any more: the steps about that end with it."""
    with translation.override(settings.LANGUAGE_CODE):
        drop_next_steps(promise, because=str(because))


def hide_promises(about: "Model", *, sensitive: bool) -> None:
    """Show what was promised about a thing to its owners and the leads only, or to everybody again."""
    kind = ContentType.objects.get_for_model(about)
    Promise.objects.filter(about_type=kind, about_id=about.pk).update(sensitive=sensitive)


@transaction.atomic
def move_promise(promise_id: int, *, due_at: datetime, by: User | None, because: str = "") -> Promise:
    """Give it another date. Its obligation moves with it, and it can turn overdue again.

    Raises:
        Refused: the moment has passed, or it was settled before.
        NeedsDecision: a person wants to put off what ends with a decision, of which one is to reschedule.
    """
    promise = Promise.objects.select_for_update().get(pk=promise_id)
    _open(promise)
    if promise.due_at == due_at:
        return promise
    if promise.needs_decision and by is not None:
        raise NeedsDecision(_undecided())
    _check_due(due_at, clock.now())
    before, promise.due_at = promise.due_at, due_at
    promise.save(update_fields=["due_at"])
    because = " ".join(because.split())[:LONGEST]
    journal.record(
        "promise.moved", promise, by=by, text=promise.text, before=before, after=due_at, because=because
    )
    agenda.refresh(promise)
    _nobody_looks_after(promise, _HAS_ANOTHER_DATE)
    return promise


@transaction.atomic
def hand_promise(promise_id: int, *, to: User, by: User | None) -> Promise:
    """Give it to another owner."""
    promise = Promise.objects.select_for_update().get(pk=promise_id)
    _open(promise)
    if promise.owner_id == to.pk:
        return promise
    _check_owner(to)
    before, promise.owner = promise.owner.name, to
    promise.save(update_fields=["owner"])
    journal.record("promise.handed", promise, by=by, text=promise.text, before=before, after=to.name)
    agenda.refresh(promise)
    return promise


def _open(promise: Promise) -> None:
    if promise.kept_at:
        raise PromiseSettled(_("This promise was kept already. Make a new one if more is to be done."))
    if promise.dropped_at:
        raise PromiseSettled(_("This promise was dropped. Make a new one if it stands again."))


def _undecided() -> str:
    choices = ", ".join(str(one.label) for one in Decision)
    return _(
        "The customer did not react, so this ends with a decision: %(choices)s. Take it on its page."
    ) % {"choices": choices}


def _cut(text: str) -> str:
    return " ".join(text.split())[:LONGEST]


def _check_owner(owner: User) -> None:
    if not owner.is_active:
        raise wrong(
            owner=_("%(name)s does not work here any more. Choose somebody who does.") % {"name": owner.name}
        )


def _check_due(due_at: datetime, now: datetime) -> None:
    if due_at.tzinfo is None:
        raise ValueError(f"a promise needs an aware moment, not {due_at!r}")
    if due_at <= now:
        raise wrong(due_at=_("This moment has passed. Choose one that is still to come."))
    if due_at > now + FURTHEST:  # from the last days of all no stage is counted on
        raise wrong(due_at=_("This is more than ten years away. Give an earlier day."))


def _short(text: str, name: str, missing: str) -> str:
    """One line of at most LONGEST characters."""
    line = " ".join(text.split())
    if not line:
        raise wrong(**{name: missing})
    if len(line) > LONGEST:
        most = {"most": LONGEST}
        raise wrong(**{name: _("At most %(most)s characters fit. Put the rest into the notes.") % most})
    return line
