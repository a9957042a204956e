"""A promise is due: its owner hears of it at its moment, and somebody else a day later (S0.4)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from servicebook.core import related
from servicebook.customers.models import Promise
from servicebook.reminders.kinds.base import Case, Kind, Matter, key, said_day
from servicebook.reminders.models import Ours, What
from servicebook.reminders.people import Whose
from servicebook.reminders.rules.ladders import Step

TOLD_FOR = timedelta(days=14)  # what lies longer stands on Today, overdue


class PromiseDue(Kind[Promise]):
    what = What.PROMISE
    anchor, lasts = "due_at", TOLD_FOR.days
    subject = Promise
    related = ("owner", "customer")
    fills = ("contact", "asked_on")

    def candidates(self, *, contract: int | None = None) -> QuerySet[Any]:
        rows = Promise.objects.open()
        return rows.none() if contract else rows  # a promise is nothing of a contract

    def gather(self, subjects: Sequence[Promise]) -> None:
        related.fetch([one for one in subjects if _is_open(one)], "customer")

    def matters(self, subject: Promise) -> Iterator[Matter]:
        if not _is_open(subject):
            return
        # A step that looks after a late promise makes no further one: that would never end.
        if subject.source != self.name:
            yield Matter(
                occurrence=key(subject.due_at),
                anchor=subject.due_at,
                zone=settings.TIME_ZONE,
                region=subject.customer.region_id,
                until=subject.due_at + TOLD_FOR,
            )

    def case(self, subject: Promise, matter: Matter, *, at: datetime) -> Case:
        return Case(
            customer=subject.customer,
            about=subject,
            history=subject,
            title=subject.text,
            why=_("promised for %(day)s") % {"day": said_day(matter.anchor, matter.zone)},
            url=subject.get_absolute_url(),
            sensitive=subject.sensitive,
            whose=Whose(
                owner=subject.owner_id,
                account_manager=subject.customer.owner_id,
                team=subject.owner.team_id,
                sensitive=subject.sensitive,
            ),
            words={
                "customer": subject.customer.name,
                "title": subject.text,
                "who": subject.owner.name,
                "day": said_day(matter.anchor, matter.zone),
            },
            facts={"contact": "", "asked_on": matter.anchor},
        )

    def makes_step(self, subject: Promise, step: Step) -> bool:
        return step.step_owner != Ours.OWNER  # the promise itself is the owner's step


def _is_open(promise: Promise) -> bool:
    return promise.kept_at is None and promise.dropped_at is None
