"""A decision with its facts as JSON, as it is stored with a ticket, and back."""

from typing import Any

from pydantic import TypeAdapter

from servicebook.contracts.rules.terms import Decision, Facts

_FACTS, _DECISION = TypeAdapter(Facts), TypeAdapter(Decision)


def dump(facts: Facts, decision: Decision) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return facts and decision as values that JSON knows."""
    return _FACTS.dump_python(facts, mode="json"), _DECISION.dump_python(decision, mode="json")


def load(facts: dict[str, Any], decision: dict[str, Any]) -> tuple[Facts, Decision]:
    """Return what `dump` was given.

    Raises:
        pydantic.ValidationError: what was stored is not a decision.
    """
    return _FACTS.validate_python(facts), _DECISION.validate_python(decision)
