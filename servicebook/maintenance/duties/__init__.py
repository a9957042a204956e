"""What maintenance owes the future."""

from servicebook.maintenance.duties import call_runs, plans, scope, work

__all__ = ["call_runs", "plans", "scope", "work"]
