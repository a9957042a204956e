"""What a stage does when its moment comes: a next step, a question to the customer, words to ours.

`acts_of` says it and writes nothing, `carry_out` writes it: so a rehearsal shows what will happen.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Model
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.agenda import Due
from servicebook.customers.actions import NewPromise, drop_steps_of, make_promises
from servicebook.customers.models import Contact
from servicebook.customers.rules import phones
from servicebook.messaging import receivers
from servicebook.messaging.notices import Told, tell
from servicebook.messaging.receivers import Receiver
from servicebook.messaging.texts import text_of
from servicebook.reminders import links, people
from servicebook.reminders.actions import asking
from servicebook.reminders.actions.asking import NewAsk
from servicebook.reminders.kinds import Case, Kind, Matter
from servicebook.reminders.models import Ask, What
from servicebook.reminders.rules.filling import fill
from servicebook.reminders.rules.ladders import Step, after_quiet
from servicebook.tickets.models import Ticket

SHORTEST = timedelta(hours=1)  # of a next step whose matter ends at once


@dataclass(frozen=True)
class Act:
    """One stage of one matter, with the people that it means today.

    Attributes:
        owner: whose the next step is; `step`: what, none where the matter itself is the step.
        hears: who of the house is told.
        receiver: who at the customer is asked, with the ways there; `asks`: what, empty when nobody is.
    """

    kind: Kind[Any]
    subject: Model
    matter: Matter
    case: Case
    stage: Step
    at: datetime
    owner: User
    step: NewPromise | None
    hears: Sequence[User] = ()
    asks: str = ""
    receiver: Receiver | None = None

    @property
    def contact(self) -> Contact | None:
        return self.receiver.contact if self.receiver else None

    @property
    def key(self) -> str:
        """Names the stage in what is told, once and for all."""
        occurrence = "".join(one for one in self.matter.occurrence.lower() if one.isalnum())
        return f"reminder-{self.kind.what}-{self.subject.pk or 'new'}-{occurrence}-{self.stage.name.lower()}"

    def new_ask(self) -> NewAsk:
        case = self.case
        return NewAsk(
            what=self.asks,
            about=case.about,
            occurrence=self.matter.occurrence,
            customer=case.customer,
            contact=self.contact,
            contract=case.contract,
            owner=self.owner,
            sensitive=case.sensitive,
        )

    def facts(self, **more: Any) -> Mapping[str, Any]:
        """What the texts are made from."""
        case, site = self.case, self.case.site
        return {
            "zone": self.matter.zone,
            "owner_name": self.owner.name,
            "owner_phone": phones.shown(self.owner.phone),
            "customer": case.customer.name,
            "site": site.name if site else case.customer.name,
            "address": (site.address if site else "") or case.customer.address,
            "about": case.title,
            "step": self.step.text if self.step else case.title,
            "due": self.step.due_at if self.step else self.matter.anchor,
            "why": case.why,
            **case.facts,
            **more,
        }

    @property
    def not_before(self) -> datetime:
        """When it may go out: what is said late keeps the hours of rest, too."""
        ladder = self.kind.ladder(self.matter)
        return after_quiet(self.at, ladder.quiet if ladder else None, ZoneInfo(self.matter.zone))

    def told_to_ours(self) -> list[Told]:
        text = "escalation" if self.stage.needs_decision or self.kind.what == What.SILENCE else "step"
        url = settings.CONFIG.address + self.case.url
        facts = self.facts(link=url)
        return [
            Told(
                to=one,
                text=text,
                history=self.case.history,
                key=self.key,
                facts=facts,
                url=url,
                not_before=self.not_before,
            )
            for one in self.hears
        ]

    def told_to(self, contact: Contact, *, url: str) -> Told:
        """What the customer is told, with the link `url`."""
        return Told(
            to=contact,
            text=self.stage.text,
            history=self.case.history,
            key=self.key,
            facts=self.facts(link=url),
            url=url,
            channels=self.stage.channels,
            urgent=self.stage.urgent,
            not_before=self.not_before,
            zone=self.matter.zone,
            thread=history.number if isinstance(history := self.case.history, Ticket) else "",
        )

    def happened(self) -> journal.Happening:
        step = self.step
        facts = {
            "what": self.kind.what.value,
            "stage": self.stage.name,
            "day": self.matter.anchor,
            "step": step.text if step else self.case.title,
            "owner": self.owner.name,
            "told": ", ".join(one.name for one in self.hears),
            "asked": self.contact.name if self.asks and self.contact else "",
            "asks": self.asks,
        }
        return journal.Happening(self._verb(), self.case.history, facts)

    def _verb(self) -> str:
        if not self.asks:
            return "reminder.fired"
        return "reminder.asked" if self.contact else "reminder.nobody_to_ask"


def acts_of(
    kind: Kind[Any], fired: Sequence[tuple[Any, Due]], *, at: datetime | None = None, by_id: Mapping[int, Any]
) -> list[Act]:
    """Return what stages do, of those whose reason still holds. Reads with a fixed number of statements.

    Args:
        at: now; each in its own moment if None.
        by_id: the subjects as they are now, with what `Kind.case` reads.
    """
    subjects = list(by_id.values())
    kind.gather(subjects)
    kind.prepare(subjects)
    standing: list[tuple[Any, Matter, Step, datetime]] = []
    for one, due in fired:
        subject = by_id.get(one.pk)
        found = _standing(kind, subject, due, at or due.at) if subject is not None else None
        if subject is not None and found:
            matter, stage = found
            standing.append((subject, matter, stage, at or due.at))
    return acts_for(kind, standing)


def acts_for(kind: Kind[Any], standing: Sequence[tuple[Any, Matter, Step, datetime]]) -> list[Act]:
    """Return what stages do at their moments. Subjects need not be saved: a rehearsal invents some."""
    with translation.override(settings.LANGUAGE_CODE):
        cases = [(*one, kind.case(one[0], one[1], at=one[3])) for one in standing]
        contacts = people.contacts_of(
            {case.customer.pk for _s, _m, stage, _at, case in cases if stage.theirs}
        )
        silent = asking.known_of(
            [case.about for _s, _m, stage, _at, case in cases if stage.theirs and kind.what != What.SILENCE]
        )
        questions = [
            _question(kind, subject, matter, case, stage, contacts.get(case.customer.pk, []), silent)
            for subject, matter, stage, _at, case in cases
        ]
        ways = receivers.look_up({one.pk: one for asked in questions for one in asked.people}.values())
        return [
            _act(kind, subject, matter, case, stage, moment, _put(question, stage, case, ways))
            for (subject, matter, stage, moment, case), question in zip(cases, questions, strict=True)
        ]


def carry_out(acts: Sequence[Act], *, at: datetime) -> None:
    """Write what stages do, with a fixed number of statements per 500."""
    if not acts:
        return
    # The question before its steps, as who answers it locks them.
    opened = _ask(acts)
    steps = [one for one in acts if one.step]
    _supersede(steps)
    make_promises([one.step for one in steps if one.step])
    told: list[Told] = []
    for one in acts:
        ask = opened.get(one.subject.pk)
        if ask and one.contact:
            told.append(one.told_to(one.contact, url=links.url_of(ask, one.contact)))
        told += one.told_to_ours()
    tell(told, known=[one.receiver for one in acts if one.receiver])
    journal.record_many(one.happened() for one in acts)
    asking.look_later([(one.subject, one.contact, one.step) for one in acts if isinstance(one.subject, Ask)])


def _ask(acts: Sequence[Act]) -> dict[int, Ask]:
    """Open the questions of stages that ask; return them by the ids of the subjects."""
    to_ask = [one for one in acts if one.asks]
    silent = {one.subject.pk: one.subject for one in to_ask if isinstance(one.subject, Ask)}
    first = [one for one in to_ask if not isinstance(one.subject, Ask)]
    asked = asking.ask_many([one.new_ask() for one in first])
    return silent | {one.subject.pk: ask for one, ask in zip(first, asked, strict=True)}


def _standing(kind: Kind[Any], subject: Any, due: Due, at: datetime) -> tuple[Matter, Step] | None:
    """The matter and stage that `due` means, if it is still the one that counts at `at`."""
    for matter in kind.matters(subject):
        if matter.occurrence == due.occurrence:
            coming = kind.coming(matter, now=at)
            # So late that the next stage says it, or the date moved away a second before.
            if coming and coming[0][0].name == due.stage and coming[0][1] <= at:
                return matter, coming[0][0]
    return None


def _is_optional(stage: Step) -> bool:
    """Whether the customer may unsubscribe from what a stage sends."""
    return bool(stage.theirs and stage.text) and not text_of(stage.text).contractual


@dataclass(frozen=True)
class _Question:
    """What a stage asks the customer, empty for nothing, and who may be asked, the first before the rest."""

    asks: str = ""
    people: Sequence[Contact] = ()


@dataclass(frozen=True)
class _Put:
    """A question as it is put: to whom, and the reason of the next step, which says so."""

    asks: str
    to: Receiver | None
    why: str


def _question(
    kind: Kind[Any],
    subject: Any,
    matter: Matter,
    case: Case,
    stage: Step,
    contacts: Sequence[Contact],
    known: asking.Known,
) -> _Question:
    if not (stage.theirs and kind.asks(subject, stage.asks)):
        return _Question()
    about = case.about
    wanted = about.what if isinstance(about, Ask) else stage.asks  # about silence: the same again
    if known.is_over(about, wanted, matter.occurrence):
        return _Question()
    # Whom a question reached is reminded of it; nobody else was silent.
    asked = people.successor(case.asked, contacts)
    found = people.of_theirs(stage.theirs, contacts, customer=case.customer, site=case.site)
    return _Question(wanted, [asked] if asked else found)


def _put(question: _Question, stage: Step, case: Case, ways: Mapping[str, Receiver | None]) -> _Put:
    """Put a question to the first whom a message reaches today: an answer is owed by nobody else."""
    if not question.asks:
        return _Put("", None, case.why)
    known = [found for one in question.people if (found := ways[receivers.ref(one)])]
    if not known:
        why = _("%(why)s; there is nobody to write to: name a contact who is asked") % {"why": case.why}
        return _Put(question.asks, None, why)
    to = next((one for one in known if not one.choice(stage.channels).because), None)
    if to is None:
        because = known[0].choice(stage.channels).because
        why = _("%(why)s; %(person)s was not asked: %(because)s")
        facts = {"why": case.why, "person": known[0].person.name, "because": because}
        return _Put(question.asks, None, why % facts)
    facts = {"why": case.why, "person": to.person.name}
    if to.unsubscribed and _is_optional(stage):
        # Who is not written to is not asked, and owes no answer.
        return _Put("", None, _("%(why)s; %(person)s unsubscribed and was not written to") % facts)
    return _Put(question.asks, to, _("%(why)s; %(person)s was asked") % facts)


def _act(
    kind: Kind[Any],
    subject: Any,
    matter: Matter,
    case: Case,
    stage: Step,
    at: datetime,
    put: _Put,
) -> Act:
    owner = people.of_ours(stage.step_owner, case.whose)
    return Act(
        kind=kind,
        subject=subject,
        matter=matter,
        case=case,
        stage=stage,
        at=at,
        owner=owner,
        step=_step(kind, matter, case, stage, owner, at, put.why)
        if kind.makes_step(subject, stage)
        else None,
        hears=people.all_of_ours(stage.ours, case.whose),
        asks=put.asks,
        receiver=put.to,
    )


def _step(
    kind: Kind[Any],
    matter: Matter,
    case: Case,
    stage: Step,
    owner: User,
    at: datetime,
    why: str,
) -> NewPromise:
    until = at + timedelta(hours=stage.step_hours)
    if matter.until:
        until = max(min(until, matter.until), at + SHORTEST)
    return NewPromise(
        text=fill(stage.step, case.words),
        why=why,
        owner=owner,
        due_at=until,
        customer=case.customer,
        about=case.about,
        sensitive=case.sensitive,
        source=source(kind, case),
        needs_decision=stage.needs_decision,
    )


def source(kind: Kind[Any], case: Case) -> str:
    """Which rule asks for a next step: the ladder, and what it is about where a thing has several."""
    return f"{kind.name}:{case.part}" if case.part else kind.name


def _supersede(acts: Sequence[Act]) -> None:
    """An earlier step of the same ladder about the same thing is said by the new one."""
    by_model: dict[tuple[str, type[Model]], list[int]] = {}
    for one in acts:
        by_model.setdefault((source(one.kind, one.case), type(one.case.about)), []).append(one.case.about.pk)
    with translation.override(settings.LANGUAGE_CODE):
        for (rule, model), ids in by_model.items():
            drop_steps_of(rule, model, ids, because=_("the next stage asks for it"))


def lapsed(fired: Sequence[tuple[Any, Due]], acts: Sequence[Act]) -> Collection[int]:
    """Return the subjects whose stage is not said any more."""
    return {one.pk for one, _due in fired} - {one.subject.pk for one in acts}
