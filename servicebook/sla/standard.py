"""The service hours that a new installation starts with (S0.15)."""

from typing import Any

from servicebook.sla.rules.hours import ALWAYS

NINE_TO_SIX, EIGHT_TO_EIGHT = [[540, 1080]], [[480, 1200]]
HOURS: tuple[tuple[str, Any], ...] = (
    ("24/7", ALWAYS.week),
    ("Mon–Fri 9–18", [NINE_TO_SIX] * 5 + [[], []]),
    ("Mon–Sat 8–20", [EIGHT_TO_EIGHT] * 6 + [[]]),
)


def install(service_hours: Any) -> None:
    """Write what is not there yet. Takes the model, today's or a migration's."""
    for name, week in HOURS:
        service_hours.objects.get_or_create(name=name, defaults={"week": week})
