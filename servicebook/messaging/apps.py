from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "servicebook.messaging"

    def ready(self) -> None:
        """Give the worker its loop that sends."""
        from servicebook.agenda.worker.loops import Loop, register
        from servicebook.messaging import sender
        from servicebook.messaging.models import Delivery, Lane

        register(Loop("mail", lambda: sender.paced().step, Delivery.objects.waiting, Lane.values))
