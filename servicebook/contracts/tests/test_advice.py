"""What a year speaks for at the renewal (S1.12)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from servicebook.contracts.rules.advice import Advice, Share, Used, Year, advise, suggested_percent

CALM = Year(
    tickets=20,
    minutes=1200,
    minutes_before=1200,
    promised=20,
    kept=19,
    price=Decimal(1_000_000),
    sites=(Share("Main", 7), Share("Depot", 6)),
    site_count=3,
    models=(Share("GSE R2", 5),),
    included=(Used("visit", Decimal(12), Decimal(10)),),
)


def said(advice: list[Advice]) -> list[str]:
    return [one.because.code for one in advice]


@pytest.mark.req("S1.12")
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"minutes": 1560}, ["advice_work_grew"]),
        ({"minutes": 1559}, []),
        ({"minutes": 9000, "minutes_before": None}, []),  # its first year
        ({"included": (Used("visit", Decimal(12), Decimal(14)),)}, ["advice_larger"]),
        ({"included": (Used("visit", Decimal(12), Decimal(12)),)}, []),  # used up exactly
        ({"included": (Used("visit", Decimal(12), Decimal(4)),)}, ["advice_smaller"]),
        ({"extra": Decimal(250_000)}, ["advice_include_more"]),
        ({"extra": Decimal(249_999)}, []),
        (
            {"included": (Used("labour", Decimal(60), Decimal(60)),), "extra": Decimal(400_000)},
            ["advice_larger", "advice_include_more"],
        ),
        ({"sites": (Share("Depot", 8),)}, ["advice_site"]),
        ({"sites": (Share("Depot", 8),), "site_count": 1}, []),  # the only one stands out of nothing
        ({"models": (Share("GSE R2", 6),)}, ["advice_model"]),
        ({"kept": 16}, ["advice_seldom_kept"]),
        ({"kept": 17}, []),
        ({"promised": 4, "kept": 0}, []),  # too few to conclude from
        ({"tickets": 4, "minutes": 9000, "models": (Share("GSE R2", 4),)}, []),
        ({"price": Decimal(0), "extra": Decimal(5)}, []),
    ],
)
def test_what_a_year_speaks_for(changed, expected):
    assert said(advise(replace(CALM, **changed))) == expected


@pytest.mark.req("S1.12")
@pytest.mark.parametrize(("minutes", "percent"), [(1200, None), (1560, "15"), (1644, "18.5"), (9000, "20")])
def test_the_suggested_rise_has_a_limit(minutes, percent):
    found = suggested_percent(advise(replace(CALM, minutes=minutes)))

    assert (found and str(found)) == percent


def test_nothing_is_concluded_from_nothing():
    assert advise(Year()) == []
