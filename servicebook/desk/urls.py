from django.urls import path

from servicebook.desk import settings_pages, views

app_name = "desk"
urlpatterns = [
    path("", views.today, name="today"),
    path("look/", views.look, name="look"),
    path("settings/", settings_pages.index, name="settings"),
]
