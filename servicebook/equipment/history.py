"""How the verbs of this app are said."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from servicebook.core import changes
from servicebook.customers.history import day, moments, what_changed
from servicebook.equipment.models import Asset, AssetModel, Category, Meter, Warranty
from servicebook.equipment.rules import parts, readings
from servicebook.journal.history import Sentence, register


def _with_why(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """A reason that was given follows after a colon."""
    return {**facts, "because": f": {facts['why']}" if facts.get("why") else " "}


def _state(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**_with_why(facts), "what": changes.words(Asset, facts.get("changes", {}))}


def _warranty(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    side = facts.get("side", "")
    word = str(Warranty.Side(side).label) if side in Warranty.Side.values else side
    return {
        **facts,
        "side": f"{word} ({facts['component']})" if facts.get("component") else word,
        "until": day(facts.get("until")),
        "what": changes.words(Warranty, facts.get("changes", {})),
    }


def _meter(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    unit = facts.get("unit", "")
    return {
        **moments(facts),
        "value": readings.plain(Decimal(facts["value"])) if facts.get("value") else "",
        "unit": str(Meter.Unit(unit).label) if unit in Meter.Unit.values else unit,
        "what": changes.words(Meter, facts.get("changes", {})),
    }


def _repair(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    replaced = ", ".join(f"{name} ×{count}" for name, count in parts.named(str(facts.get("parts", ""))))
    return {**facts, "replaced": f" · {replaced}" if replaced else " "}


register(
    {
        "asset.added": Sentence(_("Unit added: %(name)s"), "plus"),
        "asset.changed": Sentence(_("Changed: %(what)s"), "pencil", what_changed(Asset)),
        "asset.moved": Sentence(_("Moved from %(before)s to %(after)s%(because)s"), "map-pin", _with_why),
        "asset.state_changed": Sentence(_("%(what)s%(because)s"), "refresh", _state),
        "asset.replaced": Sentence(_("Taken out, replaced by %(new)s%(because)s"), "refresh", _with_why),
        "asset.put_in": Sentence(_("Put in, in the place of %(old)s%(because)s"), "refresh", _with_why),
        "asset.part_replaced": Sentence(
            _("Inside it, %(old)s was replaced by %(new)s%(because)s"), "refresh", _with_why
        ),
        "asset.repaired": Sentence(_("Repaired on %(ticket)s: %(done)s%(replaced)s"), "tool", _repair),
        "asset.warranty_added": Sentence(
            _("Warranty added, %(side)s until %(until)s"), "shield-check", _warranty
        ),
        "asset.warranty_changed": Sentence(
            _("Warranty changed, %(side)s: %(what)s"), "shield-check", _warranty
        ),
        "asset.warranty_removed": Sentence(
            _("Warranty taken away, %(side)s until %(until)s: %(because)s"),
            "shield-check",
            _warranty,
        ),
        "asset.meter_added": Sentence(_("Meter added: %(name)s, %(unit)s"), "gauge", _meter),
        "asset.meter_changed": Sentence(_("Meter changed: %(what)s"), "gauge", _meter),
        "asset.meter_read": Sentence(_("%(meter)s read: %(value)s %(unit)s on %(read_at)s"), "gauge", _meter),
        "asset.meter_reset": Sentence(
            _("%(meter)s began again: %(value)s %(unit)s on %(read_at)s"), "gauge", _meter
        ),
        "model.added": Sentence(_("Model added: %(name)s"), "plus"),
        "model.changed": Sentence(_("Model changed: %(what)s"), "pencil", what_changed(AssetModel)),
        "category.added": Sentence(_("Category added: %(name)s"), "plus"),
        "category.changed": Sentence(_("Category changed: %(what)s"), "pencil", what_changed(Category)),
    }
)
