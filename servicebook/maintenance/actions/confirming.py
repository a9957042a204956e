"""The result of work says when it is next, and who at the customer confirmed that day (S0.30).

Whoever agrees to the window of the next visit confirms its day: nobody is asked for the same twice. It stands
with the next visit, as long as it holds; the history of what was done keeps when it was given, and by whom.
"""

from collections.abc import Iterable, Iterator

from django.db.models import Subquery

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.maintenance.actions._base import happened
from servicebook.maintenance.models import Heard, Occurrence
from servicebook.maintenance.queries.conditions import CALLED_OFF
from servicebook.tickets import wording


def tell_what_was_done_before(confirmed: Occurrence, *, by: User | None) -> None:
    """Tell the result of the turn before that the day of this one was confirmed just now."""
    standing = Occurrence.objects.standing().exclude(CALLED_OFF)
    earlier = standing.filter(enrolment=confirmed.enrolment_id, nominal_on__lt=confirmed.nominal_on)
    turn = earlier.order_by("-nominal_on").values("nominal_on")[:1]
    rows = earlier.filter(nominal_on=Subquery(turn)).select_related("ticket")
    _tell((one for one in rows if one.ticket and one.ticket.was_done), confirmed, by=by)


def tell_the_next(done: Occurrence, following: Occurrence | None) -> None:
    """Tell the result of work that its next day was confirmed already before the work was done."""
    if following is not None and following.window_agreed_at:
        _tell([done], following, by=None)


def _tell(results: Iterable[Occurrence], confirmed: Occurrence, *, by: User | None) -> None:
    journal.record_many(list(_entries(results, confirmed, by)))


def _entries(
    results: Iterable[Occurrence], confirmed: Occurrence, by: User | None
) -> Iterator[journal.Happening]:
    name = confirmed.window_agreed_by
    how = wording.in_house(Heard(confirmed.window_channel).label)
    facts = {"day": confirmed.due_on, "who": name, "how": how}
    for one in results:
        yield from happened(one, "occurrence.next_confirmed", facts, by=by, by_name=name)
