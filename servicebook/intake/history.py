"""How the history says what came in."""

from servicebook.intake.importing import history as importing
from servicebook.intake.mail import history as mail

__all__ = ["importing", "mail"]
