"""Plans, who is in them, what is due, and what came of it."""

from servicebook.maintenance.models.call_runs import CallRun
from servicebook.maintenance.models.checklists import (
    Checklist,
    ChecklistItem,
    ChecklistVersion,
    Worksheet,
    WorksheetLine,
)
from servicebook.maintenance.models.occurrences import Heard, Kit, Occurrence, PartNeed, Trip, Window
from servicebook.maintenance.models.plans import Enrolment, Plan, PlanScope

__all__ = [
    "CallRun",
    "Checklist",
    "ChecklistItem",
    "ChecklistVersion",
    "Enrolment",
    "Heard",
    "Kit",
    "Occurrence",
    "PartNeed",
    "Plan",
    "PlanScope",
    "Trip",
    "Window",
    "Worksheet",
    "WorksheetLine",
]
