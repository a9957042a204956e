from functools import partial

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "servicebook.messaging"

    def ready(self) -> None:
        """Give the worker a loop for each channel that sends."""
        from servicebook.agenda.worker.loops import Loop, register
        from servicebook.messaging import channels, sender
        from servicebook.messaging.models import Delivery, Lane

        for one in channels.SENT_BY_LOOPS:
            name = str(one)
            make = partial(sender.paced_step, name)
            register(Loop(name, make, partial(Delivery.objects.waiting_for, name), Lane.values))
