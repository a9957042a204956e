"""The first guess: what the rows of a file are, and which column is which field."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

from servicebook.intake.importing import profiles
from servicebook.intake.importing.fields import Field, fields_of, reserved_headings
from servicebook.intake.importing.rules import headings as heading_rules
from servicebook.intake.importing.rules.headings import plain
from servicebook.intake.models import ImportRun


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file seems to be. `profile` is empty when no program was recognised."""

    entity: str
    mapping: dict[str, str]
    profile: str = ""


def guess(headings: Sequence[str], entity: str = "") -> Guess:
    """Guess from the headings. A known program's mapping first, the rest by the names of the fields.

    Args:
        entity: what the rows are, if a person said so.
    """
    profile = profiles.recognise(headings)
    if profile and entity in ("", profile.entity):
        known = profiles.mapped(profile, headings)
        rest = [heading for heading in headings if heading not in known.values()]
        leave = _reserved() | {plain(heading) for heading in profile.leave}
        fields = [one for one in fields_of(profile.entity) if one.name not in known]
        # Labels of a known program are exact; a merely similar one means something else.
        return Guess(profile.entity, known | _match(rest, fields, leave, exact=True), profile.name)
    candidates = [entity] if entity else list(ImportRun.Entity.values)
    guesses = [Guess(one, _match(headings, fields_of(one), _reserved())) for one in candidates]
    return max(guesses, key=_fits)


def _fits(one: Guess) -> tuple[bool, float]:
    """A guess that maps all that is needed wins, then the one that maps more, rarer fields first."""
    needed = {field.name for field in fields_of(one.entity) if field.required}
    telling = {
        "serial",
        "model",
        "opened_at",
        "title",
        "tax_id",
        "first_name",
        "last_name",
        "position",
        "latitude",
        "starts_on",
        "ends_on",
    }
    return needed <= set(one.mapping), len(one.mapping) + 2 * len(telling & set(one.mapping))


def _match(
    headings: Sequence[str], fields: Sequence[Field], leave: frozenset[str], *, exact: bool = False
) -> dict[str, str]:
    known = {one.name: one.names for one in fields}
    found = heading_rules.guess(headings, known, leave=leave)
    if exact:
        found = {
            name: heading
            for name, heading in found.items()
            if plain(heading) in {plain(one) for one in known[name]}
        }
    return found


def _reserved() -> frozenset[str]:
    """The two columns of a file to mend, in every language that it may have been made in."""
    names: set[str] = set()
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            names |= {plain(heading) for heading in reserved_headings().values()}
    return frozenset(names)
