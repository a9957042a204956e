from django.urls import path

from servicebook.agenda import views

app_name = "agenda"
urlpatterns = [
    path("agenda/", views.agenda, name="agenda"),
    path("agenda/run-again/", views.run_again, name="run_again"),
    path("agenda/silence/", views.silence, name="silence"),
    path("agenda/balance/", views.balance, name="balance"),
]
