"""How the history says what came in."""

from servicebook.intake.mail import history as mail

__all__ = ["mail"]
