from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "servicebook.api"
    label = "api"
