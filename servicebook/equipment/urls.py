from django.urls import path

from servicebook.equipment import views

app_name = "equipment"
urlpatterns = [path("equipment/<int:pk>/", views.asset, name="asset")]
