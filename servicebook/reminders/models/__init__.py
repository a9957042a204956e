"""Ladders and their stages, and what customers were asked."""

from servicebook.reminders.models.asks import Ask, AskQuerySet
from servicebook.reminders.models.ladders import Asks, Ladder, Ours, Stage, Theirs, What

__all__ = ["Ask", "AskQuerySet", "Asks", "Ladder", "Ours", "Stage", "Theirs", "What"]
