"""All routes. Each must stand in `rights.py`."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("servicebook.api.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("", include("servicebook.agenda.urls")),
    path("", include("servicebook.files.urls")),
    path("", include("servicebook.search.urls")),
    path("", include("servicebook.accounts.urls")),
    path("", include("servicebook.customers.urls")),
    path("", include("servicebook.messaging.urls")),
    path("", include("servicebook.equipment.urls")),
    path("", include("servicebook.sla.urls")),
    path("", include("servicebook.contracts.urls")),
    path("", include("servicebook.tickets.urls")),
    path("", include("servicebook.maintenance.urls")),
    path("", include("servicebook.reminders.urls")),
    path("", include("servicebook.insights.urls")),
    path("", include("servicebook.intake.urls")),
    path("", include("servicebook.desk.urls")),
]

handler400 = "servicebook.core.faults.bad_request"
handler500 = "servicebook.core.faults.server_error"
