"""What maintenance owes the future."""

from servicebook.maintenance.duties import plans, scope, work

__all__ = ["plans", "scope", "work"]
