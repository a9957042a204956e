"""What every save of an entity does, once: check, write, record, index, refresh."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext as _

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.core import changes, fields
from servicebook.core.errors import Refused
from servicebook.search.indexing import REGISTERED


class NotSaved(Refused):
    """Values that do not fit their fields, or that another row has already."""

    code = "not_saved"


def wrong(**problems: str) -> NotSaved:
    """Return a refusal that stands at its fields."""
    return NotSaved(
        _("Not saved yet. %(problems)s") % {"problems": " ".join(problems.values())}, fields=problems
    )


def check_values(thing: models.Model) -> None:
    """Check lengths, choices and formats as the model's fields say, relations left out.

    Raises:
        NotSaved: `fields` names each field and says what is wrong with it.
    """
    relations = [field.name for field in thing._meta.concrete_fields if field.is_relation]
    try:
        thing.clean_fields(exclude=relations)
    except ValidationError as error:
        raise wrong(**{name: " ".join(texts) for name, texts in error.message_dict.items()}) from None


def squeeze(thing: models.Model, *names: str) -> None:
    """Take needless spaces out of short texts, so that the same name is the same text."""
    for name in names:
        setattr(thing, name, " ".join(str(getattr(thing, name)).split()))


def save(
    thing: models.Model, before: models.Model | None, noun: str, *, by: User | None, **facts: Any
) -> dict[str, changes.Change]:
    """Save `thing` and return what changed; nothing is written when nothing did.

    Args:
        before: the stored row, locked by the caller; None for a new one.
        noun: the first half of the verbs: "<noun>.added", ".changed", ".deactivated", ".activated".
        facts: what else the entry says.

    Raises:
        Refused: a mandatory or custom field, a value, or a row that exists already.
    """
    check_values(thing)
    fields.check(thing)
    found = changes.between(before, thing)
    if before is not None and not found:
        return {}
    try:
        if before is None:
            thing.save(force_insert=True)
        else:
            thing.save(update_fields=changes.touched(found))
    except IntegrityError as error:
        raise NotSaved(
            _("Not saved: somebody entered the same at this moment. Open the list to see it."),
            code="exists_already",
        ) from error
    _record(thing, before, noun, dict(found), by, facts)
    if type(thing) in REGISTERED:
        search.index(thing, new=before is None)
    agenda.refresh(thing, new=before is None)
    return found


def _record(
    thing: models.Model,
    before: models.Model | None,
    noun: str,
    found: dict[str, changes.Change],
    by: User | None,
    facts: dict[str, Any],
) -> None:
    if before is None:
        journal.record(f"{noun}.added", thing, by=by, name=str(thing), **facts)
        return
    if "active" in found:
        del found["active"]
        verb = "activated" if getattr(thing, "active", True) else "deactivated"
        journal.record(f"{noun}.{verb}", thing, by=by, name=str(thing))
    if found:
        journal.record(f"{noun}.changed", thing, by=by, name=str(thing), changes=found, **facts)
