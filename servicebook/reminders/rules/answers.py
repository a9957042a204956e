"""What a customer may answer to a question, and what follows from it for us."""

from collections.abc import Mapping
from dataclasses import dataclass

from servicebook.reminders.rules.words import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        said: how the history says it.
        step: our next step; empty when the matter is settled by the answer itself.
        hours: within which it is done.
    """

    said: str
    step: str = ""
    hours: int = 24


AGREED = "agreed"  # the answer by which the thing itself is settled

CALL = Answer(_("Please call me"), _("Call {contact}: {title}"), 8)
ANSWERS: Mapping[str, Mapping[str, Answer]] = {
    "window": {
        AGREED: Answer(_("The window is agreed")),
        "other_windows": Answer(
            _("Other windows suit better"), _("Agree one of the windows that {contact} asks for: {title}")
        ),
        "call": CALL,
    },
    "access": {
        AGREED: Answer(_("Somebody lets you in")),
        "no": Answer(_("There is no access"), _("No access: agree another time with {contact}: {title}"), 4),
        "call": CALL,
    },
    "renewal": {
        "renew": Answer(_("We go on"), _("{contact} wants to go on: send what is to be signed: {title}"), 48),
        "talk": Answer(_("Let us talk about it"), _("Talk with {contact} about the renewal: {title}")),
        "no": Answer(
            _("We do not go on"),
            _("{contact} does not want to go on: speak about it, or record why: {title}"),
        ),
        "call": CALL,
    },
    "payment": {
        "paid": Answer(_("It is paid"), _("See whether the payment has arrived: {title}"), 48),
        "call": CALL,
    },
    "reply": {"written": Answer(_("An answer was written")), "call": CALL},
}
# Whatever was said by phone or in person, and fits no other line: it stands in the note.
OTHER = Answer(_("Answered"), _("Look at what {contact} answered, and go on: {title}"))


def answer_of(what: str, code: str) -> Answer:
    """Return what an answer means."""
    return ANSWERS.get(what, {}).get(code, OTHER)
