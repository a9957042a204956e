"""What closing a ticket needs (S0.51), and the answers that count."""

from collections.abc import Iterable, Mapping

from servicebook.equipment.rules import parts
from servicebook.tickets.rules.words import gettext_noop as _

# Field → what to say when it is empty. "None" is an answer; silence is not.
NEEDED: Mapping[str, str] = {
    "done": _("Say what was done."),
    "result": _("Say what came of it: does it work again?"),
    "proof": _("Name the proof: a photo, an act, a reading, a log."),
    "replaced_parts": _('Name the replaced parts. "None" counts.'),
    "recommendations": _('Give your recommendations. "None" counts.'),
    "agreement": _("Choose how the customer agreed: signature, e-mail or phone."),
    "agreed_by": _("Name who agreed for the customer."),
}


FAILURE = "failure"  # the reason whose closing is a repair in the life of the unit


def is_repair(reason: str, replaced_parts: str) -> bool:
    """Whether closing a ticket repaired its unit: it had failed, or parts were replaced."""
    return reason == FAILURE or bool(parts.named(replaced_parts))


def missing(answers: Mapping[str, str]) -> dict[str, str]:
    """Return field → sentence for each answer that is not there."""
    return {name: sentence for name, sentence in NEEDED.items() if not answers.get(name, "").strip()}


def is_among(name: str, names: Iterable[str]) -> bool:
    """Whether somebody is one of `names`, whatever the case and the spaces."""
    return " ".join(name.casefold().split()) in {" ".join(one.casefold().split()) for one in names}
