"""The board of renewals by month (S0.34, S0.66)."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from servicebook.contracts import board
from servicebook.contracts.actions import mark_at_risk, refuse, renew
from servicebook.contracts.models import Contract
from servicebook.contracts.rules.renewal import Outlook
from servicebook.testing import make_customer, make_region, make_why, sign_contract

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _autumn(set_clock):
    set_clock("2026-10-14 09:00")


def outlooks(month: board.Month) -> list[Outlook]:
    return [card.outlook for card in month.cards]


@pytest.mark.req("S0.12", "S0.66")
def test_each_month_shows_what_ends_in_it_and_how_it_goes_on(manager):
    def ending(day: int, **fields) -> Contract:
        return sign_contract(ends_on=date(2026, 12, day), **fields)

    open_, itself = ending(1), ending(2, renews_itself=True, notice_days=20)
    offered, renewed, risky, gone = ending(3), ending(4), ending(5), ending(6)
    renew(offered.pk, by=manager)
    renew(renewed.pk, by=manager, in_force=True)
    mark_at_risk(risky.pk, make_why(), by=manager)
    refuse(gone.pk, make_why(), by=manager)
    sign_contract(ends_on=date(2026, 12, 7), type="one_off")
    sign_contract(ends_on=date(2026, 12, 8), draft=True)
    sign_contract(ends_on=date(2027, 1, 31))

    october, _november, december, january = board.months(
        Contract.objects.visible_to(manager), date(2026, 10, 1)
    )

    assert (october.cards, january.number.number) == ([], 1)
    assert outlooks(december) == [
        Outlook.OPEN,
        Outlook.ITSELF,
        Outlook.OFFERED,
        Outlook.RENEWED,
        Outlook.AT_RISK,
        Outlook.REFUSED,
    ]
    assert december.open == 3
    assert december.cards[0].contract == open_
    assert december.cards[1].contract == itself
    assert december.cards[1].refuse_by == date(2026, 11, 12)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 10, 14), 0, date(2026, 10, 1)),
        (date(2026, 10, 1), 3, date(2027, 1, 1)),
        (date(2026, 3, 31), -1, date(2026, 2, 1)),
        (date(2028, 1, 31), 1, date(2028, 2, 1)),
        (date(2026, 10, 1), -4, date(2026, 6, 1)),
    ],
)
def test_months_are_counted_from_their_first_days(day, months, expected):
    assert board.month_after(day, months) == expected


def test_the_board_is_filtered_by_owner_and_region_and_goes_on(client, manager):
    client.force_login(manager)
    north = make_region(name="North")
    mine = sign_contract(make_customer(name="Polar", region=north), price=Decimal(5000), currency="KZT")
    other = sign_contract(make_customer(name="Tropic"))

    def page(**query: object) -> str:
        answer = client.get(reverse("contracts:renewals"), query)
        assert answer.status_code == 200
        return answer.content.decode()

    assert "Polar" in page()
    assert "5,000" in page()
    assert "Tropic" not in page(region=north.pk)
    assert "Polar" not in page(owner=other.owner_id)
    assert "Polar" not in page(**{"from": "2027-02"})
    assert "Polar" in page(**{"from": "nonsense"})
    assert mine.number in page(owner=mine.owner_id)


@pytest.mark.parametrize("count", [1, 5])
def test_the_board_costs_the_same_whatever_stands_on_it(manager, django_assert_num_queries, count):
    for _number in range(count):
        sign_contract()

    with django_assert_num_queries(2 * board.MONTHS):
        months = board.months(Contract.objects.visible_to(manager), date(2026, 10, 1))
        assert len(outlooks(months[2])) == count


@pytest.mark.req("S0.34")
def test_the_menu_counts_what_somebody_has_to_decide(manager):
    sign_contract()
    for ends_on in (date(2027, 6, 30), date(2026, 12, 31)):
        one = sign_contract(ends_on=ends_on)
    renew(one.pk, by=manager, in_force=True)
    sign_contract(renews_itself=True)

    assert board.to_decide(manager).number == 1
