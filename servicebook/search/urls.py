from django.urls import path

from servicebook.search import views

app_name = "search"
urlpatterns = [path("search/", views.find_page, name="find")]
