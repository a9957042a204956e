"""Figures out of rows, and the pages that show them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.contracts.actions import announce_price
from servicebook.contracts.models import Balance, Contract
from servicebook.core import clock, reference
from servicebook.insights.queries import compliance, trends, year
from servicebook.insights.queries.periods import Days, last_year
from servicebook.testing import (
    make_asset,
    make_customer,
    make_reason,
    make_region,
    make_site,
    make_ticket,
    make_user,
    sign_contract,
)
from servicebook.tickets.models import Charge, Outage, SlaClock, Spell, TimeEntry

pytestmark = pytest.mark.django_db
YEAR = Days(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def manager(db):
    return make_user(Role.MANAGER)


@pytest.fixture
def contract(manager, set_clock):
    set_clock("2026-01-01 09:00")
    customer = make_customer(name="School 12")
    make_asset(customer, site=make_site(customer, name="Main"))
    return sign_contract(customer, terms={"uptime_percent": "99.9"}, price=Decimal(1_000_000), currency="KZT")


@pytest.fixture
def clocked(contract, set_clock):
    """Make a ticket under the contract, with one clock."""

    def make(moment: str, *, counted: int, minutes: int = 60, state: str = "met", **fields):
        at = set_clock(moment)
        ticket = make_ticket(asset=contract.customer.assets.first(), **fields)
        type(ticket).objects.filter(pk=ticket.pk).update(contract=contract, priority=2)
        SlaClock.objects.filter(ticket=ticket).delete()
        missed = state == "missed" or counted > minutes * 60
        SlaClock.objects.create(
            ticket=ticket,
            measure="response",
            minutes=minutes,
            state=state,
            started_at=at,
            due_at=at + timedelta(minutes=minutes),
            met_at=at + timedelta(seconds=counted) if state in ("met", "missed") else None,
            breached_at=at + timedelta(minutes=minutes) if missed else None,
            counted=counted,
        )
        return ticket

    return make


@pytest.mark.req("S1.7")
def test_compliance_counts_what_began_in_the_period_and_says_what_took_the_time(contract, clocked):
    clocked("2026-03-02 09:00", counted=1200)
    late = clocked("2026-03-03 09:00", counted=7200, state="missed", title="Server down")
    clocked("2025-12-31 23:59", counted=60)  # the year before
    late_at = datetime(2026, 3, 3, 4, tzinfo=UTC)
    Spell.objects.filter(ticket=late).delete()
    Spell.objects.create(
        ticket=late, status="queued", started_at=late_at, ended_at=late_at + timedelta(minutes=90)
    )
    Spell.objects.create(ticket=late, status="working", started_at=late_at + timedelta(minutes=90))

    found = compliance.compliance_of(contract, YEAR)

    [line] = found.lines
    assert (line.measure, line.priority, line.kept, line.missed, line.median) == ("response", 2, 1, 1, 4200)
    [miss] = found.misses
    assert (miss.title, miss.counted, compliance.why(miss.why)) == ("Server down", 7200, "In queue")


@pytest.mark.req("S1.7")
def test_a_period_begins_at_midnight_of_the_customer(contract, clocked):
    contract.customer.region = make_region(time_zone="Pacific/Kiritimati")
    contract.customer.save()
    reference.changed()
    clocked("2025-12-31 14:59", counted=60)
    clocked("2025-12-31 15:00", counted=60)  # the new year there

    assert compliance.compliance_of(contract, YEAR).decided == 1


def test_a_clock_that_runs_past_its_target_is_missed_before_it_is_met(contract, clocked, set_clock):
    clocked("2026-03-02 09:00", counted=0, state="running")
    SlaClock.objects.update(breached_at=datetime(2026, 3, 2, 5, tzinfo=UTC))
    set_clock("2026-03-02 12:00")

    found = compliance.compliance_of(contract, YEAR)

    assert (found.missed, found.lines[0].median) == (1, None)
    assert compliance.kept_per_measure(contract, YEAR)[0].percent == 0


@pytest.mark.req("S1.5")
def test_uptime_is_computed_from_recorded_downtime_of_covered_units(contract, clocked, set_clock):
    ticket = clocked("2026-01-10 09:00", counted=60)
    covered, stranger = ticket.asset, make_asset()
    down = datetime(2026, 1, 10, 4, tzinfo=UTC)
    for asset, hours in ((covered, 5), (stranger, 100)):
        Outage.objects.create(
            ticket=ticket, asset=asset, started_at=down, ended_at=down + timedelta(hours=hours)
        )
    set_clock("2026-02-01 00:00")

    found = compliance.uptime_of(contract, Days(date(2026, 1, 1), date(2026, 1, 31)))

    assert (found.units, found.down) == (1, 5 * 3600)
    assert found.percent == Decimal("99.327")  # 5 of 744 hours
    assert found.worst == ((covered.pk, 5 * 3600),)


@pytest.mark.req("S0.67", "S1.12")
def test_the_year_in_review_names_what_a_renewal_is_argued_with(contract, clocked, set_clock, manager):
    depot = make_asset(contract.customer, site=make_site(contract.customer, name="Depot"))
    tickets = [clocked(f"2026-03-{day:02} 09:00", counted=60) for day in range(1, 7)]
    type(tickets[0]).objects.filter(pk__in=[one.pk for one in tickets[:4]]).update(
        asset=depot, site=depot.site
    )
    planned = clocked("2026-04-01 09:00", counted=60, reason=make_reason("maintenance"))
    TimeEntry.objects.create(
        ticket=planned, user=manager, minutes=90, worked_on=date(2026, 4, 1), logged_at=clock.now()
    )
    Charge.objects.create(
        ticket=tickets[0],
        service="visit",
        quantity=1,
        unit_price=300_000,
        amount=300_000,
        currency="KZT",
        because="x",
        source="x",
        at=clock.now(),
    )
    Balance.objects.create(
        contract=contract,
        code="visit",
        service="visit",
        starts_on=YEAR.since,
        ends_on=YEAR.until,
        granted=12,
        used=3,
    )
    set_clock("2026-10-05 09:00")

    found = year.review(contract)

    assert (found.year.tickets, found.year.minutes, found.year.minutes_before) == (6, 90, None)
    assert [(one.name, one.tickets) for one in found.year.sites] == [("Depot", 4), ("Main", 2)]
    assert (found.year.extra, found.year.price) == (300_000, 1_000_000)
    assert [(one.service, one.percent) for one in found.year.included] == [("visit", 25)]
    assert [one.because.code for one in found.advice] == [
        "advice_smaller",
        "advice_include_more",
        "advice_site",
        "advice_model",
    ]


@pytest.mark.req("S0.67")
@pytest.mark.parametrize("count", [1, 6])
def test_a_review_costs_the_same_whatever_happened(
    contract, clocked, set_clock, django_assert_max_num_queries, count
):
    for day in range(1, count + 1):
        clocked(f"2026-03-{day:02} 09:00", counted=9999, state="missed")
    set_clock("2026-10-05 09:00")
    contract = Contract.objects.select_related("customer", "predecessor").get(pk=contract.pk)

    with django_assert_max_num_queries(22):
        year.review(contract)


@pytest.mark.req("S1.7")
def test_trends_add_up_over_all_contracts_that_a_person_sees(contract, clocked, set_clock, manager):
    clocked("2026-03-02 09:00", counted=60)
    clocked("2026-03-31 23:59", counted=7200, state="missed")
    clocked("2026-04-01 00:00", counted=60)
    outside = make_ticket()  # under no contract
    set_clock("2026-10-05 09:00")

    months = {one.first: one for one in trends.months(manager)}

    assert len(months) == 12
    march, april = months[date(2026, 3, 1)], months[date(2026, 4, 1)]
    assert (march.opened, march.promised, march.percent, march.bar) == (2, 2, 50, 100)
    assert (april.opened, april.percent, april.bar) == (1, 100, 50)
    assert outside.contract is None
    stranger = make_user(Role.ACCOUNT_MANAGER)
    assert sum(one.opened for one in trends.months(stranger)) == 0


@pytest.mark.req("S1.7")
def test_the_page_of_trends_begins_with_the_first_month_in_which_anything_happened(
    client, contract, clocked, set_clock, manager
):
    clocked("2026-03-02 09:00", counted=60)
    clocked("2026-05-02 09:00", counted=7200, state="missed")
    set_clock("2026-07-05 09:00")
    client.force_login(manager)

    shown = client.get(reverse("insights:trends"))

    assert [month.first.month for month, _tone in shown.context["months"]] == [7, 6, 5, 4, 3]
    assert "1 of 2" in shown.text


@pytest.mark.req("S1.7")
def test_without_a_ticket_the_page_of_trends_shows_this_month(client, set_clock, manager):
    set_clock("2026-07-05 09:00")
    client.force_login(manager)

    shown = client.get(reverse("insights:trends"))

    assert [month.first for month, _tone in shown.context["months"]] == [date(2026, 7, 1)]
    assert "none decided yet" in shown.text


@pytest.mark.req("S1.11")
def test_contracts_that_need_a_look_are_listed_with_their_reasons(contract, clocked, set_clock, manager):
    for day in range(1, 7):
        clocked(f"2026-09-{day:02} 09:00", counted=9999, state="missed")
    set_clock("2026-10-05 09:00")

    [found] = trends.weak_contracts(manager)

    assert found.contract == contract
    assert [said.code for said in found.found.because] == ["weak_seldom_kept"]


@pytest.mark.parametrize(
    ("today", "since", "until"),
    [
        ("2026-10-14 09:00", "2025-10-15", "2026-10-14"),
        ("2026-02-28 09:00", "2025-03-01", "2026-02-28"),
        ("2027-06-01 09:00", "2026-01-01", "2026-12-31"),  # it ended
    ],
)
def test_the_usual_period_is_twelve_months(contract, set_clock, today, since, until):
    set_clock(today)

    assert last_year(contract) == Days(date.fromisoformat(since), date.fromisoformat(until))


# Pages


@pytest.fixture
def page(client, manager):
    client.force_login(manager)

    def get(route: str, *args: str, **query: str) -> str:
        answer = client.get(reverse(route, args=args), query)
        assert answer.status_code == 200
        return answer.content.decode()

    return get


@pytest.mark.req("S1.5", "S1.7")
def test_the_report_shows_lines_misses_and_uptime(page, contract, clocked, set_clock):
    late = clocked("2026-03-03 09:00", counted=7200, state="missed", title="Server down")
    Outage.objects.create(
        ticket=late, asset=late.asset, started_at=clock.now(), ended_at=clock.now() + timedelta(days=1)
    )
    set_clock("2026-10-05 09:00")

    shown = page("insights:compliance", contract.number)

    assert "0 % kept: 0 of 1" in shown
    assert "Server down" in shown
    assert "promised: 99.9 %" in shown
    assert "down for 1 day in all" in shown
    assert "Nothing was missed" in page(
        "insights:compliance", contract.number, since="2026-05-01", until="2026-06-01"
    )
    wrong = page("insights:compliance", contract.number, since="2026-06-01", until="2026-05-01")
    assert "Swap the dates" in wrong


@pytest.mark.req("S1.7")
def test_the_page_of_the_contract_leads_to_its_report(page, contract, clocked, set_clock):
    clocked("2026-03-03 09:00", counted=60)
    set_clock("2026-10-05 09:00")

    shown = page("contracts:contract", contract.number)

    assert "100 % kept" in shown
    assert reverse("insights:compliance", args=[contract.number]) in shown


@pytest.mark.req("S1.7", "S1.11")
def test_the_trends_page(page, contract, clocked, set_clock):
    for day in range(1, 7):
        clocked(f"2026-09-{day:02} 09:00", counted=9999, state="missed")
    set_clock("2026-10-05 09:00")

    shown = page("insights:trends")

    assert "Only 0 % of the promised times were kept." in shown
    assert "September 2026" in shown


@pytest.mark.req("S0.13", "S0.67", "S1.12")
def test_a_renewal_is_drafted_from_the_evidence_with_the_agreed_rise(client, page, contract, set_clock):
    Contract.objects.filter(pk=contract.pk).update(index_percent=8)
    set_clock("2026-10-05 09:00")

    shown = page("insights:renewal", contract.number)
    assert 'value="1080000"' in shown
    assert "8 % more than today" in shown

    answer = client.post(
        reverse("insights:renewal", args=[contract.number]), {"months": 12, "price": "1080000", "seen": ""}
    )
    offer = Contract.objects.get(predecessor=contract)
    assert answer.url == offer.get_absolute_url()
    assert (offer.state, offer.price) == ("draft", 1_080_000)
    assert offer.number in page("insights:renewal", contract.number)


@pytest.mark.req("S0.13")
def test_a_renewal_that_would_be_a_second_rise_says_so_at_the_price(
    client, page, contract, set_clock, manager
):
    Contract.objects.filter(pk=contract.pk).update(index_percent=8)
    announce_price(contract.pk, applies_on=date(2026, 9, 1), by=manager)
    set_clock("2026-10-05 09:00")

    assert 'value="1000000"' in page("insights:renewal", contract.number)
    answer = client.post(
        reverse("insights:renewal", args=[contract.number]), {"months": 12, "price": "2000000"}
    )
    assert answer.status_code == 422
    assert 'id="id_price_error"' in answer.content.decode()
    assert not Contract.objects.filter(predecessor=contract).exists()
