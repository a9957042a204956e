"""The reasons of refusal that a new installation starts with (S0.66)."""

from typing import Any

REFUSAL_REASONS = (
    "Too dear",
    "Goes to another provider",
    "Does it with own people",
    "Equipment sold or written off",
    "Site closed",
    "Not satisfied with the service",
    "Terms could not be agreed",
)


def install(reason: Any) -> None:
    """Write what is not there yet. Takes the model, today's or a migration's."""
    for position, name in enumerate(REFUSAL_REASONS, start=1):
        reason.objects.get_or_create(name=name, defaults={"position": position})
