from django.urls import path

from servicebook.customers import views

app_name = "customers"
urlpatterns = [
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("sites/<int:pk>/", views.site, name="site"),
    path("contacts/<int:pk>/", views.contact, name="contact"),
    path("promises/<int:pk>/", views.promise, name="promise"),
]
