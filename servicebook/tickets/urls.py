from django.urls import path

from servicebook.tickets import reference_pages
from servicebook.tickets.views import ticket

app_name = "tickets"
urlpatterns = [
    path("tickets/<str:number>/", ticket.ticket, name="ticket"),
    path("settings/statuses/", reference_pages.statuses, name="statuses"),
    *reference_pages.REASONS.urls(),
    *reference_pages.WORK_TYPES.urls(),
    *reference_pages.QUEUE_RULES.urls(),
]
