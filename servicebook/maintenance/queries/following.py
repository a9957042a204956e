"""What comes next after a task: with it the result of work says when it is next, and who confirmed that."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery

from servicebook.accounts.models import User
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.queries.conditions import CALLED_OFF
from servicebook.rights import SERVICE


def next_of(ids: Collection[int]) -> Mapping[int, Occurrence]:
    """Return what comes next in the row of each task, by its id; two statements, however many they are.

    Nothing where nothing is planned: the plan ends, or the next day follows from the work. Whoever agreed to
    the window of the next confirmed its day (S0.30).
    """
    later = (
        Occurrence.objects.standing()
        .filter(enrolment=OuterRef("enrolment"), part=0, nominal_on__gt=OuterRef("nominal_on"))
        .exclude(CALLED_OFF)
    )
    first = Subquery(later.order_by("nominal_on", "pk").values("pk")[:1])
    rows = Occurrence.objects.filter(pk__in=ids).annotate(next_pk=first).values_list("pk", "next_pk")
    following = {pk: coming for pk, coming in rows if coming}
    found = Occurrence.objects.in_bulk(following.values())
    return {pk: found[coming] for pk, coming in following.items()}


def shown_next(one: Occurrence, user: User) -> Mapping[str, Any]:
    """Return what `maintenance/_next.html` shows of the result of a task: the next, and who confirmed it.

    Nothing of what is not done yet.
    """
    done = one.ticket is not None and one.ticket.was_done
    following = next_of([one.pk]).get(one.pk) if done else None
    if following is None:
        return {}
    seen = Occurrence.objects.visible_to(user).filter(pk=following.pk).exists()
    to_agree = following.ticket_id is None and one.plan.needs_window and not following.window_agreed_at
    return {
        "following": following,
        "sees_next": seen,
        "may_confirm": seen and to_agree and user.has_role(*SERVICE),
        "needs_window": one.plan.needs_window,
    }
