"""What came from outside, as it came: mails, messages and spreadsheets."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.accounts.models import Role, User
from servicebook.core.models import Leased
from servicebook.files.models import StoredFile
from servicebook.tickets.models import Message

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

IMPORTS = (Role.ADMINISTRATOR, Role.MANAGER, Role.DISPATCHER)


class ReceivedMail(models.Model):
    """A mail as it came: stored raw first, understood second. Its hash makes it unique."""

    class State(models.TextChoices):
        STORED = "stored", _("Stored")
        UNDERSTOOD = "understood", _("Understood")
        PUT_ASIDE = "put_aside", pgettext_lazy("message", "Put aside")

    sha256 = models.CharField(max_length=64, unique=True)
    raw = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.STORED)
    sender = models.CharField(max_length=254, default="", blank=True)
    subject_line = models.CharField(max_length=250, default="", blank=True)
    # Equal for copies of one mail that came over two ways; set when it is understood.
    fingerprint = models.CharField(max_length=64, default="", blank=True)
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="received"
    )
    because = models.CharField(max_length=250, default="", blank=True)  # why it was put aside

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="mail_is_put_aside_for_a_reason", condition=~Q(state="put_aside") | ~Q(because="")
            ),
            models.UniqueConstraint(
                name="mail_is_understood_once", fields=["fingerprint"], condition=~Q(fingerprint="")
            ),
        ]
        indexes = [
            models.Index(name="received_mail_by_state", fields=["state", "id"]),
            models.Index(name="received_mail_of_a_sender", fields=["sender", "received_at"]),
        ]

    def __str__(self) -> str:
        return self.subject_line or self.sha256[:12]

    def get_absolute_url(self) -> str:
        return reverse("intake:mail_raw", args=[self.pk])


class ReceivedText(models.Model):
    """A message from a messenger, or an SMS, as it came: stored raw first, understood second."""

    class Channel(models.TextChoices):
        TELEGRAM = "telegram", _("Telegram")
        SMS = "sms", _("SMS")

    State = ReceivedMail.State

    key = models.CharField(max_length=120, unique=True)  # channel, bot and update; channel and gateway's id
    channel = models.CharField(max_length=10, choices=Channel)
    bot = models.CharField(max_length=20, default="", blank=True)  # which of our bots was written to
    update_id = models.BigIntegerField(null=True, blank=True)  # Telegram's; what comes next follows from it
    chat = models.CharField(max_length=40, default="", blank=True)  # or the number, as it came
    number = models.CharField(max_length=40, default="", blank=True)  # of the message in its chat
    group = models.CharField(max_length=40, default="", blank=True)  # of the photos of one album
    raw = models.TextField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.STORED)
    sender = models.CharField(max_length=120, default="", blank=True)
    beginning = models.CharField(max_length=250, default="", blank=True)
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="received_texts"
    )
    because = models.CharField(max_length=250, default="", blank=True)  # why it was put aside

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="text_is_put_aside_for_a_reason", condition=~Q(state="put_aside") | ~Q(because="")
            ),
        ]
        indexes = [
            models.Index(name="received_text_by_state", fields=["state", "id"]),
            models.Index(name="received_text_of_a_chat", fields=["channel", "chat", "received_at"]),
            models.Index(name="received_text_of_a_bot", fields=["bot", "received_at"]),
        ]

    def __str__(self) -> str:
        return self.beginning[:80] or self.sender or self.key

    def get_absolute_url(self) -> str:
        return reverse("intake:texts")


class TelegramInbox(Leased):
    """Our bot's messages at Telegram: one worker at a time asks for them."""

    bot = models.CharField(max_length=20, unique=True)
    failing_since = models.DateTimeField(null=True, blank=True)  # since when nothing can be read there

    def __str__(self) -> str:
        return self.bot


class IncomingFileQuerySet(models.QuerySet["IncomingFile"]):
    def waiting(self) -> Self:
        return self.filter(state=IncomingFile.State.WAITING)


class IncomingFile(Leased):
    """A file that came with a message and lies with Telegram until it is fetched."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        KEPT = "kept", _("Kept")
        LEFT_OUT = "left_out", _("Left out")

    text = models.ForeignKey(ReceivedText, on_delete=models.CASCADE, related_name="files")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="incoming_files")
    file_id = models.CharField(max_length=250)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100, default="", blank=True)
    size = models.PositiveIntegerField(default=0)  # as Telegram says; 0 if it does not
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)

    objects = IncomingFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="file_of_a_text_comes_once", fields=["text", "file_id"]),
        ]
        indexes = [
            models.Index(
                name="incoming_file_queue", fields=["lane", "ready_at", "id"], condition=Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Those who look after the whole house see every import, others see none."""
        if isinstance(user, User) and user.is_active and user.has_role(*IMPORTS):
            return self
        return self.none()


class ImportRun(models.Model):
    """One file on its way in. Worked off in steps by the agenda; each step commits its progress."""

    class Entity(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        CONTACTS = "contacts", _("Contacts")
        SITES = "sites", _("Sites")
        ASSETS = "assets", _("Equipment")
        CONTRACTS = "contracts", _("Contracts")
        TICKETS = "tickets", _("Old tickets")

    class State(models.TextChoices):
        MAPPING = "mapping", _("Choose columns")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Checked")
        WRITING = "writing", _("Writing")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        REFUSED = "refused", _("Refused")

    class Choice(models.TextChoices):
        ALL = "all", _("All rows or none")
        GOOD = "good", _("Good rows only")

    entity = models.CharField(max_length=12, choices=Entity)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    mapping = models.JSONField(default=dict)  # field name → column heading
    choice = models.CharField(max_length=5, choices=Choice, default=Choice.ALL)
    state = models.CharField(max_length=10, choices=State, default=State.MAPPING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_asked = models.BooleanField(default=False)
    rows_total = models.PositiveIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)  # the cursor: rows worked off so far
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    because = models.CharField(max_length=250, default="", blank=True)
    profile = models.CharField(max_length=40, default="", blank=True)  # which program's export it is
    shape = models.JSONField(default=dict)  # how the file is read: `importing.reading.Shape`
    attempt = models.PositiveSmallIntegerField(default=0)  # counts the checks
    evidence = models.JSONField(default=dict)  # field name → orders of day and month seen so far
    orders = models.JSONField(null=True)  # field name → order of day and month; None until all are read
    preview = models.JSONField(default=list)  # the first rows and what will happen with them
    notes = models.JSONField(default=dict)  # what else will happen: label → names

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("intake:import", args=[self.pk])

    @property
    def tone(self) -> str:
        """The colour of its state."""
        if self.state == self.State.CHECKED:
            return "risk" if self.refused else "done"
        tones = {self.State.DONE: "done", self.State.REFUSED: "late", self.State.CANCELLED: "wait"}
        return tones.get(self.State(self.state), "live")


class ImportProblem(models.Model):
    """A row that cannot come in: where, what, and how to mend it."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems", db_index=False)
    line = models.PositiveIntegerField()  # as a spreadsheet counts: the heading is line 1
    column = models.CharField(max_length=120, default="", blank=True)
    reason = models.CharField(max_length=250)
    remedy = models.CharField(max_length=250)
    row = models.JSONField(default=dict)  # the row as it was read, for the file to mend

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(name="problems_of_an_import", fields=["run", "line"])]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"
