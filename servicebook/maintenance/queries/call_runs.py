"""Tickets that are being made in parts: how far that is, and what is in hand."""

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet, Subquery

from servicebook.accounts.models import User
from servicebook.maintenance.models import CallRun

SHOWN_FOR = timedelta(hours=1)  # after the last ticket


def shown(user: User, *, now: datetime) -> QuerySet[CallRun]:
    """The runs of `user` that go on, and after them the one that ended last, for a while."""
    mine = CallRun.objects.visible_to(user)
    ended = mine.filter(finished_at__gte=now - SHOWN_FOR).order_by("-finished_at", "-pk")
    last = Subquery(ended.values("pk")[:1])
    return mine.filter(Q(finished_at=None) | Q(pk=last)).order_by(
        F("finished_at").desc(nulls_first=True), "pk"
    )


def in_hand() -> frozenset[int]:
    """The ids of all tasks that are being called, whoever asked for it. One statement."""
    lists = CallRun.objects.running().values_list("ids", flat=True)
    return frozenset(pk for ids in lists for pk in ids)
