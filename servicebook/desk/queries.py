"""What the desk shows about everything else."""

from django.db.models import Count as SqlCount
from django.db.models import Q

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.listing import Count, count
from servicebook.customers.models import Promise
from servicebook.tickets.models import Status, Ticket


def waiting_for(user: User) -> tuple[int, bool]:
    """How many open promises this person has, and whether one of them is late. One statement."""
    found = (
        Promise.objects.open()
        .filter(owner=user)
        .aggregate(every=SqlCount("pk"), late=SqlCount("pk", filter=Q(due_at__lt=clock.now())))
    )
    return found["every"], found["late"] > 0


def open_tickets(user: User) -> Count:
    """How many open tickets the person sees, counted up to 1 000. One statement."""
    opened = [status for status in Status.values if status != Status.CLOSED]
    return count(Ticket.objects.visible_to(user).filter(status__in=opened))
