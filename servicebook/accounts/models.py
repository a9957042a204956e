"""People of the house, their teams and roles, and tokens for programs."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    """What a person does here; a person may have several (S0.56)."""

    ADMINISTRATOR = "administrator", _("Administrator")
    MANAGER = "manager", _("Service manager")
    DISPATCHER = "dispatcher", _("Dispatcher")
    ENGINEER = "engineer", _("Engineer")
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    ACCOUNTANT = "accountant", _("Accountant")
    STOREKEEPER = "storekeeper", _("Storekeeper")


class Team(models.Model):
    """A department that owns a queue."""

    name = models.CharField(max_length=80, unique=True)
    lead = models.ForeignKey("User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in. Customers' people are `customers.Contact`."""

    email = models.EmailField(_("e-mail"))
    name = models.CharField(pgettext_lazy("person", "name"), max_length=120)
    roles = models.JSONField(default=list)  # of Role values
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    phone = models.CharField(max_length=20, default="", blank=True)  # E.164
    language = models.CharField(max_length=10, default="", blank=True)
    time_zone = models.CharField(max_length=40, default="", blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_is_used_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def has_role(self, *roles: str) -> bool:
        """Whether the person has one of `roles`."""
        return not set(roles).isdisjoint(self.roles)

    @property
    def role_names(self) -> list[str]:
        """The roles as people call them."""
        return [str(Role(role).label) for role in self.roles]

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper()


class ApiToken(models.Model):
    """A key for a program. The key is shown once; only its hash is kept."""

    name = models.CharField(max_length=80)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)  # "tickets:read", "tickets:write", …
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
