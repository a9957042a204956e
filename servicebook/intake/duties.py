"""What comes from outside and still has to be worked off."""

from servicebook.intake.importing import duties as importing
from servicebook.intake.mail import duties as mail
from servicebook.intake.messenger import duties as messenger

__all__ = ["importing", "mail", "messenger"]
