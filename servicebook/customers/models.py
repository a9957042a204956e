"""Who is served, where, and through whom."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.accounts.models import Role, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

SEES_EVERY_CUSTOMER = (Role.ADMINISTRATOR, Role.MANAGER, Role.DISPATCHER, Role.ACCOUNTANT, Role.STOREKEEPER)


def _parent_or_none() -> Coalesce:
    """For unique names under one parent: two rows without a parent count as siblings, too."""
    return Coalesce("parent", 0, output_field=models.BigIntegerField())


class Criticality(models.IntegerChoices):
    """How much the customer's business stands still when this stands still (S0.46)."""

    LOW = 1, _("Low")
    NORMAL = 2, _("Normal")
    HIGH = 3, _("High")
    VITAL = 4, _("Vital")


class Region(models.Model):
    """A service region; regions form a tree (country, region, district)."""

    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        verbose_name=_("part of"),
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="", blank=True)
    country = models.CharField(_("country"), max_length=2, default="", blank=True)  # ISO 3166
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(_parent_or_none(), "name", name="region_name_is_used_once_per_parent"),
            models.CheckConstraint(name="region_is_not_its_own_parent", condition=~Q(parent=F("pk"))),
        ]

    def __str__(self) -> str:
        return self.name


# UNION, not UNION ALL: a circle that somebody wrote past the actions must not run for ever.
OWNED_WITH_BRANCHES = """
    WITH RECURSIVE owned(id) AS (
        SELECT id FROM customers_customer WHERE owner_id = %s
        UNION SELECT below.id FROM customers_customer below JOIN owned ON below.parent_id = owned.id
    ) SELECT id FROM owned
"""
WITH_THOSE_ABOVE = """
    WITH RECURSIVE above(id, parent_id) AS (
        SELECT id, parent_id FROM customers_customer WHERE id = %s
        UNION SELECT one.id, one.parent_id FROM customers_customer one JOIN above ON one.id = above.parent_id
    ) SELECT id FROM above
"""

WITH_BRANCHES = """
    WITH RECURSIVE below(id) AS (
        SELECT id FROM customers_customer WHERE id = %s
        UNION SELECT one.id FROM customers_customer one JOIN below ON one.parent_id = below.id
    ) SELECT id FROM below
"""


class CustomerQuerySet(models.QuerySet["Customer"]):
    def with_branches(self, customer: int) -> Self:
        """A customer and everything that is part of it, at any depth."""
        return self.filter(pk__in=RawSQL(WITH_BRANCHES, [customer]))  # noqa: S611 - bound

    def with_those_above(self, customer: int) -> Self:
        """A customer and everything that it is part of."""
        return self.filter(pk__in=RawSQL(WITH_THOSE_ABOVE, [customer]))  # noqa: S611 - bound

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Engineers see whom they work for, account managers whom they own, branches included."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.has_role(*SEES_EVERY_CUSTOMER):
            return self
        mine = Q(pk__in=[])
        if user.has_role(Role.ACCOUNT_MANAGER):
            mine |= Q(pk__in=RawSQL(OWNED_WITH_BRANCHES, [user.pk]))  # noqa: S611 - bound
        if user.has_role(Role.ENGINEER):
            tickets = Customer._meta.get_field("tickets").related_model
            mine |= Q(pk__in=tickets._default_manager.filter(owner=user).values("customer"))
        return self.filter(mine)


class Customer(models.Model):
    """An organisation, or a branch of one."""

    name = models.CharField(_("name"), max_length=200)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="branches",
        verbose_name=_("part of"),
    )
    customer_class = models.CharField(_("class"), max_length=40, default="", blank=True)
    tax_id = models.CharField(_("tax number"), max_length=30, default="", blank=True)
    region = models.ForeignKey(
        Region,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="customers",
        verbose_name=_("region"),
    )
    address = models.CharField(_("address"), max_length=250, default="", blank=True)
    phone = models.CharField(_("phone"), max_length=20, default="", blank=True)  # E.164
    email = models.EmailField(_("e-mail"), default="", blank=True)
    mail_domains = models.JSONField(
        _("mail domains"), default=list, blank=True
    )  # "school12.kz": unknown senders belong here
    language = models.CharField(_("language"), max_length=10, default="", blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="", blank=True)
    criticality = models.PositiveSmallIntegerField(
        _("criticality"), choices=Criticality, default=Criticality.NORMAL
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="customers",
        verbose_name=_("account manager"),
    )
    notes = models.TextField(_("notes"), default="", blank=True)
    external_ref = models.CharField(
        max_length=80, default="", blank=True
    )  # its key in the system it came from
    custom = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(_("active"), default=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(name="customer_is_not_its_own_parent", condition=~Q(parent=F("pk"))),
            models.UniqueConstraint(
                name="customer_external_ref_is_used_once",
                fields=["external_ref"],
                condition=~Q(external_ref=""),
            ),
        ]
        indexes = [
            models.Index(name="customers_by_name", fields=["name", "id"]),
            models.Index(name="customers_by_phone", fields=["phone"], condition=~Q(phone="")),
            models.Index(name="customers_by_email", fields=["email"], condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:customer", args=[self.pk])


class SiteQuerySet(models.QuerySet["Site"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        if isinstance(user, User) and user.is_active and user.has_role(*SEES_EVERY_CUSTOMER):
            return self
        return self.filter(customer__in=Customer.objects.visible_to(user))


class Site(models.Model):
    """A place where equipment stands and people travel (S0.5, S0.47)."""

    class Accessibility(models.TextChoices):
        OPEN = "open", _("Free access")
        PASS = "pass", _("Pass needed")
        ESCORT = "escort", _("Escort needed")
        HARD = "hard", _("Hard to reach")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(_("name"), max_length=200)
    region = models.ForeignKey(
        Region,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sites",
        verbose_name=_("region"),
    )
    city = models.CharField(_("city"), max_length=80, default="", blank=True)
    address = models.CharField(_("address"), max_length=250, default="", blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="", blank=True)
    access_hours = models.CharField(_("access hours"), max_length=120, default="", blank=True)
    accessibility = models.CharField(
        _("access"), max_length=10, choices=Accessibility, default=Accessibility.OPEN
    )
    access_rules = models.TextField(_("access rules"), default="", blank=True)  # pass, escort, server room
    responsible = models.ForeignKey(
        "Contact",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="responsible_for",
        verbose_name=_("responsible contact"),
    )
    notes = models.TextField(_("notes"), default="", blank=True)
    external_ref = models.CharField(max_length=80, default="", blank=True)
    custom = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(_("active"), default=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="site_name_is_used_once_per_customer", fields=["customer", "name"]),
        ]
        indexes = [models.Index(name="sites_by_name", fields=["name", "id"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:site", args=[self.pk])


class Place(models.Model):
    """A building, floor, room or rack inside a site."""

    class Kind(models.TextChoices):
        BUILDING = "building", _("Building")
        FLOOR = "floor", _("Floor")
        ROOM = "room", _("Room")
        RACK = "rack", _("Rack")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="places")
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        verbose_name=_("inside"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.ROOM)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "site", _parent_or_none(), "name", name="place_name_is_used_once_per_parent"
            ),
            models.CheckConstraint(name="place_is_not_its_own_parent", condition=~Q(parent=F("pk"))),
        ]

    def __str__(self) -> str:
        return self.name


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        if isinstance(user, User) and user.is_active and user.has_role(*SEES_EVERY_CUSTOMER):
            return self
        return self.filter(customer__in=Customer.objects.visible_to(user))

    def reachable(self) -> Self:
        """Those who may still be written to: active and not replaced."""
        return self.filter(active=True, replaced_by=None)

    def signers_for(self, customer: int) -> Self:
        """Those who may sign acts for a customer: its own signers, and those of who stands above it."""
        above = RawSQL(WITH_THOSE_ABOVE, [customer])  # noqa: S611 - bound
        return self.reachable().filter(may_sign=True, customer__in=above)


class Contact(models.Model):
    """A person at the customer. Roles say what the person may do (S0.2)."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts")
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts", verbose_name=_("site")
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=120)
    position = models.CharField(_("position"), max_length=120, default="", blank=True)
    email = models.EmailField(_("e-mail"), default="", blank=True)
    phone = models.CharField(_("phone"), max_length=20, default="", blank=True)  # E.164
    other_phone = models.CharField(_("other phone"), max_length=20, default="", blank=True)
    language = models.CharField(_("language"), max_length=10, default="", blank=True)
    is_main = models.BooleanField(_("main contact"), default=False)
    is_decision_maker = models.BooleanField(_("decision maker"), default=False)
    may_open_tickets = models.BooleanField(_("may open tickets"), default=True)
    may_sign = models.BooleanField(_("may sign acts"), default=False)
    is_on_site = models.BooleanField(_("responsible on site"), default=False)
    active = models.BooleanField(_("active"), default=True)
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces"
    )
    notes = models.TextField(_("notes"), default="", blank=True)
    external_ref = models.CharField(max_length=80, default="", blank=True)
    custom = models.JSONField(default=dict, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(name="contact_does_not_replace_itself", condition=~Q(replaced_by=F("pk"))),
            models.CheckConstraint(
                name="replaced_contact_is_not_active", condition=Q(replaced_by=None) | Q(active=False)
            ),
        ]
        indexes = [
            models.Index(name="contacts_by_email", fields=["email"], condition=~Q(email="")),
            models.Index(name="contacts_by_phone", fields=["phone"], condition=~Q(phone="")),
            models.Index(
                name="contacts_by_other_phone", fields=["other_phone"], condition=~Q(other_phone="")
            ),
            models.Index(name="contacts_by_name", fields=["name", "id"]),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:contact", args=[self.pk])


class PromiseQuerySet(models.QuerySet["Promise"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.has_role(Role.ADMINISTRATOR, Role.MANAGER):
            return self
        seen = self.filter(Q(sensitive=False) | Q(owner=user))
        if user.has_role(Role.DISPATCHER):
            return seen
        return seen.filter(Q(owner=user) | Q(customer__in=Customer.objects.visible_to(user)))

    def open(self) -> Self:
        return self.filter(kept_at=None, dropped_at=None)

    def overdue(self, now: datetime) -> Self:
        return self.open().filter(due_at__lt=now)


class Decision(models.TextChoices):
    """How silence ends (S0.40)."""

    RESCHEDULE = "reschedule", _("Reschedule")
    CANCEL = "cancel", pgettext_lazy("decision", "Cancel")
    CLOSE = "close", _("Close")


class Promise(models.Model):
    """Something a person said they would do, with one owner and a date (S0.4).

    It is also the next step on the owner's Today page. Late is not stored: it follows from
    `due_at`, and an obligation tells the owner at that moment.
    """

    text = models.CharField(_("what"), max_length=200)
    why = models.CharField(_("why now"), max_length=200, default="", blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="promises", verbose_name=_("owner")
    )
    due_at = models.DateTimeField(_("due"))
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="promises")
    about_type = models.ForeignKey(
        ContentType, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    about_id = models.PositiveBigIntegerField(null=True)
    about = GenericForeignKey("about_type", "about_id")
    sensitive = models.BooleanField(default=False)  # only for its owner and the leads
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    kept_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_because = models.CharField(max_length=200, default="", blank=True)
    # Which rule asked for it ("reminders.maintenance"); empty when a person promised.
    source = models.CharField(max_length=40, default="", blank=True)
    # A customer kept silent: it is finished with a decision, never by a mere tick (S0.40).
    needs_decision = models.BooleanField(default=False)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, default="", blank=True)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="promise_is_kept_or_dropped_not_both", condition=Q(kept_at=None) | Q(dropped_at=None)
            ),
            models.CheckConstraint(
                name="promise_is_dropped_for_a_reason", condition=Q(dropped_at=None) | ~Q(dropped_because="")
            ),
            models.CheckConstraint(
                name="promise_that_needs_a_decision_is_kept_with_one",
                condition=Q(needs_decision=False) | Q(kept_at=None) | ~Q(decision=""),
            ),
        ]
        indexes = [
            models.Index(
                name="open_promises_of_an_owner",
                fields=["owner", "due_at"],
                condition=Q(kept_at=None, dropped_at=None),
            ),
            models.Index(name="promises_about", fields=["about_type", "about_id"]),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        """Where it can be kept, moved or dropped."""
        return reverse("customers:promise", args=[self.pk])
