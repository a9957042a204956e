"""What the next days bring: every next step and message of the ladders, before they are switched on.

It goes through the same functions as firing does (stage, people, words) and writes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from servicebook.accounts.models import User
from servicebook.agenda import Due
from servicebook.agenda.models import Obligation
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import State
from servicebook.core import clock, related
from servicebook.customers.models import Contact, Customer
from servicebook.customers.queries import zone_of
from servicebook.maintenance.models import Occurrence, Plan
from servicebook.messaging import bundling, receivers, texts
from servicebook.reminders import firing, ladders, visits
from servicebook.reminders.firing import Act
from servicebook.reminders.kinds import KINDS, Kind, Matter
from servicebook.reminders.kinds.maintenance import Maintenance, Parts
from servicebook.reminders.ladders import Standing
from servicebook.reminders.models import Ours, What
from servicebook.reminders.people import of_ours
from servicebook.reminders.rules.ladders import Step

AHEAD = timedelta(days=30)
MOST = 500  # stages that a rehearsal shows
AT_A_TIME = 500  # subjects that are read at once


@dataclass(frozen=True)
class Message:
    """One message as it would go out: to whom, over which channel, with which words.

    `because` says why it cannot go out as things are; empty when it can.
    """

    to: Contact | User
    channel: str
    address: str
    subject_line: str
    body: str
    because: str = ""


@dataclass(frozen=True)
class Coming:
    """One stage that is to come, with what it does; without a stage: a ticket that is made then.

    Attributes:
        rung: the stage with its offset, for who says it in words.
        asks: what the customer is asked to do, empty when nobody is asked.
        url: where the thing stands.
    """

    at: datetime
    what: What
    stage: str
    customer: Customer
    title: str
    step: str
    owner: User
    messages: Sequence[Message]
    asks: str = ""
    rung: Step | None = None
    url: str = ""

    @property
    def asks_nobody(self) -> bool:
        """Whether the customer is to be asked, and has nobody who could be."""
        return bool(self.asks) and not any(isinstance(one.to, Contact) for one in self.messages)


@dataclass(frozen=True)
class _Asked:
    """What a rehearsal is about."""

    region: int | None
    contract: Contract | None
    plan: Plan | None
    now: datetime
    until: datetime
    ladder: Standing | None = None

    @property
    def contract_id(self) -> int | None:
        return self.contract.pk if self.contract else None

    @property
    def draft(self) -> Contract | None:
        """The contract as if it were in force, when it is not yet."""
        if self.contract is None or self.contract.state != State.DRAFT:
            return None
        pretended = copy(self.contract)
        pretended.state = State.ACTIVE
        return pretended

    def is_there(self, region: int | None) -> bool:
        return self.region is None or ladders.is_in(region, self.region)


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
    contract: Contract | None = None,
    plan: Plan | None = None,
    days: int = AHEAD.days,
) -> Rehearsal:
    """Return what ladders bring within `days`, as if this ladder, contract or plan were switched on already.

    Args:
        what: only this kind of ladder; all of them if empty.
        ladder: one that is not in force (`ladders.standing`); only what itself brings.
        region: only there and below: a pilot.
        contract: only of this contract, which may be a draft; its plans that are drafts count too then.
        plan: only the tickets and stages of this plan, which need not be active.
    """
    now = clock.now()
    asked = _Asked(region, contract, plan, now, now + timedelta(days=days), ladder)
    with ladders.trying(ladder) if ladder else nullcontext():
        wanted = [KINDS[What(ladder.what if ladder else what)]] if ladder or what else list(KINDS.values())
        found: list[tuple[Kind[Any], Any, Due]] = []
        for kind in wanted:
            found += _due(kind, asked, most=MOST + 1)
        found.sort(key=lambda one: one[2].at)
        acts = _acts(found[:MOST])
        tickets: list[Coming] = []
        if of_visits := [one for one in wanted if isinstance(one, Maintenance | Parts)]:
            tickets, stages = _visits(of_visits, asked)
            acts += stages
        coming = sorted([*tickets, *_shown(acts)], key=lambda one: one.at)
    return Rehearsal(asked.until, coming[:MOST], more=len(found) > MOST or len(coming) > MOST)


def _visits(kinds: Sequence[Maintenance | Parts], asked: _Asked) -> tuple[list[Coming], list[Act]]:
    """The tickets that are made until then, and the stages of what is called then."""
    called = _to_call(asked)
    tickets: list[Coming] = []
    acts: list[Act] = []
    for kind in kinds:
        standing: list[tuple[Any, Matter, Step, datetime]] = []
        for one, called_at in called:
            kind.foresee(one)
            for matter in kind.of(one, zone_of(one.site, one.customer)):
                if not asked.is_there(matter.region):
                    continue
                if asked.ladder is None and isinstance(kind, Maintenance):
                    tickets.append(_ticket(kind, one, matter, called_at))
                standing += [
                    (one, matter, stage, max(at, called_at, asked.now))
                    for stage, at in _coming(kind, matter, asked, now=max(called_at, asked.now))
                    if at <= asked.until
                ]
        acts += firing.acts_for(kind, standing)
    return tickets, acts


def _ticket(kind: Maintenance, one: Occurrence, matter: Matter, called_at: datetime) -> Coming:
    case = kind.case(one, matter, at=called_at)
    owner = of_ours(Ours.OWNER, case.whose)
    return Coming(called_at, kind.what, "", one.customer, case.title, "", owner, (), url=case.url)


def _to_call(asked: _Asked) -> list[visits.Called]:
    if asked.draft is None:
        return visits.to_call(asked.plan, contract=asked.contract_id, until=asked.until, most=MOST)
    found: list[visits.Called] = []
    for plan in Plan.objects.filter(contract=asked.draft, state=Plan.State.DRAFT).order_by("pk"):
        plan.contract = asked.draft
        found += visits.to_call(plan, contract=None, until=asked.until, most=MOST)
    return sorted(found, key=lambda one: one[1])[:MOST]


def _due(kind: Kind[Any], asked: _Asked, *, most: int) -> list[tuple[Kind[Any], Any, Due]]:
    """The stages of a kind that are due until then; of many the soonest `most`."""
    found: list[tuple[Kind[Any], Any, Due]] = []
    for subjects in _subjects(kind, asked):
        kind.gather(subjects)
        fired = _fired(kind, subjects)
        for subject in subjects:
            for matter in kind.matters(subject):
                if asked.is_there(matter.region):
                    found += [
                        (kind, subject, Due(max(at, asked.now), matter.occurrence, stage.name))
                        for stage, at in _coming(kind, matter, asked, now=asked.now)
                        if at <= asked.until and (subject.pk, matter.occurrence, stage.name) not in fired
                    ]
        found = sorted(found, key=lambda one: one[2].at)[:most]
    return found


def _coming(kind: Kind[Any], matter: Matter, asked: _Asked, *, now: datetime) -> list[tuple[Step, datetime]]:
    """The stages of a matter; those of another ladder than the one that is tried are left out."""
    if asked.ladder is not None and kind.ladder(matter) is not asked.ladder:
        return []
    return kind.coming(matter, now=now)


def _subjects(kind: Kind[Any], asked: _Asked) -> Iterable[list[Any]]:
    draft = asked.draft
    if draft is not None:
        return [[draft]] if kind.subject is Contract else []
    rows = kind.near(kind.candidates(contract=asked.contract_id), now=asked.now, until=asked.until)
    if asked.plan is not None:
        if kind.subject is not Occurrence:
            return []
        rows = rows.filter(plan=asked.plan)
    return _in_parts(rows)


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
        subjects = list({subject.pk: subject for subject, _due in pairs}.values())
        if kind.related:
            related.fetch(subjects, *kind.related)
        acts += firing.acts_of(kind, pairs, by_id={one.pk: one for one in subjects})
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
            rung=act.stage,
            url=act.case.url,
        )
        for act in acts
    ]


def _messages(act: Act, found: dict[str, receivers.Receiver | None]) -> list[Message]:
    told = act.told_to_ours()
    if act.contact:
        told.append(act.told_to(act.contact, url=f"{settings.CONFIG.address}/a/…"))
    messages = []
    for one in told:
        receiver = found.get(receivers.ref(one.to))
        if receiver is None:
            continue
        choice = receiver.choice(one.channels)
        said = texts.written(one.text, to=receiver.person, facts=one.facts)
        body = said.body if choice.channel in bundling.LONG else said.short
        messages.append(
            Message(receiver.person, choice.channel, choice.address, said.subject_line, body, choice.because)
        )
    return messages
