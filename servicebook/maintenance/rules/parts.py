"""What may become of a part for a task: needed, reserved, issued, then used or returned (S0.29)."""

from collections.abc import Mapping

from servicebook.maintenance.rules.words import gettext_noop as _

NEEDED, RESERVED, ISSUED, RETURNED, USED = "needed", "reserved", "issued", "returned", "used"

LAWFUL: Mapping[str, frozenset[str]] = {
    NEEDED: frozenset({RESERVED}),
    RESERVED: frozenset({NEEDED, ISSUED}),  # put back on the shelf before anybody took it
    ISSUED: frozenset({NEEDED, RETURNED, USED}),  # given back before the work, or after it
    RETURNED: frozenset({RESERVED}),  # needed again
    USED: frozenset(),
}

# While it is in one of these, a kit is at one task and nowhere else.
HELD = frozenset({RESERVED, ISSUED})

WHY_NOT: Mapping[str, str] = {
    NEEDED: _("%(part)s is not reserved yet. Reserve it first."),
    RESERVED: _("%(part)s is reserved, not issued. Issue it first."),
    ISSUED: _("%(part)s is issued already. Take it back first."),
    RETURNED: _("%(part)s was returned. Reserve it again first."),
    USED: _("%(part)s is used up. Add a part if one more is needed."),
}


def may(before: str, after: str) -> bool:
    """Whether a part may go from one state to the other."""
    return after in LAWFUL[before]
