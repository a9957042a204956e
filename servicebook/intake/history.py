"""How the history says what came in."""

from servicebook.intake.importing import history as importing
from servicebook.intake.mail import history as mail
from servicebook.intake.messenger import history as messenger

__all__ = ["importing", "mail", "messenger"]
