"""A question is opened, or asked anew for another time; of each a day of the next look is known."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock, updates
from servicebook.customers.actions import NewPromise
from servicebook.customers.models import Contact, Customer, Decision
from servicebook.maintenance.models import Occurrence
from servicebook.reminders.kinds.silence import Silence, history_of, site_of
from servicebook.reminders.models import Ask, Asks
from servicebook.reminders.rules.answers import AGREED
from servicebook.reminders.rules.escalation import LOOK_AFTER

SILENCE = Silence()


@dataclass(frozen=True, kw_only=True)
class NewAsk:
    """A question to a customer.

    Attributes:
        occurrence: which time: as on the agenda. For another one the open question is asked anew.
        asked_at: silence counts from here; now if None.
    """

    what: str
    about: Model
    occurrence: str
    customer: Customer
    owner: User
    contact: Contact | None = None
    contract: int | None = None
    sensitive: bool = False
    asked_at: datetime | None = None


class Known:
    """What was asked before about some things."""

    def __init__(self, rows: Collection[Ask]) -> None:
        self._over = {
            (row.about_type_id, row.about_id, row.what, time_of(row.occurrence))
            for row in rows
            if _is_over(row)
        }

    def is_over(self, about: Model, what: str, occurrence: str) -> bool:
        """Whether the customer reacted, or a person decided: then it is not asked again.

        What was agreed is asked for again where it holds no longer: of that the thing itself tells. Who
        decided to ask again later left the rest of the ladder as it is.
        """
        return (ContentType.objects.get_for_model(about).pk, about.pk, what, occurrence) in self._over


def known_of(things: Sequence[Model]) -> Known:
    """Return what was asked before about things of one model, with one statement."""
    if not things:
        return Known(())
    kind = ContentType.objects.get_for_model(things[0])
    return Known(Ask.objects.filter(about_type=kind, about_id__in=[one.pk for one in things]))


@transaction.atomic
def ask(new: NewAsk, *, by: User | None = None) -> Ask:
    """Open a question, or ask the open one about the same thing anew for another occurrence."""
    (row,) = ask_many([new])
    thing = history_of(new.about) or row
    journal.record("ask.waits", thing, by=by, what=row.what, next_at=row.next_at, owner=row.owner.name)
    return row


def ask_many(many: Sequence[NewAsk]) -> list[Ask]:
    """Open questions with a fixed number of statements for each model; the caller records them.

    Where one is open for the same occurrence, it stays, and silence counts on from the moment when it
    first reached somebody; its contact and owner are today's.
    """
    now = clock.now()
    by_model: dict[int, list[int]] = {}
    for one in many:
        by_model.setdefault(ContentType.objects.get_for_model(one.about).pk, []).append(one.about.pk)
    standing: dict[tuple[int, int, str], Ask] = {}
    for kind, ids in by_model.items():
        rows = Ask.objects.open().filter(about_type=kind, about_id__in=ids).select_for_update().order_by("pk")
        standing |= {(kind, row.about_id, row.what): row for row in rows.select_related("customer")}
    asked, new, changed = [], [], []
    for one in many:
        kind = ContentType.objects.get_for_model(one.about).pk
        row = standing.get((kind, one.about.pk, one.what))
        if row is None:
            row = _row(one, now)
            new.append(row)
        elif _brought_up_to_date(row, one, now):
            changed.append(row)
        asked.append(row)
    Ask.objects.bulk_create(new)
    fields = ["occurrence", "asked_at", "next_at", "site", "contact", "owner", "contract", "sensitive"]
    updates.write_each(changed, fields)
    agenda.refresh_many(new, new=True)
    agenda.refresh_many(changed)
    return asked


def agreed_of(one: Occurrence, *, contact: Contact, owner: User) -> Ask:
    """Return the answered question about the window of a visit; made where nobody had to ask."""
    about = {"about_type": ContentType.objects.get_for_model(Occurrence), "about_id": one.pk}
    known = Ask.objects.filter(what=Asks.WINDOW, **about).order_by("-pk").first()
    if known is not None and known.ended_as == Ask.End.ANSWERED and known.answer == AGREED:
        return known
    now = clock.now()
    return Ask.objects.create(
        what=Asks.WINDOW,
        occurrence=one.due_on.isoformat(),
        customer=one.customer,
        contact=contact,
        contract_id=one.plan.contract_id,
        owner=owner,
        asked_at=now,
        ended_at=now,
        ended_as=Ask.End.ANSWERED,
        answer=AGREED,
        answered_by=one.window_agreed_by,
        channel=one.window_channel,
        **about,
    )


def put_to(row: Ask, contact: Contact) -> None:
    """Ask `contact` what reached nobody before; `row` is locked. Silence counts from this moment.

    What rests until a later day rests on.
    """
    now = clock.now()
    row.contact, row.asked_at = contact, max(row.asked_at, now)
    row.next_at = next_at(row, now=now)
    row.save(update_fields=["contact", "asked_at", "next_at"])
    agenda.refresh(row)


def look_later(fired: Sequence[tuple[Ask, Contact | None, NewPromise | None]]) -> None:
    """Set the next date of questions about which a stage of silence was said, and who was asked again."""
    rows = []
    now = clock.now()
    for row, contact, step in fired:
        row.next_at = next_at(row, now=now, last=step.due_at if step else None)
        row.contact = contact or row.contact
        rows.append(row)
    updates.write_each(rows, ["next_at", "contact"])


def next_at(row: Ask, *, now: datetime, last: datetime | None = None) -> datetime:
    """Return when somebody looks at a question next: at the next stage of silence.

    Args:
        last: when the step of the last stage is due; after it nothing else comes.
    """
    for matter in SILENCE.matters(row):
        ladder = SILENCE.ladder(matter)
        moments = ladder.moments(matter.anchor, matter.zone) if ladder else []
        coming = [at for _stage, at in moments if at > now]
        if coming:
            return coming[0]
    return last or max(row.asked_at, now) + LOOK_AFTER


def time_of(occurrence: str) -> str:
    """Return which time a question is about: after the stroke stands from when it is asked again."""
    return occurrence.partition("/")[0]


def _is_over(row: Ask) -> bool:
    if row.ended_as == Ask.End.DECIDED:
        return row.decision != Decision.RESCHEDULE
    return row.ended_as == Ask.End.ANSWERED and row.answer != AGREED


def _row(new: NewAsk, now: datetime) -> Ask:
    row = Ask(
        what=new.what,
        about=new.about,
        occurrence=new.occurrence,
        customer=new.customer,
        site=site_of(new.about),
        contact=new.contact,
        contract_id=new.contract,
        owner=new.owner,
        sensitive=new.sensitive,
        asked_at=new.asked_at or now,
    )
    row.next_at = next_at(row, now=now)
    return row


def _brought_up_to_date(row: Ask, new: NewAsk, now: datetime) -> bool:
    """Bring an open question in line with what is asked now; whether anything changed."""
    before = _state(row)
    if new.occurrence not in (row.occurrence, time_of(row.occurrence)):
        row.occurrence, row.asked_at = new.occurrence, new.asked_at or now
    elif row.contact_id is None and new.contact:
        # Until now it reached nobody. What rests until a day rests on, whatever is sent before it.
        row.asked_at = max(row.asked_at, now)
    row.contact, row.owner = new.contact or row.contact, new.owner
    row.contract_id, row.sensitive = new.contract, new.sensitive
    row.site = site_of(new.about)
    after = _state(row)
    if before[:3] != after[:3]:
        row.next_at = next_at(row, now=now)
    return before != after


def _state(row: Ask) -> tuple[Any, ...]:
    """What is asked anew; of it the first three say when somebody looks at it."""
    counts = (row.occurrence, row.asked_at, row.site_id)
    return (*counts, row.contact_id, row.owner_id, row.contract_id, row.sensitive)
