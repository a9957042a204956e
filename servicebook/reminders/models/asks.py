"""What a customer was asked and has not answered: one owner, and the day of the next look (S0.36–S0.40)."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.accounts.models import Role, User
from servicebook.contracts.models import Contract
from servicebook.customers.models import SEES_EVERY_CUSTOMER, Contact, Customer, Decision, Promise, Site
from servicebook.reminders.models.ladders import Asks

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AskQuerySet(models.QuerySet["Ask"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.has_role(Role.ADMINISTRATOR, Role.MANAGER):
            return self
        mine = Q(owner=user) | Q(pk__in=_steps().filter(owner=user).values("about_id"))
        # A contract that became sensitive after it was asked about takes its questions along.
        contract = ContentType.objects.get_for_model(Contract)
        shown = Q(sensitive=False) & ~Q(about_type=contract, contract__sensitive=True)
        if user.has_role(*SEES_EVERY_CUSTOMER):
            return self.filter(shown | mine)
        return self.filter(mine | (shown & Q(customer__in=Customer.objects.visible_to(user))))

    def open(self) -> Self:
        return self.filter(ended_at=None)

    def with_holder(self) -> Self:
        """Add who looks after each now: the owner of the step that silence made, else its own owner."""
        step = _steps().filter(about_id=OuterRef("pk"))
        return self.annotate(
            holder_id=Coalesce(
                Subquery(step.values("owner_id")[:1]), F("owner_id"), output_field=models.BigIntegerField()
            ),
            holder_name=Coalesce(Subquery(step.values("owner__name")[:1]), F("owner__name")),
            holder_is_here=Coalesce(Subquery(step.values("owner__is_active")[:1]), F("owner__is_active")),
        )

    def held_by(self, people: "models.QuerySet[User]") -> Self:
        """Those that somebody of `people` looks after now, see `with_holder`."""
        steps = _steps().filter(about_id=OuterRef("pk"))
        return self.filter(Exists(steps.filter(owner__in=people)) | (~Exists(steps) & Q(owner__in=people)))


def _steps() -> "models.QuerySet[Promise]":
    """The open steps about questions."""
    kind = ContentType.objects.get_for_model(Ask)
    return Promise.objects.open().filter(about_type=kind).order_by("-pk")


class Ask(models.Model):
    """One question to a customer. Silence about it always ends in a decision."""

    class End(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        DECIDED = "decided", pgettext_lazy("question", "Decided")
        WITHDRAWN = "withdrawn", _("No longer asked")

    what = models.CharField(max_length=10, choices=Asks)
    about_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    about_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("about_type", "about_id")  # an occurrence, a contract, a ticket
    occurrence = models.CharField(max_length=60)  # which end, which waiting: as on the agenda
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="asks")
    site = models.ForeignKey(  # where the thing stood when it was asked: silence counts in hours there
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contact = models.ForeignKey(  # who was asked; none: nobody could be written to
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="asks"
    )
    contract = models.ForeignKey(  # whose own ladder counts
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="asks")
    sensitive = models.BooleanField(default=False)
    asked_at = models.DateTimeField()  # silence counts from here; a decision to ask again moves it
    next_at = models.DateTimeField(null=True, blank=True)  # when somebody looks at it next
    opened_at = models.DateTimeField(null=True, blank=True)  # its link was first opened

    ended_at = models.DateTimeField(null=True, blank=True)
    ended_as = models.CharField(max_length=10, choices=End, default="", blank=True)
    answer = models.CharField(max_length=30, default="", blank=True)  # agreed, other_windows, no…
    note = models.CharField(max_length=500, default="", blank=True)  # in their words, or why it ended
    channel = models.CharField(max_length=10, default="", blank=True)  # link, phone, mail, telegram…
    answered_by = models.CharField(max_length=120, default="", blank=True)
    decision = models.CharField(max_length=10, choices=Decision, default="", blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    # Who looks after it now; of rows `with_holder`.
    holder_id: int
    holder_name: str
    holder_is_here: bool

    objects = AskQuerySet.as_manager()

    class Meta:
        ordering = ["next_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="a_thing_is_asked_once_at_a_time",
                fields=["about_type", "about_id", "what"],
                condition=Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="unanswered_ask_has_a_next_date",
                condition=Q(ended_at__isnull=False) | Q(next_at__isnull=False),
            ),
            models.CheckConstraint(
                name="ask_says_how_it_ended",
                condition=Q(ended_at=None, ended_as="") | (Q(ended_at__isnull=False) & ~Q(ended_as="")),
            ),
            models.CheckConstraint(
                name="decided_ask_has_a_decision_of_a_person",
                condition=~Q(ended_as="decided") | (~Q(decision="") & Q(decided_by__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(name="open_asks", fields=["next_at", "id"], condition=Q(ended_at=None)),
            models.Index(name="asks_about", fields=["about_type", "about_id", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} · {self.customer}"

    def get_absolute_url(self) -> str:
        return reverse("reminders:ask", args=[self.pk])

    def open_steps(self) -> "models.QuerySet[Promise]":
        """What silence about it asks of people of the house, the latest first."""
        return _steps().filter(about_id=self.pk)
