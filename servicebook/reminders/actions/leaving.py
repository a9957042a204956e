"""An unanswered customer has an owner who is here: what somebody who leaves has asked goes to others."""

from servicebook.accounts.leaving import hands_over
from servicebook.accounts.models import User
from servicebook.contracts.models import Contract
from servicebook.maintenance.models import Occurrence
from servicebook.reminders.actions.asks import hand
from servicebook.reminders.models import Ask, Ours
from servicebook.reminders.people import Whose, of_ours
from servicebook.tickets.models import Ticket


@hands_over
def hand_over(person: User, by: User) -> None:
    """Give the open questions of `person` to whoever owns the thing now, else to who stands in."""
    for row in Ask.objects.open().filter(owner=person).select_related("customer").order_by("pk"):
        hand(row.pk, to=of_ours(Ours.OWNER, _whose(row, person)), by=by, with_step=False)


def _whose(row: Ask, person: User) -> Whose:
    thing = row.about
    ticket = thing.ticket if isinstance(thing, Occurrence) else thing
    owner = ticket.owner_id if isinstance(ticket, Ticket | Contract) else None
    team = ticket.team_id if isinstance(ticket, Ticket) else person.team_id
    return Whose(owner, account_manager=row.customer.owner_id, team=team, sensitive=row.sensitive)
