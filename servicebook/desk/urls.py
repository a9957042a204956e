from django.urls import path

from servicebook.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.today, name="today"),
    path("look/", views.look, name="look"),
]
