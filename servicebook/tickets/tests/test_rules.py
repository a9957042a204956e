from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.contracts.rules.terms import ContractType
from servicebook.tickets.rules import closing, repeats, status
from servicebook.tickets.rules.priority import Circumstances, Urgency, decide, lifted
from servicebook.tickets.rules.reopening import Verdict, asks_for_nothing
from servicebook.tickets.rules.reopening import decide as on_reply
from servicebook.tickets.rules.routing import Asked, Route, Rule, route

CLOSED_AT = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.mark.req("S0.46")
@pytest.mark.parametrize(
    ("known", "level", "says"),
    [
        (Circumstances(downtime=4, customer=4), 1, "the customer is vital"),
        (Circumstances(downtime=4, customer=2), 2, "Work stands still"),
        (Circumstances(downtime=3, customer=2, asset=4), 1, "the unit is vital"),
        (Circumstances(downtime=3, customer=4, asset=1), 1, "the customer is vital"),
        (Circumstances(downtime=2, customer=2), 3, "Work goes on with limits"),
        (Circumstances(downtime=1, customer=1), 4, "Nothing stands still"),
        (Circumstances(downtime=2, customer=2, repeat=True), 2, "it is a repeat"),
        (Circumstances(downtime=2, customer=2, customer_class="VIP"), 2, "the customer is of class"),
        (Circumstances(downtime=4, customer=2, repeat=True), 2, "Work stands still"),  # never to critical
        (Circumstances(downtime=1, customer=1, complaint=True), 2, "a complaint is never below high"),
        (Circumstances(downtime=2, customer=2, contract=ContractType.SLA), 2, "promises service levels"),
        (Circumstances(downtime=2, customer=2, contract=ContractType.SUBSCRIPTION), 3, "with limits"),
        (Circumstances(downtime=2, customer=2, contract=ContractType.SLA, repeat=True), 2, "a repeat"),
        (Circumstances(downtime=4, customer=2, contract=ContractType.SLA), 2, "Work stands still"),
    ],
)
def test_priority_is_computed_and_says_why(known, level, says):
    urgency = decide(known)

    assert urgency.level == level
    assert any(says in part.text for part in urgency.because)


@pytest.mark.req("S0.46")
@pytest.mark.parametrize(
    ("level", "left", "lifted_to", "says"),
    [
        (4, timedelta(days=3), 4, ""),
        (4, timedelta(hours=4, seconds=1), 4, ""),
        (4, timedelta(hours=4), 2, "%(hours)s h away"),
        (4, timedelta(minutes=59), 1, "%(minutes)s min away"),
        (2, timedelta(hours=3), 2, ""),
        (2, timedelta(hours=1), 1, "%(hours)s h away"),
        (3, timedelta(hours=-1), 1, "has passed"),
        (1, timedelta(hours=-1), 1, ""),
    ],
)
def test_a_near_recovery_deadline_lifts_the_priority_and_never_lowers_it(level, left, lifted_to, says):
    urgency = lifted(Urgency(level, ()), left)

    assert urgency.level == lifted_to
    assert [says in part.text for part in urgency.because] == ([True] if says else [])


@pytest.mark.req("S0.46")
@given(st.integers(1, 4), st.integers(1, 4), st.booleans(), st.booleans())
def test_more_trouble_never_lowers_the_priority(downtime, customer, repeat, complaint):
    calm = decide(Circumstances(downtime=downtime, customer=customer))
    worse = decide(
        Circumstances(
            downtime=min(4, downtime + 1), customer=min(4, customer + 1), repeat=repeat, complaint=complaint
        )
    )

    assert worse.level <= calm.level


def test_a_scale_has_four_steps():
    with pytest.raises(ValueError, match="1 to 4"):
        decide(Circumstances(downtime=5, customer=1))


RULES = [
    Rule(owner=1, reason=10, region=100),
    Rule(owner=2, customer=7),
    Rule(owner=3, kind="complaint"),
    Rule(owner=4, reason=10, team=9),
]


@pytest.mark.req("S0.44")
@pytest.mark.parametrize(
    ("asked", "owner"),
    [
        (Asked("request", 10, regions=frozenset({101, 100})), Route(1)),  # a district of the region
        (Asked("request", 11, customers=frozenset({70, 7})), Route(2)),  # a branch of the customer
        (Asked("complaint", 11), Route(3)),
        (Asked("request", 10), Route(4, team=9)),
        (Asked("request", 12), Route(50)),  # nothing fits: the service owner
    ],
)
def test_the_first_rule_that_fits_gives_the_owner(asked, owner):
    assert route(RULES, asked, active=[1, 2, 3, 4, 50, 60], fallbacks=[50, 60]) == owner


@pytest.mark.req("S0.44")
def test_who_has_left_owns_nothing_and_somebody_always_does():
    asked = Asked("request", 10, regions=frozenset({100}))

    assert route(RULES, asked, active=[4, 60], fallbacks=[50, 60]) == Route(4, team=9)
    assert route([], asked, active=[60], fallbacks=[None, 50, 60]) == Route(60)
    assert route([], asked, active=[], fallbacks=[50]) is None


@pytest.mark.req("S0.48")
@pytest.mark.parametrize(
    ("before", "after", "lawful"),
    [
        ("queued", "working", True),
        ("queued", "closed", True),
        ("working", "waiting", True),
        ("waiting", "working", True),
        ("waiting", "waiting", True),
        ("approval", "working", True),
        ("closed", "queued", True),
        ("closed", "working", False),
        ("closed", "closed", False),
        ("waiting", "queued", False),
        ("working", "working", False),
    ],
)
def test_moves_stand_in_a_table(before, after, lawful):
    assert status.may(before, after) is lawful


@pytest.mark.req("S0.51")
def test_closing_names_each_answer_that_is_missing():
    answers = dict.fromkeys(closing.NEEDED, "none")

    assert closing.missing(answers) == {}
    assert set(closing.missing({**answers, "replaced_parts": " ", "proof": ""})) == {
        "replaced_parts",
        "proof",
    }
    assert set(closing.missing({})) == set(closing.NEEDED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks!",
        "Thank you very much, everything works now 👍",
        "OK, got it. Best regards",
        "Спасибо большое, всё работает!",
        "Спасибо за оперативность. С уважением",
        "Көп рахмет, бәрі жақсы!",
        "Рақмет сізге",
        "Teşekkürler, şimdi çalışıyor.",
        "ÇOK TEŞEKKÜR EDERİM",
        "İyi günler, tamam",
        "谢谢，问题解决了！",
        "收到，非常感谢",
    ],
)
def test_thanks_ask_for_nothing(text):
    assert asks_for_nothing(text)


SIGNED = ("Sergey Bondar", "Sergey", "Chief mechanic", "Temirtau Conveyor Plant")


@pytest.mark.parametrize(
    "text",
    [
        "Спасибо!\n\nSergey Bondar",
        "Thanks a lot, it works.\n\nBest regards\nSergey Bondar\nChief mechanic\n+7 701 555 01 12",
        "Спасибо\n\nС уважением,\nСергей Бондарь\nТемиртау, ул. Промышленная 5",
        "Thank you\nSergey\nTemirtau Conveyor Plant",
    ],
)
def test_a_signature_under_thanks_asks_for_nothing(text):
    assert asks_for_nothing(text, signed=SIGNED)


@pytest.mark.parametrize(
    "text",
    [
        "It is loud again.\n\nBest regards\nSergey Bondar",
        "Sergey Bondar will call you",
        "Thanks, but drive 3 vibrates\n\nSergey",
        "С уважением к вашей работе: не работает",
    ],
)
def test_a_signature_hides_no_request(text):
    assert not asks_for_nothing(text, signed=SIGNED)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, but it stopped again",
        "It does not work",
        "ok?",
        "Thanks. Room 12",
        "Спасибо, но не работает",
        "Рахмет, бірақ жұмыс істемейді",
        "Teşekkürler ama çalışmıyor",
        "谢谢，但是还是不行",
        "好了吗",
        "thanks " * 60,
    ],
)
def test_anything_else_asks(text):
    assert not asks_for_nothing(text)


@pytest.mark.parametrize(
    ("text", "automatic", "days", "verdict"),
    [
        ("It broke again", False, 1, Verdict.REOPEN),
        ("It broke again", False, 7, Verdict.REOPEN),
        ("It broke again", False, 8, Verdict.NEW),
        ("Thanks!", False, 1, Verdict.KEEP),
        ("Спасибо!", False, 300, Verdict.KEEP),
        ("I am on holiday until Monday", True, 1, Verdict.KEEP),
    ],
)
def test_a_reply_to_a_closed_ticket(text, automatic, days, verdict):
    now = CLOSED_AT + timedelta(days=days)

    assert on_reply(text, automatic=automatic, closed_at=CLOSED_AT, now=now, reopen_days=7) is verdict


def test_the_window_of_repeats_is_a_week_to_a_month():
    assert repeats.window_start(CLOSED_AT, days=30) == CLOSED_AT - timedelta(days=30)
    with pytest.raises(ValueError, match="7 to 30"):
        repeats.window_start(CLOSED_AT, days=6)
