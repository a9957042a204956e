"""Checklists come in versions: what a ticket has inherited never changes under it (S0.58)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.errors import Changed
from servicebook.maintenance.actions._base import NotValid, line
from servicebook.maintenance.models import Checklist, ChecklistItem, ChecklistVersion

MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One item as it is asked. `unit`, `low`, `high` and `asks_before` are of readings."""

    text: str
    kind: str = ChecklistItem.Kind.CHECK
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    asks_before: bool = False
    proof: str = ChecklistItem.Proof.NONE
    required: bool = True
    hint: str = ""


@transaction.atomic
def publish(
    checklist: Checklist,
    items: Sequence[Item],
    *,
    by: User,
    regulation: str = "",
    what_changed: str = "",
    seen: int | None = None,
) -> ChecklistVersion:
    """Make the next version of a checklist, or the first of a new one. Nothing new, nothing made.

    Tickets that were made before keep the version that they have.

    Args:
        checklist: with its name; unsaved for a new one.
        regulation: what it follows: a standard, a manual, a law.
        seen: the number of the version that the person had before their eyes.

    Raises:
        NotValid: no name or one in use, no item, or an item that contradicts itself; `fields` names
            an item by its place: "items.2.high".
        Changed: somebody published another version since.
    """
    checklist.name = line(checklist.name, "name", _("Name the checklist."))
    _check_name(checklist)
    before: ChecklistVersion | None = None
    if checklist.pk:
        Checklist.objects.select_for_update().get(pk=checklist.pk)
        before = checklist.versions.order_by("-number").first()
    if seen is not None and seen != (before.number if before else 0):
        raise Changed(_("Somebody published another version. Look at what is new, then do it again."))
    _check(items)
    try:
        with transaction.atomic():
            checklist.save()
    except IntegrityError:
        raise _name_in_use() from None
    if before and _same(before, items, regulation):
        return before
    version = ChecklistVersion.objects.create(
        checklist=checklist,
        number=before.number + 1 if before else 1,
        regulation=regulation.strip(),
        what_changed=" ".join(what_changed.split())[:250],
        made_at=clock.now(),
        made_by=by,
    )
    ChecklistItem.objects.bulk_create(_row(version, at, one) for at, one in enumerate(items, start=1))
    journal.record(
        "checklist.published",
        checklist,
        by=by,
        name=checklist.name,
        number=version.number,
        items=len(items),
        what=version.what_changed,
    )
    return version


@transaction.atomic
def switch(checklist_id: int, *, by: User) -> Checklist:
    """Take a checklist out of use, or use it again. What has inherited it keeps it."""
    one = Checklist.objects.select_for_update().get(pk=checklist_id)
    one.active = not one.active
    one.save(update_fields=["active"])
    verb = "checklist.switched_on" if one.active else "checklist.switched_off"
    journal.record(verb, one, by=by, name=one.name)
    return one


def _row(version: ChecklistVersion, position: int, item: Item) -> ChecklistItem:
    return ChecklistItem(version=version, position=position, **_columns(item))


def _columns(item: Item) -> dict[str, Any]:
    """What is kept of an item: of a check no limits, of words no unit."""
    reads = item.kind == ChecklistItem.Kind.MEASURE
    return {
        "text": " ".join(item.text.split()),
        "kind": item.kind,
        "unit": item.unit.strip() if reads else "",
        "low": item.low if reads else None,
        "high": item.high if reads else None,
        "asks_before": item.asks_before and reads,
        "proof": item.proof,
        "required": item.required,
        "hint": " ".join(item.hint.split()),
    }


def _same(before: ChecklistVersion, items: Sequence[Item], regulation: str) -> bool:
    if before.regulation != regulation.strip():
        return False
    wanted = [_columns(one) for one in items]
    names = list(wanted[0])
    return list(before.items.values(*names)) == wanted


def _check_name(checklist: Checklist) -> None:
    if Checklist.objects.filter(name__iexact=checklist.name).exclude(pk=checklist.pk).exists():
        raise _name_in_use()


def _name_in_use() -> NotValid:
    sentence = _("There is a checklist of this name. Give another name, or publish its next version.")
    return NotValid(sentence, fields={"name": sentence})


def _check(items: Sequence[Item]) -> None:
    if not items:
        sentence = _("Give at least one item.")
        raise NotValid(sentence, fields={"items": sentence})
    if len(items) > MOST_ITEMS:
        sentence = _("Give at most %(most)s items; make two checklists of more.") % {"most": MOST_ITEMS}
        raise NotValid(sentence, fields={"items": sentence})
    wrong: dict[str, str] = {}
    for place, item in enumerate(items):
        wrong |= {f"items.{place}.{name}": text for name, text in _wrong_with(item).items()}
    if wrong:
        raise NotValid(
            _("Not published yet. %(wrong)s") % {"wrong": " ".join(dict.fromkeys(wrong.values()))},
            fields=wrong,
        )


def _wrong_with(item: Item) -> Mapping[str, str]:
    wrong: dict[str, str] = {}
    try:
        ChecklistItem(position=1, **_columns(item)).clean_fields(exclude=["version"])
    except ValidationError as error:
        wrong |= {name: " ".join(texts) for name, texts in error.message_dict.items()}
    if not wrong and item.low is not None and item.high is not None and item.low > item.high:
        wrong["high"] = _("The upper limit lies below the lower one. Swap or mend them.")
    if item.proof == ChecklistItem.Proof.READING and item.kind != ChecklistItem.Kind.MEASURE:
        wrong["proof"] = _("Only a reading can be proven by a reading. Choose another proof or kind.")
    return wrong
