"""The future. A capability declares duties; `refresh` keeps a subject's obligations true to them."""

from servicebook.agenda.rearming import Rearmed, rearm
from servicebook.agenda.refresh import refresh, refresh_many
from servicebook.agenda.registry import AGAIN, LAPSED, Due, Duty, Many, duty

__all__ = ["AGAIN", "LAPSED", "Due", "Duty", "Many", "Rearmed", "duty", "rearm", "refresh", "refresh_many"]
