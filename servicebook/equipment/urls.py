from django.urls import path

from servicebook.equipment import reference_pages, views

app_name = "equipment"
urlpatterns = [
    path("equipment/<int:pk>/", views.asset, name="asset"),
    *reference_pages.MODELS.urls(),
    *reference_pages.CATEGORIES.urls(),
]
