"""The delivered ladders as rows (S0.33–S0.42). The tables stand in `rules/delivered.py`."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook.reminders.rules.delivered import LADDERS
from servicebook.reminders.rules.ladders import Step


def install(ladder: Any, stage: Any) -> list[Any]:
    """Write the ladders that are not there yet, in the house's language; return the new ones.

    Takes the two models, today's or a migration's.
    """
    made = []
    with translation.override(settings.LANGUAGE_CODE):
        for what, steps in LADDERS.items():
            row, new = ladder.objects.get_or_create(what=what, contract=None)
            if new:
                stage.objects.bulk_create([stage(ladder=row, **columns(one)) for one in steps])
                made.append(row)
    return made


def columns(step: Step) -> dict[str, Any]:
    """Return a stage of the rules as columns of its row."""
    values = {name: list(one) if isinstance(one, tuple) else one for name, one in asdict(step).items()}
    return {**values, "step": _(step.step)}
