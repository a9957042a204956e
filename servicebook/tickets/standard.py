"""The reasons and work types that a new installation starts with (S0.45, S0.55)."""

from typing import Any

# code, name, downtime risk (1 none … 4 stands still)
REASONS = (
    ("failure", "Failure", 3),
    ("configuration", "Configuration", 2),
    ("maintenance", "Maintenance", 1),
    ("consultation", "Consultation", 1),
)
# code, name, standard minutes
WORK_TYPES = (
    ("diagnostics", "Diagnostics", 60),
    ("maintenance", "Maintenance", 120),
    ("replacement", "Part replacement", 90),
    ("remote", "Remote help", 30),
)


def install(reason: Any, work_type: Any) -> None:
    """Write what is not there yet. Takes the two models, today's or a migration's."""
    for position, (code, name, risk) in enumerate(REASONS, start=1):
        reason.objects.get_or_create(
            code=code, defaults={"name": name, "downtime_risk": risk, "position": position}
        )
    for code, name, minutes in WORK_TYPES:
        work_type.objects.get_or_create(code=code, defaults={"name": name, "standard_minutes": minutes})
