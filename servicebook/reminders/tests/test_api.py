"""Reminders for programs: rules read and replaced, questions heard, decided, handed over."""

import pytest

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda.worker import run_due
from servicebook.core import preferences
from servicebook.maintenance.models import Occurrence
from servicebook.reminders.models import Ask, Ladder
from servicebook.testing import (
    Program,
    make_ask,
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_ticket,
    make_user,
    sign_contract,
)

pytestmark = pytest.mark.django_db
STAGE = {"offset": 20, "step": "Call {customer}", "ours": ["owner"], "theirs": ["main"], "asks": "renewal",
         "text": "renewal_notice", "channels": ["sms", "mail"]}  # fmt: skip


@pytest.fixture
def program(manager, set_clock):
    set_clock("2026-04-16 06:00")
    return Program(manager)


def call(program, method, path, body=None, *, expect=200):
    answer = program.call(method, path, body)
    assert answer.status_code == expect, answer.content
    return answer.json()


# Rules -------------------------------------------------------------------------------------------


@pytest.mark.req("S0.33", "S0.34")
def test_a_rule_is_read_and_replaced(program):
    every = call(program, "GET", "/reminder-rules")
    assert {one["what"] for one in every} >= {"maintenance", "renewal", "silence"}
    rule = call(program, "GET", "/reminder-rules/renewal")
    assert [one["name"] for one in rule["stages"]] == ["before-90", "before-60", "before-30", "before-7"]
    assert "renewal_notice" in rule["texts"]
    assert "access_tomorrow" not in rule["texts"]

    kept = {**rule["stages"][1], "offset": 50}
    body = {"stages": [kept, STAGE], "quiet_from": "21:00", "quiet_until": "08:00", "seen": rule["seen"]}
    changed = call(program, "PUT", "/reminder-rules/renewal", body)
    assert [(one["name"], one["offset"]) for one in changed["stages"]] == [
        ("before-60", 50),
        ("before-20", 20),
    ]
    assert (changed["quiet_from"], changed["stages"][1]["channels"]) == ("21:00:00", ["sms", "mail"])
    assert call(program, "PUT", "/reminder-rules/renewal", body, expect=409)["code"] == "changed_meanwhile"


@pytest.mark.req("S0.37", "S0.40", "S0.41")
@pytest.mark.parametrize(
    ("what", "change", "field"),
    [
        ("renewal", {"text": "reply_wanted"}, "stages.0.text"),
        ("renewal", {"text": "step"}, "stages.0.text"),
        ("renewal", {"text": ""}, "stages.0.text"),
        ("renewal", {"asks": ""}, "stages.0.asks"),
        ("renewal", {"theirs": []}, "stages.0.theirs"),
        ("renewal", {"step": "Call {custmer}"}, "stages.0.step"),
        ("renewal", {"theirs": ["nobody"]}, "stages.0.theirs.0"),
        ("renewal", {"name": "a b"}, "stages.0.name"),
    ],
)
def test_a_stage_that_makes_no_sense_is_refused_as_on_the_page(program, what, change, field):
    refused = call(program, "PUT", f"/reminder-rules/{what}", {"stages": [{**STAGE, **change}]}, expect=422)

    assert field in refused["fields"]
    assert call(program, "GET", f"/reminder-rules/{what}")["seen"] == 0


def test_a_field_that_the_rule_does_not_fill_is_named(program):
    refused = call(
        program, "PUT", "/reminder-rules/renewal", {"stages": [{**STAGE, "text": "reply_wanted"}]}, expect=422
    )

    assert "{asked_on}" in refused["fields"]["stages.0.text"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"stages": []}, "no_stages"),
        ({"stages": [STAGE, STAGE]}, "two_at_one_moment"),
        ({"stages": [{**STAGE, "needs_decision": True}]}, "no_decision_here"),
        ({"stages": [{**STAGE, "offset": at} for at in range(21)]}, "too_many_stages"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_a_code(program, body, code):
    assert call(program, "PUT", "/reminder-rules/renewal", body, expect=409)["code"] == code


def test_a_contract_has_its_own_rule_and_gives_it_up(program):
    contract = sign_contract()
    path = f"/reminder-rules/renewal/contracts/{contract.number}"
    fresh = call(program, "GET", path)
    assert (fresh["seen"], len(fresh["stages"])) == (None, 4)

    own = call(program, "PUT", path, {"stages": [STAGE]})
    assert (own["contract"], own["seen"], len(own["stages"])) == (contract.number, 0, 1)
    assert contract.number in {one["contract"] for one in call(program, "GET", "/reminder-rules")}

    assert call(program, "POST", f"{path}/drop", {})["contract"] is None
    assert not Ladder.objects.filter(contract=contract).exists()
    call(program, "POST", f"{path}/drop", {}, expect=404)
    call(program, "GET", "/reminder-rules/nonsense", expect=404)


def test_only_leads_read_and_change_rules(set_clock):
    program = Program(make_user(Role.DISPATCHER))

    for method, path, body in (
        ("GET", "/reminder-rules", None),
        ("PUT", "/reminder-rules/renewal", {"stages": [STAGE]}),
    ):
        assert call(program, method, path, body, expect=403)["code"] == "not_allowed"


# Questions ---------------------------------------------------------------------------------------


@pytest.fixture
def ask(program, set_clock):
    """A customer is asked for the window of a visit on 30 April."""
    customer = make_customer(name="School 12")
    make_contact(customer, name="Aigul", is_main=True)
    agenda.refresh(make_planned(make_occurrence(make_plan(customer, followed=0))))
    set_clock("2026-04-16 09:00")
    run_due()
    return Ask.objects.get()


@pytest.mark.req("S0.36", "S0.43")
def test_an_answer_that_was_heard_is_recorded(program, ask):
    (listed,) = call(program, "GET", "/asks?open=true")["items"]
    assert (listed["what"], listed["about"], listed["about_id"]) == ("window", "occurrence", ask.about_id)
    assert call(program, "GET", "/asks?open=false")["items"] == []
    assert call(program, "GET", f"/asks?what=reply&customer={ask.customer_id}")["items"] == []

    away = call(program, "POST", f"/asks/{ask.pk}/heard", {"answer": "agreed", "by_name": "A"}, expect=422)
    assert "call, other" in away["fields"]["answer"]
    link = {"answer": "call", "by_name": "A", "channel": "link"}
    assert "channel" in call(program, "POST", f"/asks/{ask.pk}/heard", link, expect=422)["fields"]

    heard = {"answer": "call", "by_name": "Aigul", "channel": "phone", "note": "After ten"}
    over = call(program, "POST", f"/asks/{ask.pk}/heard", heard)
    assert (over["ended_as"], over["answer"], over["answered_by"]) == ("answered", "call", "Aigul")
    assert over["holder"] == over["owner"]
    other = {"answer": "other", "by_name": "B"}
    assert call(program, "POST", f"/asks/{ask.pk}/heard", other, expect=409)["code"] == "ask_over"


@pytest.mark.req("S0.36", "S0.43")
def test_who_looks_after_a_silence_is_named_beside_whose_matter_it_is(program, ask, set_clock):
    dispatcher = make_user(Role.DISPATCHER, name="Erlan")
    Ask.objects.filter(pk=ask.pk).update(owner=dispatcher)
    (listed,) = call(program, "GET", "/asks")["items"]
    assert (listed["owner"], listed["holder"]) == (dispatcher.pk, dispatcher.pk)

    set_clock("2026-04-18 09:00")
    run_due()
    step = ask.open_steps().get()
    assert step.owner_id != dispatcher.pk
    read = call(program, "GET", f"/asks/{ask.pk}")
    assert (read["owner"], read["holder"]) == (dispatcher.pk, step.owner_id)

    handed = call(program, "POST", f"/asks/{ask.pk}/hand", {"to": dispatcher.pk})
    assert (handed["owner"], handed["holder"]) == (dispatcher.pk, dispatcher.pk)


@pytest.mark.req("S0.40")
def test_a_silence_is_decided_and_what_was_decided_is_done(program, ask, manager):
    no_day = {"decision": "reschedule", "note": "They are away"}
    assert "next_on" in call(program, "POST", f"/asks/{ask.pk}/decide", no_day, expect=422)["fields"]
    assert (
        "note"
        in call(program, "POST", f"/asks/{ask.pk}/decide", {"decision": "close", "note": ""}, expect=422)[
            "fields"
        ]
    )

    over = call(program, "POST", f"/asks/{ask.pk}/decide", {**no_day, "next_on": "2026-05-11"})
    assert (over["ended_as"], over["decision"], over["decided_by"]) == ("decided", "reschedule", manager.pk)
    assert str(Occurrence.objects.get(pk=ask.about_id).due_on) == "2026-05-11"


@pytest.mark.req("S0.40")
def test_a_renewal_is_refused_with_its_reason(program):
    contract = sign_contract()
    one = Ask(
        what="renewal", about=contract, customer=contract.customer, contract=contract, owner=contract.owner
    )
    one.occurrence, one.asked_at = contract.ends_on.isoformat(), contract.versions.get().made_at
    one.next_at = one.asked_at
    one.save()

    refused = call(program, "POST", f"/asks/{one.pk}/decide", {"decision": "cancel", "note": "Too dear"},
                   expect=422)  # fmt: skip

    assert {"reason", "initiator"} & refused["fields"].keys()
    one.refresh_from_db()
    assert one.ended_at is None


def test_a_question_goes_to_another_owner(program, ask, manager):
    other = make_user(Role.DISPATCHER)

    assert call(program, "POST", f"/asks/{ask.pk}/hand", {"to": other.pk})["owner"] == other.pk
    assert "to" in call(program, "POST", f"/asks/{ask.pk}/hand", {"to": 999_999}, expect=422)["fields"]


def test_an_engineer_sees_the_questions_of_their_customers_only(manager):
    engineer = make_user(Role.ENGINEER)
    foreign = make_ask(make_ticket())
    own = make_ask(make_ticket(), owner=engineer)
    program = Program(engineer)

    assert [one["id"] for one in call(program, "GET", "/asks")["items"]] == [own.pk]
    call(program, "GET", f"/asks/{foreign.pk}", expect=404)
    call(program, "POST", f"/asks/{foreign.pk}/heard", {"answer": "other", "by_name": "A"}, expect=404)
    call(program, "POST", f"/asks/{own.pk}/decide", {"decision": "close", "note": "x"}, expect=403)


def test_sensitive_questions_are_for_leads_and_their_owner(manager):
    preferences.current()
    secret = make_ask(make_ticket(), sensitive=True)

    call(Program(make_user(Role.DISPATCHER)), "GET", f"/asks/{secret.pk}", expect=404)
    call(Program(manager), "GET", f"/asks/{secret.pk}")
