from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "servicebook.accounts"
