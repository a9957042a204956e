"""Reminder rules are saved here. What they owe is armed anew by an obligation of the ladder."""

from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.contracts.models import Contract
from servicebook.core import clock, reference
from servicebook.core.errors import Changed, Refused
from servicebook.customers.saving import wrong
from servicebook.messaging import texts
from servicebook.reminders import fitting, wording
from servicebook.reminders.models import Ladder, Stage, What
from servicebook.reminders.rules import filling
from servicebook.reminders.rules import ladders as rules
from servicebook.reminders.rules.ladders import Rung

MOST_STAGES = 20


class NoStages(Refused):
    """A rule without a stage would announce nothing."""

    code = "no_stages"


class RuleOfTheHouse(Refused):
    """It can be switched off, not taken away."""

    code = "rule_of_the_house"


@transaction.atomic
def save_ladder(
    ladder: Ladder, stages: Sequence[Stage], *, by: User | None, seen: int | None = None
) -> Ladder:
    """Save a rule with its stages; the obligations follow in the background.

    A stage keeps its name, so that what it fired stays fired and what is armed moves.

    Args:
        ladder: as it shall be; new for a contract's own.
        stages: in the order of time; one without a name is new.
        seen: the version that the person looked at.

    Raises:
        Changed: somebody saved it meanwhile.
        Refused: with `fields`: quiet hours with one end, two stages at one moment, or none at all.
    """
    # The usual order joins the contract, and PostgreSQL does not lock what may be missing.
    locked = Ladder.objects.select_for_update().order_by("pk")
    before = locked.filter(pk=ladder.pk).first() if ladder.pk else None
    if before is not None and seen is not None and before.version != seen:
        raise Changed(_("Somebody changed this rule meanwhile. Look at what is new, then change it again."))
    check(ladder, stages)
    was = _said(before)
    ladder.version = before.version + 1 if before else 0
    ladder.changed_at, ladder.followed_up_to = clock.now(), 0
    ladder.save()
    _write(ladder, stages)
    journal.record(
        "ladder.changed" if before else "ladder.added",
        ladder,
        by=by,
        what=wording.in_house(What(ladder.what).label),
        contract=ladder.contract.number if ladder.contract else "",
        before=was,
        after=_said(ladder),
    )
    reference.changed()
    agenda.refresh(ladder)
    return ladder


@transaction.atomic
def drop_ladder(ladder_id: int, *, by: User) -> Contract:
    """Give up a contract's own rule: that of the house holds again. Returns the contract.

    Raises:
        RuleOfTheHouse
    """
    rows = Ladder.objects.select_for_update(of=("self",)).select_related("contract")
    ladder = rows.get(pk=ladder_id)
    contract = ladder.contract
    if contract is None:
        raise RuleOfTheHouse(_("This is the rule of the house. Switch it off instead of taking it away."))
    journal.record("ladder.dropped", contract, by=by, what=wording.in_house(What(ladder.what).label))
    ladder.delete()
    reference.changed()
    house = Ladder.objects.filter(what=ladder.what, contract=None).first()
    if house is not None:
        house.changed_at, house.followed_up_to = clock.now(), 0
        house.save(update_fields=["changed_at", "followed_up_to"])
        agenda.refresh(house)
    return contract


def name_of(stage: Stage, taken: Collection[str]) -> str:
    """Return a name that no other stage of the ladder has: "before-14", "after-48h", "before-14-2"."""
    name = found = rules.name_of(stage.offset, stage.unit, stage.side)
    number = 2
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def check(ladder: Ladder, stages: Sequence[Stage]) -> None:
    """Refuse what makes no sense, as `save_ladder` does; a rehearsal asks the same.

    Raises:
        Refused: with `fields` where one is to blame.
    """
    if not stages:
        raise NoStages(_("A rule needs a stage. To announce nothing, switch the rule off."))
    if len(stages) > MOST_STAGES:
        most = {"most": MOST_STAGES}
        raise Refused(_("At most %(most)s stages fit into one rule.") % most, code="too_many_stages")
    if (ladder.quiet_from is None) != (ladder.quiet_until is None):
        raise wrong(quiet_until=_("Quiet hours have a beginning and an end. Fill both, or none."))
    if ladder.quiet_from is not None and ladder.quiet_from == ladder.quiet_until:
        raise wrong(quiet_until=_("From and until are the same: nothing would ever go out."))
    problems = {
        f"stages.{at}.{name}": said
        for at, one in enumerate(stages)
        for name, said in wrong_in(ladder.what, one).items()
    }
    if problems:
        raise wrong(**problems)
    if rules.clashes([_rung(one) for one in stages]):
        raise Refused(
            _("Two stages stand at the same moment. Put what they do into one."), code="two_at_one_moment"
        )
    if ladder.what == What.SILENCE and ladder.active and not max(stages, key=_place).needs_decision:
        raise Refused(
            _("Silence ends in a decision: tick it at the last stage, or switch the rule off."),
            code="no_decision_at_the_end",
        )
    if ladder.what != What.SILENCE and any(one.needs_decision for one in stages):
        raise Refused(
            _("Only the rule about silence can end in a decision. Untick it here."), code="no_decision_here"
        )


def wrong_in(what: str, stage: Stage) -> dict[str, str]:
    """Return what is wrong with one stage of a rule about `what`, by the names of its fields."""
    found: dict[str, str] = {}
    if stage.theirs and not stage.asks:
        found["asks"] = _("Say what they are asked to do: customers get only what asks for an action.")
    if stage.theirs and not stage.text:
        found["text"] = _("Choose the text that they get.")
    elif stage.text and (problem := _wrong_text(what, stage.text)):
        found["text"] = problem
    if stage.asks and not stage.theirs:
        found["theirs"] = _("Say who is asked.")
    if unknown := filling.unknown(stage.step):
        names = {"names": _in_braces(unknown), "known": _in_braces(filling.NAMES)}
        found["step"] = _("Nothing is put in for %(names)s. Known are %(known)s.") % names
    return found


def _wrong_text(what: str, text: str) -> str:
    titles = {"titles": ", ".join(title for _code, title in fitting.fitting(what)) or "–"}
    if text not in dict(texts.choices()):
        return _("There is no such text for customers. Those that fit: %(titles)s.") % titles
    empty = fitting.unfilled(what, text)
    if not empty:
        return ""
    return _("This rule has nothing for %(names)s of this text. Texts that fit: %(titles)s.") % {
        "names": ", ".join(empty),
        **titles,
    }


def _in_braces(names: Iterable[str]) -> str:
    return ", ".join("{" + name + "}" for name in names)


def _rung(stage: Stage) -> Rung:
    return Rung(stage.name, stage.offset, stage.unit, stage.side)


def _place(stage: Stage) -> int:
    return rules.hours(_rung(stage))


def name(stages: Sequence[Stage]) -> None:
    """Give a name of its own to each stage that has none."""
    taken = {one.name for one in stages if one.name}
    used: set[str] = set()
    for one in stages:
        if not one.name or one.name in used:
            one.name = name_of(one, taken)
            taken.add(one.name)
        used.add(one.name)


def _write(ladder: Ladder, stages: Sequence[Stage]) -> None:
    kept = {one.name for one in stages if one.name}
    ladder.stages.exclude(name__in=kept).delete()
    name(stages)
    known = dict(ladder.stages.values_list("name", "pk"))
    for one in stages:
        one.ladder, one.pk = ladder, known.get(one.name)
        one.save()


def _said(ladder: Ladder | None) -> list[str]:
    """The stages as the house reads them, for the history."""
    return [wording.in_house(wording.lazily(one)) for one in ladder.stages.all()] if ladder else []
