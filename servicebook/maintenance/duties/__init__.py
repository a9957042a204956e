"""What maintenance owes the future."""

from servicebook.maintenance.duties import plans, work

__all__ = ["plans", "work"]
