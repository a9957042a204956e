"""Tickets and their directories, for programs."""

from servicebook.tickets.api import coverage as _coverage  # noqa: F401 - they stand on the same routes
from servicebook.tickets.api import moves as _moves  # noqa: F401
from servicebook.tickets.api.directories import reasons, work_types
from servicebook.tickets.api.tickets import routes as tickets

__all__ = ["reasons", "tickets", "work_types"]
