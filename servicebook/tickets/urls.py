from django.urls import path

from servicebook.tickets.views import ticket

app_name = "tickets"
urlpatterns = [path("tickets/<str:number>/", ticket.ticket, name="ticket")]
