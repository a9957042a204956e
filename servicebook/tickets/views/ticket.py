"""One ticket: what it is, where it stands, what was said and done, what comes next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from servicebook.tickets.models import Ticket


def ticket(request: HttpRequest, number: str) -> HttpResponse:
    visible = Ticket.objects.visible_to(request.user).select_related("customer", "site", "asset", "owner")
    return render(request, "tickets/ticket.html", {"ticket": get_object_or_404(visible, number=number)})
