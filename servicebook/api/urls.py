from django.urls import path

from servicebook.api import views
from servicebook.api.site import site

urlpatterns = [
    path("docs", views.reference, name="api_reference"),
    path("v1/openapi.json", views.description, name="api_description"),
    path("v1/", site.urls),
]
