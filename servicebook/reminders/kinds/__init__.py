"""The kinds of ladders: one class for each `What`."""

from collections.abc import Mapping
from typing import Any

from servicebook.reminders.kinds.base import Case, Kind, Matter
from servicebook.reminders.kinds.contracts import MilestoneDue, Renewal, Review
from servicebook.reminders.kinds.maintenance import Act, Maintenance, Parts, Window
from servicebook.reminders.kinds.promises import PromiseDue
from servicebook.reminders.kinds.silence import Silence
from servicebook.reminders.kinds.warranties import WarrantyEnds
from servicebook.reminders.models import What

_EVERY: tuple[Kind[Any], ...] = (
    Maintenance(),
    Window(),
    Parts(),
    Act(),
    Renewal(),
    Review(),
    MilestoneDue(),
    WarrantyEnds(),
    PromiseDue(),
    Silence(),
)
KINDS: Mapping[What, Kind[Any]] = {one.what: one for one in _EVERY}

__all__ = ["KINDS", "Case", "Kind", "Matter"]
