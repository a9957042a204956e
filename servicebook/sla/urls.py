from django.urls import path

from servicebook.sla import views

app_name = "sla"
urlpatterns = [
    path("settings/service-hours/", views.listing, name="hours"),
    path("settings/service-hours/new/", views.new, name="new_hours"),
    path("settings/service-hours/<int:pk>/", views.edit, name="edit_hours"),
]
