"""Steps of what customers agreed to and are asked: contracts, questions, the rules that ask them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from servicebook.contracts import actions as contracts
from servicebook.contracts.actions.balances import buy_pack
from servicebook.contracts.models import Contract
from servicebook.core import clock
from servicebook.customers.actions import drop_promise, keep_promise, move_promise
from servicebook.customers.models import Decision, Promise
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.rules.windows import Span
from servicebook.reminders import links
from servicebook.reminders.actions import asks, deciding, ladders, reacting
from servicebook.reminders.actions.reacting import Reaction
from servicebook.reminders.models import Ask, Ladder
from servicebook.reminders.rules.answers import ANSWERS
from servicebook.reminders.showing import shown
from servicebook.testing import make_why
from tests.walk.steps import AHEAD, ANY, WHY, Steps, step

CODES = sorted({code for codes in ANSWERS.values() for code in codes})


class Contracts(Steps):
    """Contracts begin, rest, go on, are renewed, and end."""

    @step(which=ANY, move=st.sampled_from(["activate", "resume", "withdraw_cancellation", "take_back_doubt"]))
    def a_contract_moves(self, which: int, move: str) -> None:
        contract = self.one(Contract.objects.all(), which)
        self.attempt(getattr(contracts, move), contract.pk, by=self.company.boss)

    @step(which=ANY)
    def a_contract_rests(self, which: int) -> None:
        contract = self.one(Contract.objects.all(), which)
        self.attempt(contracts.hold, contract.pk, because=WHY, by=self.company.boss)

    @step(which=ANY, ahead=st.none() | AHEAD)
    def a_contract_is_cancelled(self, which: int, ahead: int | None) -> None:
        on = None if ahead is None else self.day(ahead)
        contract = self.one(Contract.objects.all(), which)
        self.attempt(contracts.cancel, contract.pk, because=WHY, why=make_why(), on=on, by=self.company.boss)

    @step(which=ANY, months=st.integers(1, 12), in_force=st.booleans())
    def a_contract_is_renewed(self, which: int, months: int, in_force: bool) -> None:
        contract = self.one(Contract.objects.all(), which)
        self.attempt(contracts.renew, contract.pk, by=self.company.boss, months=months, in_force=in_force)

    @step(which=ANY, refuse=st.booleans())
    def a_renewal_is_doubted(self, which: int, refuse: bool) -> None:
        contract = self.one(Contract.objects.all(), which)
        do = contracts.refuse if refuse else contracts.mark_at_risk
        self.attempt(do, contract.pk, make_why(), by=self.company.boss)

    @step(which=ANY, ahead=AHEAD, percent=st.sampled_from([-5, 10]))
    def a_price_is_announced(self, which: int, ahead: int, percent: int) -> None:
        contract = self.one(Contract.objects.all(), which)
        on = self.day(ahead)
        self.attempt(
            contracts.announce_price,
            contract.pk,
            applies_on=on,
            percent=Decimal(percent),
            by=self.company.boss,
        )

    @step(which=ANY, key=ANY)
    def a_pack_is_bought(self, which: int, key: int) -> None:
        contract = self.one(Contract.objects.all(), which)
        self.attempt(buy_pack, contract.pk, "visit", Decimal(2), key=f"walk-{key}", by=self.company.boss)


class Questions(Steps):
    """Customers answer, or do not, and somebody decides; next steps are kept, dropped, moved."""

    @step(which=ANY, code=st.sampled_from(CODES), ahead=AHEAD)
    def a_link_is_answered(self, which: int, code: str, ahead: int) -> None:
        ask = self.one(Ask.objects.exclude(contact=None), which)
        opened = links.find(links.token_of(ask.pk, ask.contact_id))
        if opened is None:
            return
        offered = [span for span, _said in shown(ask).windows] if isinstance(ask.about, Occurrence) else []
        begin = clock.now() + timedelta(days=ahead, hours=1)
        wishes = [Span(begin + timedelta(days=n), begin + timedelta(days=n, hours=2)) for n in range(2)]
        said = Reaction(answer=code, note=WHY, window=next(iter(offered), None), wishes=wishes, on_site="B.")
        do = reacting.object_to if ask.ended_at else reacting.react
        self.attempt(do, ask.pk, said, contact=opened.contact)

    @step(which=ANY, code=st.sampled_from(CODES))
    def an_answer_is_heard(self, which: int, code: str) -> None:
        ask = self.one(Ask.objects.all(), which)
        if code in asks.heard_answers(ask):
            self.attempt(
                asks.answer, ask.pk, answer=code, by_name="B.", channel="phone", by=self.company.boss
            )

    @step(which=ANY, decision=st.sampled_from(Decision.values), ahead=AHEAD)
    def it_is_decided(self, which: int, decision: str, ahead: int) -> None:
        ask = self.one(Ask.objects.all(), which)
        self.attempt(
            deciding.decide,
            ask.pk,
            decision=decision,
            note=WHY,
            by=self.company.boss,
            next_at=clock.now() + timedelta(days=ahead),
            next_on=self.day(ahead),
            why=make_why(),
        )

    @step(which=ANY, to=ANY)
    def a_question_is_handed_on(self, which: int, to: int) -> None:
        ask = self.one(Ask.objects.open(), which)
        self.attempt(asks.hand, ask.pk, to=self.person(to), by=self.company.boss)

    @step(which=ANY, ahead=AHEAD, do=st.sampled_from([keep_promise, drop_promise, move_promise]))
    def a_next_step_is_taken(self, which: int, ahead: int, do: Any) -> None:
        promise = self.one(Promise.objects.open(), which)
        how: dict[str, Any] = {"by": self.company.boss}
        if do is drop_promise:
            how["because"] = WHY
        if do is move_promise:
            how["due_at"] = clock.now() + timedelta(days=ahead, hours=1)
        self.attempt(do, promise.pk, **how)

    @step(which=ANY, stage=ANY, offset=st.integers(1, 40))
    def a_rule_is_changed(self, which: int, stage: int, offset: int) -> None:
        ladder = self.one(Ladder.objects.all(), which)
        stages = list(ladder.stages.all())
        stages[stage % len(stages)].offset = offset
        self.attempt(ladders.save_ladder, ladder, stages, by=self.company.boss)

    @step(which=ANY, active=st.booleans())
    def a_rule_is_switched(self, which: int, active: bool) -> None:
        ladder = self.one(Ladder.objects.all(), which)
        ladder.active = active
        self.attempt(ladders.save_ladder, ladder, list(ladder.stages.all()), by=self.company.boss)
