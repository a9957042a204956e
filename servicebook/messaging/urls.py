from django.urls import path

from servicebook.messaging import views

app_name = "messaging"
urlpatterns = [
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/", views.delivery, name="delivery"),
    path("deliveries/<int:pk>/send-again/", views.send_again, name="send_again"),
]
