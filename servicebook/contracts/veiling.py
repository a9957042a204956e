"""What names a contract, for somebody who may not see every one (S1.2).

What is not a contract itself stays: what is covered is covered for whoever asks, and a plan runs under its
contract whoever looks. The numbers of sensitive contracts are veiled in it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.contracts.models import Contract
from servicebook.contracts.models.contract import SEES_SENSITIVE
from servicebook.contracts.rules.terms import Decision, Said
from servicebook.customers.models import SEES_EVERY_CUSTOMER


def numbers_shown(numbers: Iterable[str], user: User | None) -> Collection[str]:
    """Return which contracts, by their numbers, `user` may see; the program itself (None) sees all.

    One statement, or none: for who sees all, and where no contract is named.
    """
    named = {one for one in numbers if one}
    if not named or user is None or _sees_all(user):
        return named
    return set(Contract.objects.visible_to(user).filter(number__in=named).values_list("number", flat=True))


def number_for(user: User) -> Subquery:
    """The number of a row's `contract`, as a column of it; null for who may not see the contract."""
    return Subquery(Contract.objects.visible_to(user).filter(pk=OuterRef("contract")).values("number"))


def veiled(decision: Decision, user: User) -> Decision:
    """Return the decision as `user` may read it; one statement where a contract is named."""
    named = set(_numbers(_sentences(decision)))
    if not named or _sees_all(user):
        return decision
    seen = Contract.objects.visible_to(user)
    shown = dict(seen.filter(number__in=named).values_list("number", "pk"))
    if shown.keys() == named:
        return decision
    known = set(shown.values())

    def veil(said: Said) -> Said:
        return Said(said.code, _veil(said.facts, shown))

    def own(contract: int | None) -> int | None:
        return contract if contract in known else None

    return replace(
        decision,
        because=veil(decision.because),
        contract=own(decision.contract),
        version=decision.version if own(decision.contract) else None,
        services=tuple(
            replace(
                one,
                contract=own(one.contract),
                line=one.line if one.contract is None or own(one.contract) else "",
                because=veil(one.because),
                draws=tuple(draw for draw in one.draws if own(draw.contract)),
            )
            for one in decision.services
        ),
        steps=tuple(
            replace(step, said=veil(step.said), clause=step.clause if _is_shown(step.said, shown) else "")
            for step in decision.steps
        ),
        flips=tuple(replace(flip, said=veil(flip.said)) for flip in decision.flips),
    )


def _sees_all(user: User) -> bool:
    return user.has_role(*SEES_SENSITIVE) and user.has_role(*SEES_EVERY_CUSTOMER)


def _sentences(decision: Decision) -> Iterator[Said]:
    yield decision.because
    yield from (step.said for step in decision.steps)
    yield from (one.because for one in decision.services)
    yield from (flip.said for flip in decision.flips)


def _numbers(sentences: Iterable[Said]) -> Iterator[str]:
    for said in sentences:
        own: Mapping[str, Any] = said.facts
        why = own.get("why")
        for facts in (own, why["facts"] if why else {}):
            if facts.get("contract"):
                yield str(facts["contract"])
            yield from facts.get("contracts", ())


def _is_shown(said: Said, shown: Mapping[str, int]) -> bool:
    return all(number in shown for number in _numbers([said]))


def _veil(facts: Mapping[str, Any], shown: Mapping[str, int]) -> dict[str, Any]:
    veiled, hidden = dict(facts), _("that you may not see")
    if facts.get("contract") and facts["contract"] not in shown:
        veiled["contract"] = hidden
    if facts.get("contracts"):
        veiled["contracts"] = [number if number in shown else hidden for number in facts["contracts"]]
    if facts.get("why"):
        veiled["why"] = {**facts["why"], "facts": _veil(facts["why"]["facts"], shown)}
    return veiled
