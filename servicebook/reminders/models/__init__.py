"""Ladders and their stages, what customers were asked, and how far a changed place was followed."""

from servicebook.reminders.models.asks import Ask, AskQuerySet
from servicebook.reminders.models.ladders import Asks, Ladder, Ours, Stage, Theirs, What
from servicebook.reminders.models.places import PlaceWalk

__all__ = ["Ask", "AskQuerySet", "Asks", "Ladder", "Ours", "PlaceWalk", "Stage", "Theirs", "What"]
