"""What a warranty of the unit promises for a request: ours to the customer, the vendor's to us."""

from collections.abc import Sequence

from servicebook.contracts.rules.terms import Facts, Said, Service, Side, Step, Unless, Warranty

# A warranty mends defects. For these reasons there is none.
NOT_DEFECTS = frozenset({"configuration", "maintenance", "consultation"})
# What its maker would not mend for nothing either.
VOIDED_BY = frozenset({Unless.TAMPERING, Unless.MISUSE})


def in_order(warranties: Sequence[Warranty]) -> list[Warranty]:
    """Ours go before the vendor's, the whole unit before a component, the one that ends last first."""
    return sorted(warranties, key=lambda one: (one.side is not Side.OURS, bool(one.component), one.id))


def test(warranty: Warranty, facts: Facts) -> Step:
    """Test one warranty. `passed` is None where it depends on which component failed."""
    more: dict[str, object] = {}
    passed: bool | None = False
    if facts.day > warranty.ends_on:
        code = "ended"
    elif facts.day < warranty.starts_on:
        code = "not_begun"
    elif facts.reason in NOT_DEFECTS:
        code, more = "no_defect", {"reason": facts.reason}
    elif voided := sorted(VOIDED_BY & facts.signs):
        code, more = "void", {"unless": voided[0].value}
    elif not warranty.component or warranty.component.casefold() == facts.component.casefold():
        code, passed = "runs", True
    elif not facts.component:
        code, passed = "open", None
    else:
        code = "other_component"
    return Step(
        Said(
            f"warranty.{code}",
            {
                "side": warranty.side.value,
                "since": warranty.starts_on.isoformat(),
                "until": warranty.ends_on.isoformat(),
                "component": warranty.component,
                **more,
            },
        ),
        passed,
        f"warranty:{warranty.id}",
    )


def carries(warranty: Warranty, service: Service) -> bool:
    """Whether a warranty that runs pays for the service: parts, or the work with its way."""
    return warranty.parts if service is Service.PARTS else warranty.labour
