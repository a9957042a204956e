from django.apps import AppConfig


class MaintenanceConfig(AppConfig):
    name = "servicebook.maintenance"
