from django.urls import path

from servicebook.tickets import reference_pages
from servicebook.tickets.views import clocks, opening, queue, ticket

app_name = "tickets"
urlpatterns = [
    path("tickets/", queue.queue, name="queue"),
    path("tickets/new/", opening.new, name="new"),
    path("tickets/many/", queue.bulk, name="bulk"),
    path("tickets/waiting/", queue.waiting, name="waiting"),
    path("tickets/views/", queue.save_view, name="save_view"),
    path("tickets/views/<int:pk>/remove/", queue.remove_view, name="remove_view"),
    path("tickets/<str:number>/", ticket.ticket, name="ticket"),
    path("tickets/<str:number>/say/", ticket.say, name="say"),
    path("tickets/<str:number>/promises/<int:pk>/kept/", ticket.keep, name="keep"),
    path("tickets/<str:number>/clocks/<slug:measure>/", clocks.clock, name="clock"),
    path("tickets/<str:number>/links/<int:pk>/remove/", ticket.unlink, name="unlink"),
    path("tickets/<str:number>/<slug:do>/", ticket.act, name="act"),
    path("settings/statuses/", reference_pages.statuses, name="statuses"),
    *reference_pages.REASONS.urls(),
    *reference_pages.WORK_TYPES.urls(),
    *reference_pages.QUEUE_RULES.urls(),
]
