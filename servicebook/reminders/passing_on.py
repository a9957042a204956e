"""An address to which a question went is dead: the next at the customer whom a message reaches is asked.

Who that is, and in which words, the ladder that asks says, as when its stage fires. What a person asked in
a ticket is between the two: it goes to nobody else, and whoever owns the customer mends the address.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.conf import settings
from django.db.models import Model, Q
from django.utils import translation

from servicebook import journal
from servicebook.customers.models import Contact
from servicebook.messaging import receivers
from servicebook.messaging.models import Delivery, Notice, Suppression
from servicebook.messaging.notices import tell
from servicebook.reminders import firing, links
from servicebook.reminders.actions import asking, asks
from servicebook.reminders.kinds import KINDS, Kind, Matter
from servicebook.reminders.models import Ask
from servicebook.reminders.rules.ladders import Step, still_to_come

Said: TypeAlias = tuple[Kind[Any], Model, Matter, Step]
MARK = "asked_in_vain"  # on a contact: the open questions that reach them no longer


@dataclass(frozen=True)
class InVain:
    """An open question whose latest message went to an address that was found dead since."""

    ask: Ask
    delivery: Delivery
    dead: Suppression


def look(contacts: Sequence[Contact]) -> None:
    """Write on each contact what they are asked in vain. Of whom nobody waits for cost one statement."""
    by_id = {one.pk: one for one in contacts}
    for one in contacts:
        setattr(one, MARK, [])
    people = Contact.objects.filter(Q(pk__in=by_id) | Q(replaced_by__in=by_id))
    rows = Ask.objects.open().filter(contact__in=people.values("pk")).order_by("pk")
    asked: dict[str, tuple[Ask, Contact]] = {}
    for ask in rows.select_related("contact", "about_type"):
        # What is meant for who was replaced may have gone to either.
        for pk in (ask.contact_id, ask.contact.replaced_by_id if ask.contact else None):
            if holder := by_id.get(pk or 0):
                asked[links.url_of(ask, holder)] = (ask, holder)
    if not asked:
        return
    notices = Notice.objects.filter(delivery__contact__in=by_id, url__in=asked, left_out=False)
    latest = {one.url: one for one in notices.select_related("delivery").order_by("pk")}
    addresses = {one.delivery.to_address for one in latest.values()}
    dead = {
        (row.channel, row.address): row
        for row in Suppression.objects.filter(lifted_at=None, address__in=addresses)
    }
    for url, notice in latest.items():
        ask, holder = asked[url]
        found = dead.get((notice.delivery.channel, notice.delivery.to_address))
        if found and found.since >= notice.told_at and not _goes_another_way(notice.delivery, holder):
            getattr(holder, MARK).append(InVain(ask, notice.delivery, found))


def pass_on(contact: Contact, *, at: datetime) -> None:
    """Ask somebody else what a contact was asked in vain, or the contact by another way. Each once."""
    look([contact])
    waiting: list[InVain] = getattr(contact, MARK)
    with translation.override(settings.LANGUAGE_CODE):
        # The things before the questions, as stages lock them.
        in_order = sorted(waiting, key=lambda one: (one.ask.about_type_id, one.ask.about_id, one.ask.pk))
        for one, said in [(one, _said_today(one.ask, at)) for one in in_order]:
            if said is not None:
                _pass_on(one, said, at=at)


def _goes_another_way(row: Delivery, contact: Contact) -> bool:
    """Whether a message that still waits will be sent by another channel, see `Receiver.way`."""
    return row.state == Delivery.State.WAITING and not receivers.way_today(contact, row.channel).because


def _pass_on(one: InVain, said: Said, *, at: datetime) -> None:
    row = asks.locked(one.ask.pk)
    if row.ended_at or row.contact_id != one.ask.contact_id:
        return
    kind, subject, matter, stage = said
    (act,) = firing.acts_for(kind, [(subject, matter, stage, at)])
    if act.asks != row.what or act.receiver is None or act.contact is None:
        return  # nobody is left: the owner has the address to mend
    told = tell([act.told_to(act.contact, url=links.url_of(row, act.contact))], known=[act.receiver])
    if told:
        asking.put_to(row, act.contact)
        journal.record(
            "ask.passed_on",
            act.case.history,
            what=row.what,
            who=act.contact.name,
            before=one.delivery.to_name,
            address=one.dead.address,
        )


def _said_today(ask: Ask, at: datetime) -> Said | None:
    """Return the stage that asks a question at a moment, with its subject, locked; None when none does."""
    model = ask.about_type.model_class()
    for kind in KINDS.values():
        subject = kind.read([ask.about_id]).get(ask.about_id) if kind.subject is model else None
        if subject is None:
            continue
        kind.gather([subject])
        kind.prepare([subject])
        for matter in kind.matters(subject):
            stage = _stage(kind, matter, ask, at)
            if stage is not None:
                return kind, subject, matter, stage
    return None


def _stage(kind: Kind[Any], matter: Matter, ask: Ask, at: datetime) -> Step | None:
    """Return the latest stage that asks; none once the day has passed, or when the next is about to ask."""
    ladder = kind.ladder(matter)
    over = matter.until is not None and at >= matter.until
    if ladder is None or over or matter.occurrence != asking.time_of(ask.occurrence):
        return None
    every = ladder.moments(matter.anchor, matter.zone)
    passed = [step for step, moment in every if moment <= at]
    if not passed or still_to_come(every, now=at)[0][0] != passed[-1]:
        return None
    asked = [step for step in passed if step.theirs and step.asks == ask.what]
    return asked[-1] if asked and asked[-1].side == passed[-1].side else None
