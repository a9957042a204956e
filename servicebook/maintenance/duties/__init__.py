"""What maintenance owes the future."""

from servicebook.maintenance.duties import plans

__all__ = ["plans"]
