"""What the next days bring: every next step and message of the ladders, before they are switched on.

It goes through the same functions as firing does (stage, people, words) and writes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from servicebook.accounts.models import User
from servicebook.agenda import Due
from servicebook.agenda.models import Obligation
from servicebook.core import clock
from servicebook.customers.models import Contact, Customer
from servicebook.customers.queries import zone_of
from servicebook.maintenance.models import Plan
from servicebook.messaging import receivers, texts
from servicebook.messaging.rules.ways import choose
from servicebook.reminders import firing, ladders, visits
from servicebook.reminders.firing import Act
from servicebook.reminders.kinds import KINDS, Kind, Matter
from servicebook.reminders.kinds.maintenance import Maintenance
from servicebook.reminders.ladders import Standing
from servicebook.reminders.models import Ours, What
from servicebook.reminders.people import of_ours
from servicebook.reminders.rules.ladders import Step

AHEAD = timedelta(days=30)
MOST = 500  # stages that a rehearsal shows
AT_A_TIME = 500  # subjects that are read at once
NOBODY = "nobody can be reached"


@dataclass(frozen=True)
class Message:
    """One message as it would go out: to whom, over which channel, with which words."""

    to: Contact | User
    channel: str
    address: str
    subject_line: str
    body: str


@dataclass(frozen=True)
class Coming:
    """One stage that is to come, with what it does; without a stage: a ticket that is made then."""

    at: datetime
    what: What
    stage: str
    customer: Customer
    title: str
    step: str
    owner: User
    messages: Sequence[Message]
    asks: str = ""


@dataclass(frozen=True)
class Rehearsal:
    """What the next days bring, in order of time. `more`: there is more than is shown."""

    until: datetime
    coming: Sequence[Coming]
    more: bool


def rehearse(
    *,
    what: str = "",
    ladder: Standing | None = None,
    region: int | None = None,
    contract: int | None = None,
    plan: Plan | None = None,
    days: int = AHEAD.days,
) -> Rehearsal:
    """Return what ladders bring within `days`, as if this ladder or plan were switched on already.

    Args:
        what: only this kind of ladder; all of them if empty.
        ladder: one that is not in force (`ladders.standing`); its kind is the only one.
        region: only there and below: a pilot.
        contract: only of this contract.
        plan: only the tickets and stages of this plan, which need not be active.
    """
    now = clock.now()
    until = now + timedelta(days=days)
    with ladders.trying(ladder) if ladder else nullcontext():
        wanted = [KINDS[What(ladder.what if ladder else what)]] if ladder or what else list(KINDS.values())
        found: list[tuple[Kind[Any], Any, Due]] = []
        for kind in wanted if plan is None else ():
            found += _due(kind, now, until, region, contract, most=MOST + 1)
        found.sort(key=lambda one: one[2].at)
        acts = _acts(found[:MOST])
        tickets: list[Coming] = []
        if KINDS[What.MAINTENANCE] in wanted:
            tickets, stages = _visits(plan, region, contract, now, until)
            acts += stages
        coming = sorted([*tickets, *_shown(acts)], key=lambda one: one.at)
    return Rehearsal(until, coming[:MOST], more=len(found) > MOST or len(coming) > MOST)


def _visits(
    plan: Plan | None, region: int | None, contract: int | None, now: datetime, until: datetime
) -> tuple[list[Coming], list[Act]]:
    """The tickets that are made until then, and the stages of what is called then."""
    tickets: list[Coming] = []
    standing: list[tuple[Any, Matter, Step, datetime]] = []
    kind = Maintenance()
    for one, called_at in visits.to_call(plan, contract=contract, until=until, most=MOST):
        zone = zone_of(one.site, one.customer)
        for matter in kind.of(one, zone):
            if region is not None and not ladders.is_in(matter.region, region):
                continue
            case = kind.case(one, matter, at=called_at)
            owner = of_ours(Ours.OWNER, case.whose)
            tickets.append(Coming(called_at, What.MAINTENANCE, "", one.customer, case.title, "", owner, ()))
            standing += [
                (one, matter, stage, max(at, called_at, now))
                for stage, at in kind.coming(matter, now=max(called_at, now))
                if at <= until
            ]
    return tickets, firing.acts_for(kind, standing)


def _due(
    kind: Kind[Any], now: datetime, until: datetime, region: int | None, contract: int | None, *, most: int
) -> list[tuple[Kind[Any], Any, Due]]:
    """The stages of a kind that are due until then; of many the soonest `most`."""
    found: list[tuple[Kind[Any], Any, Due]] = []
    for subjects in _in_parts(kind.candidates(contract=contract)):
        kind.gather(subjects)
        fired = _fired(kind, subjects)
        for subject in subjects:
            for matter in kind.matters(subject):
                if region is None or ladders.is_in(matter.region, region):
                    found += [
                        (kind, subject, Due(max(at, now), matter.occurrence, stage.name))
                        for stage, at in kind.coming(matter, now=now)
                        if at <= until and (subject.pk, matter.occurrence, stage.name) not in fired
                    ]
        found = sorted(found, key=lambda one: one[2].at)[:most]
    return found


def _fired(kind: Kind[Any], subjects: Sequence[Any]) -> set[tuple[int, str, str]]:
    """What was said already is not said again."""
    rows = Obligation.objects.filter(
        kind=kind.name,
        subject_type=ContentType.objects.get_for_model(kind.subject),
        subject_id__in=[one.pk for one in subjects],
        state=Obligation.State.FIRED,
    )
    return set(rows.values_list("subject_id", "occurrence", "stage"))


def _in_parts(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    last = 0
    while part := list(rows.filter(pk__gt=last).order_by("pk")[:AT_A_TIME]):
        yield part
        last = part[-1].pk


def _acts(found: Sequence[tuple[Kind[Any], Any, Due]]) -> list[Act]:
    """What the stages do, each in its own moment."""
    acts: list[Act] = []
    for kind in {one[0].what: one[0] for one in found}.values():
        pairs = [(subject, due) for other, subject, due in found if other is kind]
        rows = kind.subject._default_manager.filter(pk__in={subject.pk for subject, _due in pairs})
        by_id = {row.pk: row for row in (rows.select_related(*kind.related) if kind.related else rows)}
        acts += firing.acts_of(kind, pairs, by_id=by_id)
    return sorted(acts, key=lambda one: one.at)


def _shown(acts: Sequence[Act]) -> list[Coming]:
    people: list[Contact | User] = []
    for act in acts:
        people += [*act.hears, *([act.contact] if act.contact else [])]
    found = receivers.look_up(people) if people else {}
    return [
        Coming(
            at=act.at,
            what=act.kind.what,
            stage=act.stage.name,
            customer=act.case.customer,
            title=act.case.title,
            step=act.step.text if act.step else "",
            owner=act.owner,
            messages=_messages(act, found),
            asks=act.asks,
        )
        for act in acts
    ]


def _messages(act: Act, found: dict[str, receivers.Receiver | None]) -> list[Message]:
    told = act.told_to_ours()
    if act.contact:
        told.append(act.told_to(act.contact, url=f"{settings.CONFIG.origin}/a/…"))
    messages = []
    for one in told:
        receiver = found.get(receivers.ref(one.to))
        if receiver is None:
            continue
        choice = choose(receiver.ways, order=one.channels, nothing=NOBODY)
        said = texts.written(one.text, to=receiver.person, facts=one.facts)
        messages.append(
            Message(receiver.person, choice.channel, choice.address, said.subject_line, said.body)
        )
    return messages
