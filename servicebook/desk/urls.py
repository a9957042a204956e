from django.urls import path

from servicebook.desk import field_pages, preference_pages, settings_pages, views

app_name = "desk"
urlpatterns = [
    path("", views.today, name="today"),
    path("look/", views.look, name="look"),
    path("settings/", settings_pages.index, name="settings"),
    path("settings/preferences/", preference_pages.preferences, name="preferences"),
    path("settings/fields/proposal/", field_pages.take_proposal, name="fields_proposal"),
    *field_pages.FIELDS.urls(),
]
