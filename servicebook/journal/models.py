"""The past: one immutable entry per change."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from servicebook.journal import PROGRAM, history


class Entry(models.Model):
    """What happened, to what, by whom, when, with which facts.

    Written by `journal.record` in the transaction of the change. Triggers in both engines refuse
    UPDATE and DELETE (see `journal.guard`).
    """

    at = models.DateTimeField()
    verb = models.CharField(max_length=60)  # "ticket.closed"
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_name = models.CharField(max_length=120)  # as it was that day; a customer or the program has no user
    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(name="journal_of_a_subject", fields=["subject_type", "subject_id", "id"]),
            models.Index(name="journal_of_an_actor", fields=["actor", "id"]),
            models.Index(name="journal_of_a_verb", fields=["verb", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_id}"

    @property
    def sentence(self) -> str:
        """What happened, in the reader's language."""
        return history.say(self.verb, self.facts)

    @property
    def who(self) -> str:
        """Who did it; nothing for the program itself, whose doings are plain to see."""
        return "" if self.actor_id is None and self.actor_name == PROGRAM else self.actor_name

    @property
    def icon(self) -> str:
        return history.icon(self.verb)
