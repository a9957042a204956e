"""What a new installation starts with, once; safe to repeat."""

from servicebook.core import reference
from servicebook.tickets import standard
from servicebook.tickets.models import Reason, WorkType


def ensure() -> None:
    """Write the standard reasons and work types that are not there yet (S0.45, S0.55)."""
    standard.install(Reason, WorkType)
    reference.changed()
