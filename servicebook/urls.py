"""All routes. Each must stand in `rights.py`."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("servicebook.desk.urls")),
]
