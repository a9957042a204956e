"""The page of one occurrence, its acts, its parts; the cards that other pages show of it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.equipment.models import Meter, Reading
from servicebook.maintenance.actions import calling, windows
from servicebook.maintenance.actions.settling import closing_of, settle
from servicebook.maintenance.models import Enrolment, Kit, Occurrence, PartNeed
from servicebook.maintenance.rules.windows import Span
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_contact,
    make_contract,
    make_occurrence,
    make_plan,
    make_planned,
    make_site,
    make_user,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def desk(client, set_clock, manager):
    set_clock("2026-04-16 09:00")
    user = make_user(Role.DISPATCHER)
    client.force_login(user, backend=BACKEND)
    return user


@pytest.fixture
def task(desk):
    """A called task at a site that wants a pass, with a part to reserve."""
    site = make_site(access_rules="Pass at the gate", accessibility="pass", address="Satpaev 41")
    make_contact(site.customer, name="B. Akhmetov", site=site, is_on_site=True)
    plan = make_plan(
        site.customer, title="Quarterly check", access="Ask for a pass", standard_minutes=90,
        parts=[{"name": "Battery pack", "quantity": 2}], instructions="Bring the ladder",
        window_from="22:00", window_until="06:00",
    )  # fmt: skip
    plan.refresh_from_db()
    one = make_occurrence(plan, asset=make_asset(site=site))
    calling.call([one.pk], by=desk)
    one.refresh_from_db()
    return one


def page(client, name, *args, status=200):
    answer = client.get(reverse(f"maintenance:{name}", args=args))
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def act(client, one, do, status=302, **values):
    name = "part" if isinstance(one, PartNeed) else "act"
    answer = client.post(reverse(f"maintenance:{name}", args=[one.pk, do]), values)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    one.refresh_from_db()
    return answer.content.decode()


@pytest.mark.req("S0.26")
def test_the_task_is_whole_on_one_page(client, task):
    shown = page(client, "occurrence", task.pk)

    for said in (
        "Quarterly check", "1 h 30 min", "Battery pack", "22:00–06:00, over night", "B. Akhmetov",
        "Satpaev 41", "Ask for a pass", "Pass at the gate", "Bring the ladder", task.ticket.number,
        task.ticket.owner.name, task.plan.number, task.asset.serial, "Thu 30 Apr",
    ):  # fmt: skip
        assert said in shown, said


@pytest.mark.req("S0.27")
def test_the_answer_on_the_phone_is_recorded_with_who_and_how(client, task):
    assert "the usual one: Thu 30 Apr 22:00–06:00" in page(client, "act", task.pk, "agree")
    assert "id_by_name_error" in act(client, task, "agree", 422, window="usual", by_name="", channel="phone")

    act(client, task, "agree", window="usual", by_name="B. Akhmetov", channel="phone")

    assert task.window_agreed_by == "B. Akhmetov"
    shown = page(client, "occurrence", task.pk)
    assert "with B. Akhmetov, Phone" in shown
    assert "id_because_error" in act(client, task, "reopen", 422, because="")
    act(client, task, "reopen", because="They have an exam")
    assert task.window_agreed_at is None


@pytest.mark.req("S0.27")
def test_windows_are_offered_wished_for_and_one_of_them_is_agreed(client, task):
    offer = {"day_1": "2026-04-29", "from_1": "10:00", "until_1": "12:00", "day_2": "2026-04-30",
             "from_2": "22:00", "until_2": "02:00"}  # fmt: skip
    act(client, task, "offer", **offer)
    spans = [(one.starts_at.date().isoformat(), one.ends_at - one.starts_at) for one in task.windows.all()]
    assert [length for _day, length in spans] == [timedelta(hours=2), timedelta(hours=4)]
    assert "Wed 29 Apr 10:00–12:00" in page(client, "occurrence", task.pk)

    wish = {"day_1": "2026-05-02", "from_1": "09:00", "until_1": "11:00"}
    heard = {"by_name": "B. Akhmetov", "channel": "phone"}
    said = act(client, task, "wish", 422, **wish, **heard)
    assert "id_day_1_error" in said  # two at least
    act(client, task, "wish", **wish, **heard, day_2="2026-05-03", from_2="09:00", until_2="11:00")
    wished = task.windows.filter(state="open").first()
    assert "wished by B. Akhmetov" in page(client, "occurrence", task.pk)
    act(client, task, "agree", window=str(wished.pk), **heard)
    assert (task.due_on.isoformat(), task.window_from) == ("2026-05-02", wished.starts_at)


def test_another_window_needs_its_day_and_hours(client, task):
    heard = {"by_name": "B. Akhmetov", "channel": "phone", "window": "other"}
    assert "id_day_error" in act(client, task, "agree", 422, **heard)
    assert "id_window_error" in act(
        client, task, "agree", 422, **heard, day="2026-04-01", opens="09:00", closes="10:00"
    )
    act(client, task, "agree", **heard, day="2026-05-01", opens="09:00", closes="10:00")
    assert task.due_on.isoformat() == "2026-05-01"


@pytest.mark.req("S0.28")
def test_risks_stand_above_and_are_gone_when_they_are_solved(client, task, set_clock):
    set_clock("2026-04-24 09:00")
    shown = page(client, "occurrence", task.pk)
    assert "Risk of failure" in shown
    for why in ("The window is not agreed", "Access is not agreed", "Parts are not reserved"):
        assert why in shown
    act(client, task, "agree", window="usual", by_name="B. Akhmetov", channel="phone")
    act(client, task, "access", by_name="B. Akhmetov", channel="phone")
    act(client, task.parts.get(), "reserve")
    assert "Risk of failure" not in page(client, "occurrence", task.pk)
    act(client, task, "no-access", because="The guard is away")
    assert "Access is not agreed" in page(client, "occurrence", task.pk)


@pytest.mark.req("S0.29")
def test_a_part_is_reserved_in_a_kit_issued_used_and_the_rest_goes_back(client, task, desk):
    kit = Kit.objects.create(name="Kit 1")
    other = calling.call([make_occurrence(task.plan, asset=make_asset(site=task.site)).pk], by=desk)[0]
    theirs = other.occurrence.parts.get()
    need = task.parts.get()

    act(client, need, "reserve", kit=kit.pk)
    assert "Kit 1 is at" in act(client, theirs, "reserve", 422, kit=kit.pk)
    act(client, need, "give-back")
    act(client, need, "reserve")
    act(client, need, "issue")
    assert "id_quantity_error" in act(client, need, "use", 422, quantity="5")
    act(client, need, "use", quantity="1", serial="BP-77")
    shown = page(client, "occurrence", task.pk)
    assert "BP-77" in shown
    assert "Returned" in shown
    act(client, task, "add-part", name="Fuse", quantity="3")
    fuse = task.parts.get(name="Fuse")
    client.post(reverse("maintenance:part", args=[fuse.pk, "drop"]))
    assert not PartNeed.objects.filter(pk=fuse.pk).exists()


def test_it_is_moved_skipped_and_brought_back_with_reasons(client, task):
    assert "id_because_error" in act(client, task, "move", 422, to="2026-05-05", because="")
    assert "id_to_error" in act(client, task, "move", 422, to="2026-01-01", because="Late")
    act(client, task, "move", to="2026-05-05", because="They have an exam")
    assert task.due_on.isoformat() == "2026-05-05"
    said = act(client, task, "skip", 422, because="Rebuilt", seen="0")
    assert "It changed while you were working" in said
    act(client, task, "skip", because="Rebuilt", seen=str(task.version))
    shown = page(client, "occurrence", task.pk)
    assert "Rebuilt" in shown
    assert "Record the answer" not in shown
    act(client, task, "bring-back")
    assert task.skipped_at is None


@pytest.mark.req("S0.24")
def test_what_was_called_off_with_its_ticket_can_be_brought_back(client, desk, task):
    tickets.withdraw(task.ticket_id, because="Nobody answered", by=desk)
    assert "Do it after all" in page(client, "occurrence", task.pk)
    act(client, task, "bring-back")
    task.ticket.refresh_from_db()
    assert task.ticket.is_open
    assert "Do it after all" not in page(client, "occurrence", task.pk)


def test_roles_decide_and_nonsense_is_answered(client, task):
    engineer = make_user(Role.ENGINEER)
    task.ticket.owner = engineer
    task.ticket.save(update_fields=["owner"])
    client.force_login(engineer, backend=BACKEND)
    page(client, "occurrence", task.pk)
    page(client, "act", task.pk, "agree")
    page(client, "act", task.pk, "skip", status=403)
    page(client, "act", task.pk, "explode", status=404)
    for nasty in ("\0", "x" * 1_000_000, "\"'<script>"):
        answer = client.post(
            reverse("maintenance:act", args=[task.pk, "agree"]),
            {"window": nasty, "by_name": nasty, "channel": nasty, "day": nasty},
        )
        assert answer.status_code in (400, 413, 422)
        assert "\"'<script>" not in answer.content.decode()
    client.force_login(make_user(Role.ACCOUNT_MANAGER), backend=BACKEND)
    page(client, "occurrence", task.pk, status=404)
    page(client, "part", task.parts.get().pk, "reserve", status=404)


@pytest.fixture
def metered(desk):
    """A unit whose runtime grows by ten hours a day, due at 2 000."""
    plan = make_plan(rule="meter", meter_name="Runtime", meter_step=500, every=None, anchor_on=None)
    asset = make_asset(plan.customer)
    meter = Meter.objects.create(asset=asset, name="Runtime")
    for week in range(26):
        at = datetime(2025, 10, 16, 12, tzinfo=UTC) + timedelta(days=7 * week)
        Reading.objects.create(meter=meter, read_at=at, value=70 * week)
    one = make_occurrence(plan, asset=asset, by_meter=True, meter_at=2000, key="m1")
    Enrolment.objects.filter(pk=one.enrolment_id).update(meter=meter)
    return one


@pytest.mark.req("S0.24", "S0.31")
def test_a_meter_shows_its_forecast_with_range_and_how_such_turned_out(client, metered):
    shown = page(client, "occurrence", metered.pk)

    assert '<svg class="sb-plot"' in shown
    assert "1,750" in shown  # used so far
    assert "2,000" in shown
    assert "How such forecasts turned out" in shown
    assert "Four times of five" not in shown
    assert "half within 0 days" in shown


def test_a_meter_without_readings_teaches_what_is_missing(client, metered):
    Reading.objects.all().delete()

    assert "too few readings" in page(client, "occurrence", metered.pk)


@pytest.mark.req("S0.24", "S0.1", "S3.6")
def test_other_pages_show_the_next_date_or_metric_and_what_was_made(client, task, metered, desk):
    def shown(thing):
        answer = client.get(thing.get_absolute_url())
        assert answer.status_code == 200
        return answer.content.decode()

    assert "Runtime at 2,000" in shown(metered.asset)
    assert "Quarterly check" in shown(task.asset)
    assert "Quarterly check" in shown(task.site)
    assert "Every quarter from 31 Jan 2026." in shown(task.customer)
    contract = make_contract(task.customer)
    type(task.plan).objects.filter(pk=task.plan_id).update(contract=contract)
    close_ticket(task.ticket, by=desk)
    settle(task.ticket_id, closing=closing_of(Ticket.objects.get(pk=task.ticket_id).closed_at))
    of_contract = shown(contract)
    assert "Made under it" in of_contract
    assert task.ticket.number in of_contract


@pytest.mark.req("S0.26")
def test_the_ticket_shows_its_planned_work_and_other_tickets_read_nothing_of_it(
    client, task, django_assert_num_queries
):
    shown = client.get(task.ticket.get_absolute_url()).content.decode()

    assert "Planned work" in shown
    assert "not agreed" in shown
    assert "1 of 1 not reserved" in shown


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_costs_the_same_however_much_there_is(client, desk, count, django_assert_num_queries):
    one = make_planned()
    for number in range(count):
        PartNeed.objects.create(occurrence=one, name=f"Part {number}")
        make_occurrence(one.plan, asset=one.asset, key=f"x{number}", nominal_on=date(2027, 1 + number, 1))
    page(client, "occurrence", one.pk)

    with django_assert_num_queries(16):
        page(client, "occurrence", one.pk)
    assert Occurrence.objects.count() == count + 1


@pytest.mark.req("S0.27")
def test_a_window_that_the_customer_asks_for_is_agreed_from_its_line(client, task):
    begin = datetime(2026, 4, 29, 5, tzinfo=UTC)
    spans = [Span(begin + timedelta(hours=more), begin + timedelta(hours=more + 2)) for more in (0, 4)]
    _first, second = windows.wish_windows(task.pk, spans, by_name="B. Akhmetov", channel="link")

    shown = page(client, "occurrence", task.pk)
    assert "Other windows are asked for" in shown
    assert shown.index("10:00–12:00") < shown.index("14:00–16:00")
    assert f"/act/agree/?window={second.pk}" in shown
    asked = client.get(reverse("maintenance:act", args=[task.pk, "agree"]), {"window": second.pk})
    assert re.search(rf'value="{second.pk}"[^>]* checked', asked.content.decode())

    act(client, task, "agree", window=second.pk, by_name="B. Akhmetov", channel="link")
    task.refresh_from_db()
    assert (task.window_from, task.window_channel) == (second.starts_at, "link")
