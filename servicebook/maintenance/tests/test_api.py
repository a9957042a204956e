"""Maintenance for programs: agreed, moved, kept parts for, recorded (S0.26–S0.30, S0.58)."""

from datetime import date

import pytest

from servicebook.accounts.models import Role
from servicebook.maintenance.models import Checklist, Kit
from servicebook.testing import Program, make_occurrence, make_plan, make_planned, make_user
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db
WINDOW = {"starts_at": "2026-05-01T05:00:00Z", "ends_at": "2026-05-01T07:00:00Z"}


@pytest.fixture
def program(manager, set_clock):
    set_clock("2026-04-10 09:00")
    return Program(manager)


@pytest.fixture
def task(program):
    return make_planned()


@pytest.fixture
def ask(program, task):
    """Call an operation on the task; its answer."""

    def call(what="", body=None, *, expect=200):
        method = "GET" if body is None else "POST"
        answer = program.call(method, f"/due-maintenance/{task.pk}{what}", body)
        assert answer.status_code == expect, answer.content
        return answer.json()

    return call


@pytest.mark.req("S0.27", "S0.28")
def test_a_task_is_agreed_moved_and_left_out_through_the_api_alone(ask, task):
    assert ask()["state"] == "called"
    offered = ask("/windows", {"windows": [WINDOW]}, expect=201)
    assert ask()["state"] == "asked"
    agreed = ask("/agree-window", {"window": offered[0]["id"], "by_name": "B. Akhmetov", "channel": "phone"})
    assert (agreed["state"], agreed["due_on"], agreed["window_channel"]) == ("agreed", "2026-05-01", "phone")
    assert ask("/windows")[0]["state"] == "accepted"
    assert ask("/agree-access", {"by_name": "B. Akhmetov"})["access_agreed_by"] == "B. Akhmetov"
    assert ask("/withdraw-access", {"because": "no pass"})["access_agreed_at"] is None
    assert ask("/reopen-window", {"because": "rebuilding"})["state"] == "called"
    later = {"starts_at": "2026-05-02T05:00:00Z", "ends_at": "2026-05-02T07:00:00Z"}
    wished = {"windows": [WINDOW, later], "by_name": "B."}
    assert [one["state"] for one in ask("/wishes", wished, expect=201)] == ["declined", "open", "open"]

    moved = ask("/move", {"to": "2026-05-04", "because": "a holiday", "seen": ask()["seen"]})
    assert moved["moved_because"] == "a holiday"
    stale = ask("/move", {"to": "2026-05-05", "because": "x", "seen": moved["seen"] - 1}, expect=409)
    assert stale["code"] == "changed_meanwhile"
    assert ask("/skip", {"because": "the school is closed"})["state"] == "skipped"
    assert ask("/bring-back", {})["state"] == "called"
    verbs = [one["verb"] for one in ask("/history")["items"]]
    assert (verbs[0], verbs[-1]) == ("occurrence.brought_back", "occurrence.called")


@pytest.mark.req("S0.28")
def test_an_answer_says_what_may_fail(ask, task, set_clock):
    ask("/parts", {"name": "Filter"}, expect=201)
    set_clock("2026-04-25 09:00")
    assert ask()["risks"] == ["window", "parts"]


@pytest.mark.req("S0.29")
def test_parts_go_step_by_step_and_a_kit_says_where_it_is(ask, program, task):
    kit = Kit.objects.create(name="UPS kit")
    part = ask("/parts", {"name": "UPS kit", "quantity": 1}, expect=201)
    assert ask(f"/parts/{part['id']}/issue", {}, expect=409)["code"] == "move_refused"
    assert ask(f"/parts/{part['id']}/reserve", {"kit": kit.pk})["kit"] == kit.pk
    (shown,) = program.call("GET", "/kits").json()
    assert (shown["name"], shown["occurrence"]) == ("UPS kit", task.pk)

    other = make_occurrence()
    theirs = program.call("POST", f"/due-maintenance/{other.pk}/parts", {"name": "UPS kit"}).json()
    path = f"/due-maintenance/{other.pk}/parts/{theirs['id']}"
    away = program.call("POST", f"{path}/reserve", {"kit": kit.pk})
    assert (away.status_code, away.json()["code"]) == (409, "kit_is_away")
    assert task.ticket.number in away.json()["detail"]
    assert (
        program.call("POST", f"/due-maintenance/{task.pk}/parts/{theirs['id']}/issue", {}).status_code == 404
    )

    assert ask(f"/parts/{part['id']}/issue", {})["state"] == "issued"
    assert ask(f"/parts/{part['id']}/give-back", {})["state"] == "needed"  # the work is ahead
    assert program.call("GET", "/kits").json()[0]["occurrence"] is None
    fan = ask("/parts", {"name": "Fan", "quantity": 2}, expect=201)
    for step in ("reserve", "issue"):
        ask(f"/parts/{fan['id']}/{step}", {})
    used = ask(f"/parts/{fan['id']}/use", {"quantity": 1, "serial": "F-1"})
    assert (used["state"], used["serial"]) == ("used", "F-1")
    assert [one["state"] for one in ask("/parts")] == ["needed", "used", "returned"]


@pytest.mark.req("S3.4")
@pytest.mark.parametrize("count", [1, 4])
def test_the_list_is_narrowed_and_costs_the_same_whatever_its_length(
    count, program, django_assert_num_queries
):
    plan = make_plan()
    made = [make_planned(make_occurrence(plan)) for _n in range(count)]
    for one in made:
        make_occurrence(plan, asset=one.asset, due_on=date(2026, 7, 30))
    program.call("GET", "/due-maintenance")  # what is cached
    with django_assert_num_queries(6):  # token, rows, parts, windows, and what follows each (2)
        found = program.call("GET", f"/due-maintenance?plan={plan.number}&limit={count}").json()

    assert [one["id"] for one in found["items"]] == [one.pk for one in made]
    assert [one["next_on"] for one in found["items"]] == ["2026-07-30"] * count
    assert found["next"] == made[-1].pk


@pytest.mark.req("S0.30")
def test_a_task_says_when_it_is_next_and_who_confirmed_that(program, ask, task):
    assert (ask()["next_on"], ask()["next_confirmed_by"]) == (None, "")
    following = make_occurrence(task.plan, asset=task.asset, due_on=date(2026, 7, 30))
    assert (ask()["next_on"], ask()["next_confirmed_at"]) == ("2026-07-30", None)
    later = {"starts_at": "2026-07-31T05:00:00Z", "ends_at": "2026-07-31T07:00:00Z"}
    agreed = {**later, "by_name": "B. Akhmetov", "channel": "phone"}
    assert program.call("POST", f"/due-maintenance/{following.pk}/agree-window", agreed).status_code == 200

    assert (ask()["next_on"], ask()["next_confirmed_by"]) == ("2026-07-31", "B. Akhmetov")
    assert ask()["next_confirmed_at"] == "2026-04-10T04:00:00Z"


def test_every_filter_narrows(program, manager):
    plan = make_plan()
    first, second = make_planned(make_occurrence(plan)), make_occurrence(plan)
    other = make_occurrence(due_on=second.due_on.replace(month=6))
    skipped = make_occurrence()
    type(first).objects.filter(pk=skipped.pk).update(skipped_at="2026-04-01T00:00Z", because="x")
    for query, wanted in {
        f"plan={plan.number}": [first, second],
        f"customer={other.customer_id}": [other],
        f"site={second.site_id}": [second],
        f"asset={first.asset_id}": [first],
        "due_from=2026-05-01": [other],
        "due_until=2026-04-30&unfinished=true": [first, second],
        "unfinished=false": [skipped],
        "called=true": [first],
        f"called=false&plan={plan.number}": [second],
        f"limit=1&after={first.pk}": [second],
    }.items():
        found = program.call("GET", f"/due-maintenance?{query}").json()["items"]
        assert [one["id"] for one in found] == [one.pk for one in wanted], query


@pytest.mark.req("S0.58", "S0.30", "S0.26")
def test_a_checklist_is_published_and_its_worksheet_recorded(program):
    item = {"text": "Voltage", "kind": "measure", "unit": "V", "low": "12.5", "high": 14}
    made = program.call("POST", "/checklists", {"name": "UPS", "items": [item], "regulation": "EN 62040"})
    assert (made.status_code, made.json()["number"]) == (201, 1)
    path = f"/checklists/{made.json()['id']}"
    wrong = program.call("POST", f"{path}/versions", {"items": [item, {**item, "high": 1}]})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["items.1.high"])
    again = program.call("POST", f"{path}/versions", {"items": [item, {"text": "Clean"}], "seen": 1})
    assert (again.json()["number"], len(again.json()["items"])) == (2, 2)
    assert program.call("POST", f"{path}/versions", {"items": [item], "seen": 1}).status_code == 409
    assert program.call("GET", path).json() == again.json()
    assert [one["name"] for one in program.call("GET", "/checklists").json()] == ["UPS"]

    plan = make_plan(checklist=Checklist.objects.get())
    task = make_planned(make_occurrence(plan))
    lines = list(task.ticket.worksheet.lines.all())
    path = f"/tickets/{task.ticket.number}/worksheet"
    shown = program.call("GET", path).json()
    assert (shown["checklist"], shown["version"], shown["lines"][0]["high"]) == ("UPS", 2, "14.000")

    recorded = {"line": lines[0].pk, "outcome": "ok"}
    refused = program.call("POST", path, {"lines": [recorded]})
    assert refused.json()["fields"] == {f"lines.{lines[0].pk}.after": "Give the reading."}
    failed = {"line": lines[1].pk, "outcome": "failed", "note": "rust", "seen": 0}
    done = program.call("POST", path, {"lines": [{**recorded, "after": 13}, failed], "risks": "Old."}).json()
    assert [one["outcome"] for one in done["lines"]] == ["ok", "failed"]
    assert (done["risks"], done["lines"][1]["seen"]) == ("Old.", 1)
    assert done["lines"][1]["follow_up"] == Ticket.objects.latest("pk").number


def test_who_does_not_see_the_ticket_sees_no_worksheet_and_no_task(task):
    engineer = make_user(Role.ENGINEER)
    program = Program(engineer)
    assert program.call("GET", f"/tickets/{task.ticket.number}/worksheet").status_code == 404
    assert program.call("GET", f"/due-maintenance/{task.pk}").status_code == 404
    assert program.call("GET", "/due-maintenance").json()["items"] == []

    Ticket.objects.filter(pk=task.ticket_id).update(owner=engineer)
    assert program.call("GET", f"/tickets/{task.ticket.number}/worksheet").status_code == 200
    assert program.call("GET", f"/due-maintenance/{task.pk}").status_code == 200
