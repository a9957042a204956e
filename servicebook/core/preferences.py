"""What the organisation chose for itself, typed, with defaults that work."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, Field, ValidationError

from servicebook.core import reference
from servicebook.core.errors import Refused
from servicebook.core.models import Preferences


class Chosen(BaseModel):
    """Preferences with their limits. A new one needs a default, so that no start depends on it."""

    company: str = "Servicebook"
    service_owner_id: int | None = None  # who owns what no rule gives to anybody
    currency: str = "KZT"
    country: str = Field(default="KZ", pattern="^[A-Z]{2}$")  # phone numbers without a country code are of it
    # S0.65: the same reason on the same unit within this window is a repeat.
    repeat_window_days: int = Field(default=30, ge=7, le=30)
    # A reply to a closed ticket reopens it within this time, later it opens a linked one.
    reopen_days: int = Field(default=7, ge=0, le=90)
    ask_rating: bool = True


def current() -> Chosen:
    """Return the preferences in force. Costs no statement when nothing changed."""
    return reference.get("preferences", _load)


def choose(**changes: object) -> Chosen:
    """Change some preferences. The caller records it in the journal.

    Raises:
        Refused: a value is out of its limits; `fields` names it.
    """
    with transaction.atomic():
        row, _created = Preferences.objects.select_for_update().get_or_create(pk=1)
        try:
            chosen = Chosen(**{**row.values, **changes})
        except ValidationError as error:
            raise Refused(
                _("These preferences were not saved. Mend the marked values."),
                code="bad_preferences",
                fields={str(problem["loc"][0]): problem["msg"] for problem in error.errors()},
            ) from None
        row.values = chosen.model_dump(mode="json")
        row.save(update_fields=["values"])
        reference.changed()
    return chosen


def _load() -> Chosen:
    row = Preferences.objects.filter(pk=1).first()
    return Chosen(**(row.values if row else {}))
