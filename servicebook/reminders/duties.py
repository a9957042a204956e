"""What is owed because of a ladder, and what is owed at once when a customer reacted or a rule changed."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from servicebook import journal
from servicebook.agenda import AGAIN, LAPSED, Due, Many, duty
from servicebook.agenda.models import Lane
from servicebook.contracts.models import Contract
from servicebook.core import clock
from servicebook.customers.models import Contact, Customer, Region, Site
from servicebook.maintenance.duties.scope import Moved, changes_of
from servicebook.maintenance.models import Occurrence
from servicebook.messaging.models import Delivery
from servicebook.reminders import firing, ladders, passing_on, wording
from servicebook.reminders.actions import appointments, following, leaving, moving_places, settling, unheard
from servicebook.reminders.kinds import KINDS, Kind
from servicebook.reminders.kinds.base import key
from servicebook.reminders.models import Ladder
from servicebook.tickets.models import Ticket

PLACE = "place_changed"  # what is read for a place: its last change
MARK = "asked_out_of_step"  # what is read for a subject: its newest entry, while something is to be settled
# By then every process has read the changed rule, and nothing is armed by the old one.
RULE_IS_KNOWN_AFTER = timedelta(seconds=10)


class StageIsDue(Many):
    """A stage of a ladder: announced once, moved with its date, cancelled with its reason."""

    kind: Kind[Any]

    def owed(self, subject: Any) -> Iterator[Due]:
        return self.kind.owed(subject, now=clock.now())

    def stage_title(self, name: str) -> str:
        """Say when a stage is: "14 days before"."""
        ladder = ladders.in_force(self.kind.what)
        step = ladder.step(name) if ladder else None
        return wording.when(step) if step else ""

    def fire_many(self, fired: Sequence[tuple[Any, Due]], *, at: datetime) -> Mapping[int, object]:
        by_id = self.kind.read([subject.pk for subject, _due in fired])
        acts = firing.acts_of(self.kind, fired, at=at, by_id=by_id)
        firing.carry_out(acts, at=at)
        return dict.fromkeys(firing.lapsed(fired, acts), LAPSED)


for what, kind in KINDS.items():
    declared = type(f"{kind.__class__.__name__}IsDue", (StageIsDue,), {"kind": kind})
    duty(
        kind.name,
        subject=kind.subject,
        title=what.label,
        gather=kind.gather,
        in_order=True,
        needs=kind.needs,
    )(declared)


class Settles:
    """At once: what a customer was asked is brought in line with how the thing stands now."""

    def owed(self, subject: Any) -> Iterator[Due]:
        latest = getattr(subject, MARK, None)
        if latest is not None:
            yield Due(at=latest.at, occurrence=str(latest.entry))

    def fire(self, subject: Any, due: Due, *, at: datetime) -> None:
        settling.settle(subject)


def _marks(
    model: type[Model], wrong: Callable[[Sequence[Any]], Collection[int]], mark: str = MARK
) -> Callable[[Sequence[Any]], None]:
    """Write on each subject, as `mark`, its newest entry while something is out of step, else nothing."""

    def gather(subjects: Sequence[Any]) -> None:
        latest: Mapping[int, journal.Latest] = journal.latest(model, wrong(subjects))
        for one in subjects:
            setattr(one, mark, latest.get(one.pk))

    return gather


_SETTLED: Mapping[type[Model], Callable[[Sequence[Any]], Collection[int]]] = {
    Occurrence: settling.occurrences_out_of_step,
    Ticket: settling.tickets_out_of_step,
    Contract: settling.contracts_out_of_step,
}
for model, wrong in _SETTLED.items():
    duty(
        f"reminders.asks_of_{model._meta.model_name}",
        subject=model,
        lane=Lane.AT_ONCE,
        title=_("Follow what the customer was asked"),
        gather=_marks(model, wrong),
    )(type(f"SettlesAsksOf{model.__name__}", (Settles,), {}))


VISIT_MARK = "visit_not_told"


@duty(
    "reminders.visit_told",
    subject=Occurrence,
    lane=Lane.AT_ONCE,
    title=_("Tell the customer how their visit stands"),
    gather=_marks(Occurrence, appointments.out_of_step, VISIT_MARK),
)
class VisitTold:
    """The customer learns which window was taken, and that it moved or fell, unless they did it."""

    def owed(self, one: Occurrence) -> Iterator[Due]:
        latest = getattr(one, VISIT_MARK, None)
        if latest is not None:
            change = appointments.change_of(one)
            wait = appointments.GRACE if change == "moved" else timedelta()
            yield Due(at=latest.at + wait, occurrence=f"{latest.entry}-{change}")

    def fire(self, one: Occurrence, due: Due, *, at: datetime) -> None:
        appointments.tell_customer(one.pk, change=due.occurrence.partition("-")[2])


@duty(
    "reminders.never_asked",
    subject=Delivery,
    lane=Lane.AT_ONCE,
    title=_("Wait for no answer of who was not written to"),
    gather=unheard.look,
)
class NeverAsked:
    """Who unsubscribed before the message went out owes no answer."""

    def owed(self, row: Delivery) -> Iterator[Due]:
        if getattr(row, unheard.MARK, None) and row.settled_at:
            yield Due(at=row.settled_at, occurrence="")

    def fire(self, row: Delivery, due: Due, *, at: datetime) -> None:
        unheard.withdraw(row)


@duty(
    "reminders.asked_in_vain",
    subject=Contact,
    lane=Lane.AT_ONCE,
    title=_("Ask somebody else, because a message came back"),
    gather=passing_on.look,
)
class AskedInVain:
    """A question that went to a dead address is asked of the next at the customer (S0.36)."""

    def owed(self, contact: Contact) -> Iterator[Due]:
        found: Sequence[passing_on.InVain] = getattr(contact, passing_on.MARK, ())
        for dead in {one.dead for one in found}:
            yield Due(at=dead.since, occurrence=str(dead.pk))

    def fire(self, contact: Contact, due: Due, *, at: datetime) -> None:
        passing_on.pass_on(contact, at=at)


class FollowsPlace(Moved):
    """A zone or a region that was changed moves what stands on the agenda for that place, once."""

    mark, wait = PLACE, RULE_IS_KNOWN_AFTER

    def fire(self, place: Any, due: Due, *, at: datetime) -> object:
        return AGAIN if moving_places.follow(place, change=due.occurrence) else None


@duty("reminders.ladder_changed", subject=Ladder, lane=Lane.BULK, title=_("Follow a changed reminder rule"))
class LadderChanged:
    """What stands on the agenda follows when a rule was changed, switched on or off."""

    def owed(self, ladder: Ladder) -> Iterator[Due]:
        if ladder.followed != ladder.changed_at:
            yield Due(at=ladder.changed_at + RULE_IS_KNOWN_AFTER, occurrence=key(ladder.changed_at))

    def fire(self, ladder: Ladder, due: Due, *, at: datetime) -> object:
        return AGAIN if following.follow(ladder.pk) else None


# Where a customer is says which ladder counts and when its day begins.
_PLACES: Mapping[type[Model], tuple[str, tuple[str, ...]]] = {
    Region: ("region.changed", ("parent", "time_zone")),
    Customer: ("customer.changed", ("region",)),
    Site: ("site.changed", ("region", "time_zone")),
}
for place, (verb, names) in _PLACES.items():
    duty(
        f"reminders.follow_{place._meta.model_name}",
        subject=place,
        lane=Lane.BULK,
        title=_("Follow where a customer is"),
        gather=changes_of(verb, *names, mark=PLACE),
    )(type(f"Follow{place.__name__}", (FollowsPlace,), {}))


__all__ = ["LadderChanged", "Settles", "StageIsDue", "leaving"]
