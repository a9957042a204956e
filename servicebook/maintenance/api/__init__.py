"""Maintenance for programs: what is due, what is agreed about it, and what came of it."""

from servicebook.maintenance.api import parts as _parts  # noqa: F401 - it stands on the same routes
from servicebook.maintenance.api.checklists import checklists, kits
from servicebook.maintenance.api.occurrences import routes as occurrences
from servicebook.maintenance.api.plans import routes as plans
from servicebook.maintenance.api.trips import routes as trips
from servicebook.maintenance.api.worksheets import routes as worksheets

__all__ = ["checklists", "kits", "occurrences", "plans", "trips", "worksheets"]
