"""Who at the customer is written to, and who may do what (S0.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# For each occasion: the roles to look for, first hit wins. The last resort is the main contact.
OCCASIONS: dict[str, tuple[str, ...]] = {
    "ticket": ("main",),
    "access": ("on_site", "main"),
    "act": ("signer", "decision_maker", "main"),
    "money": ("decision_maker", "main"),
    "renewal": ("decision_maker", "main"),
}


@dataclass(frozen=True)
class Person:
    """A contact as this rule sees it; only those who may still be written to are given."""

    key: int
    site: int | None = None
    main: bool = False
    decision_maker: bool = False
    signer: bool = False
    on_site: bool = False


def receivers(people: Sequence[Person], occasion: str, *, site: int | None = None) -> list[int]:
    """Return the keys of those who are told, in the order given.

    People of `site` go before people of the whole customer, people of another site are left out.

    Raises:
        KeyError: there is no such occasion in OCCASIONS.
    """
    return next(by_role(OCCASIONS[occasion], people, site=site), [])


def by_role(
    roles: Sequence[str], people: Sequence[Person], *, site: int | None = None
) -> Iterator[list[int]]:
    """Yield the keys of those who have each of `roles`, those of the site first; see `receivers`."""
    near = [person for person in people if site is not None and person.site == site]
    general = [person for person in people if person.site is None or site is None]
    for role in roles:
        for group in (near, general):
            found = [person.key for person in group if getattr(person, role)]
            if found:
                yield found
