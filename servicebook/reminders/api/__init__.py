"""Reminders for programs: the rules, and what customers were asked."""

from servicebook.reminders.api.asks import routes as asks
from servicebook.reminders.api.rules import routes as rules

__all__ = ["asks", "rules"]
