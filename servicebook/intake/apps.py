from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "servicebook.intake"

    def ready(self) -> None:
        """Give the worker the loops that read what people write to our bot."""
        from servicebook.agenda.worker.loops import Loop, register
        from servicebook.intake.messenger import fetching, polling
        from servicebook.intake.models import IncomingFile

        register(Loop(polling.LOOP, lambda: polling.Poller().step, polling.waiting, (1,)))
        files = IncomingFile.objects.waiting
        register(Loop(fetching.LOOP, lambda: fetching.Fetcher().step, files, (1,)))
