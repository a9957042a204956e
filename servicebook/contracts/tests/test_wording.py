"""What people read: golden sentences of decisions, of terms, and of what is wrong with them."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from servicebook.contracts import explaining, plain_words, rules, wording
from servicebook.contracts.document import Terms as DocumentTerms
from servicebook.contracts.rules.flips import flips
from servicebook.contracts.rules.terms import (
    Exclusion,
    Scope,
    Service,
    Side,
    State,
    Unless,
    Warranty,
)
from servicebook.contracts.tests.test_coverage import LABOUR, PARTS, VISITS, case, contract
from servicebook.contracts.verdicts import trace
from servicebook.equipment.models import Category
from servicebook.sla.models import ServiceHours
from servicebook.testing import make_contract, make_customer, make_region

TAMPERING = Exclusion(1, Unless.TAMPERING)
NBSP = "\N{NO-BREAK SPACE}"


def sentence(*standings, **facts):
    return wording.say(case(*standings, **facts).decided().because).replace(NBSP, " ")


@pytest.mark.req("S0.23")
def test_a_decision_is_one_sentence_for_the_customer():
    sentences = [
        sentence(),
        sentence(contract(included=(VISITS,)), balances={"visits": 7}),
        sentence(contract(included=(VISITS,)), balances={"visits": 0}),
        sentence(contract(included=(VISITS,), state=State.ON_HOLD)),
        sentence(
            contract(included=(VISITS,), exclusions=(Exclusion(1, Unless.TAMPERING),)),
            signs=frozenset({Unless.TAMPERING}),
        ),
        sentence(
            contract(included=(LABOUR, PARTS)),
            asked=((Service.LABOUR, 90), (Service.PARTS, 200_000)),
            balances={"labour": 90, "parts": 112_000},
        ),
        sentence(
            contract(included=(VISITS,), scopes=(Scope(asset=9),)), asset=None, model=None, category=None
        ),
    ]

    assert sentences == [
        "No contract and no warranty covers it.",
        "On-site visits: 7 of 12 this year left in contract SC-1.",
        "On-site visits: all of 12 this year used up in contract SC-1.",
        "Contract SC-1 is on hold.",
        "Signs of tampering: extra work by contract SC-1.",
        "Covered: Engineer hours on site. Covered in part: Spare parts. Spare parts: only 112,000 ₸ of "
        "150,000 ₸ this year left in contract SC-1; the rest is extra work.",
        "Contract SC-1 covers some units only; choose the unit.",
    ]


@pytest.mark.req("S0.23")
def test_the_trace_names_each_contract_once_and_says_in_one_line_what_is_out_of_the_question():
    decision = case(
        contract(
            number=1, included=(VISITS,), hours=1, exclusions=(Exclusion(1, Unless.TAMPERING),),
            scopes=(Scope(asset=5),),
        ),
        contract(number=2, scopes=(Scope(asset=9),)),
        contract(number=3, state=State.ON_HOLD),
        asked=((Service.VISIT, 1), (Service.PARTS, 900)),
        warranties=(Warranty(1, Side.OURS, date(2024, 1, 1), date(2025, 1, 1)),),
        balances={"visits": 6},
    ).decided()  # fmt: skip

    told = [(part.head, [(one.said, one.passed) for one in part.reasons]) for part in trace(decision.steps)]

    assert told == [
        ("", [("Our warranty ended on 1 Jan 2025", False)]),
        (
            "Contract SC-1",
            [
                ("Runs 1 Jan 2026 – 31 Dec 2026", True),
                ("In its scope", True),
                ("Inside the service hours", True),
                ("No signs of tampering", True),
                ("On-site visits: 6 of 12 left this year", True),
            ],
        ),
        ("", [("Contract SC-3 is on hold", False)]),
        ("", [("It is not in the scope of contract SC-2", False)]),
        ("", [("Not included in SC-1: Spare parts", False)]),
    ]


@pytest.mark.req("S0.23")
@pytest.mark.parametrize("code", wording.SHORT)
def test_a_short_sentence_says_no_more_than_the_long_one_and_no_number(code):
    short, long = (
        set(re.findall(r"%\((\w+)\)s", str(said[code]))) for said in (wording.SHORT, wording.SENTENCES)
    )

    assert short == long - {"contract"}


@pytest.mark.req("S0.23")
def test_a_flip_says_what_would_have_to_be_so():
    standing = contract(
        included=(VISITS,), ends_on=date(2027, 12, 31), hours=1, exclusions=(Exclusion(1, Unless.TAMPERING),)
    )
    used_up = case(standing, balances={"visits": 0})

    assert [wording.say(one.said) for one in flips(used_up, used_up.decided())] == [
        "With 1 more left in contract SC-1: On-site visits",
        "From 1 Jan 2027, when a new period of contract SC-1 begins: On-site visits",
    ]


@pytest.mark.req("S0.23")
@pytest.mark.parametrize(
    ("line", "much", "said"),
    [
        (PARTS, None, "With anything left in contract SC-1: Spare parts"),
        (PARTS, 900, "With 900 ₸ more left in contract SC-1: Spare parts"),
        (LABOUR, None, "With anything left in contract SC-1: Engineer hours on site"),
        (VISITS, None, "With 1 more left in contract SC-1: On-site visits"),
    ],
)
def test_how_much_more_would_be_needed_is_said_where_somebody_knows(line, much, said):
    used_up = case(
        contract(included=(line,)), asked=((line.service, much),), balances={line.code: 0}, consumable=False
    )

    told = [wording.say(one.said).replace(NBSP, " ") for one in flips(used_up, used_up.decided())]

    assert said in told


@pytest.mark.django_db
@pytest.mark.req("S0.14", "S0.16", "S0.17", "S0.18", "S0.19", "S0.20", "S0.12", "S0.13")
def test_the_terms_read_as_one_would_say_them():
    hours = ServiceHours.objects.create(name="Our hours", week=[[[480, 1200]]] * 6 + [[]])
    servers = Category.objects.create(name="Servers")
    karaganda = make_region(name="Karaganda")
    one = make_contract(
        ends_on=date(2026, 12, 31),
        index_percent=Decimal("8.5"),
        version={"hours": hours, "channels": ["phone", "mail"], "pauses": ["part"]},
        scopes=[{"category": servers}, {"region": karaganda}],
        targets=[
            {"measure": "response", "minutes": 240},
            {"measure": "response", "minutes": 60, "region": karaganda},
            {"measure": "recovery", "minutes": 480, "priority": 1, "category": servers},
        ],
        included=[
            {"code": "visits", "service": "visit", "limit": 12, "rollover": True},
            {"code": "labour", "service": "labour", "outside_factor": Decimal("1.5")},
            {"code": "parts", "service": "parts", "limit": 150_000, "category": servers},
            {
                "code": "pack",
                "service": "remote",
                "limit": 1_200,
                "period": "pack",
                "expires_on": date(2026, 11, 30),
            },
        ],
        exclusions=[
            {"unless": "tampering"},
            {"unless": "unsupported"},
            {"unless": "outside_hours", "factor": 2},
        ],
        rates=[{"service": "visit", "price": 18_000}, {"service": "diagnostic", "price": 15_000}],
    )  # fmt: skip

    reading = explaining.of_version(one.versions.get(), one)["reading"]

    assert [wording.say(said).replace(NBSP, " ") for said in reading] == [
        "We answer within 1 h in Karaganda, 4 h otherwise, Our hours.",
        "It works again within 8 h for P1, Servers, Our hours.",
        "On-site visits: 12 a year included, then 18,000 ₸ a visit.",
        "On-site visits: what is left goes on into the next period.",
        "Engineer hours on site: included without limit.",
        "Engineer hours on site: outside the hours they count ×1.5.",
        "Remote support: 20 h prepaid until 30 Nov 2026, then extra work.",
        "Spare parts, Servers: 150,000 ₸ a year included, then extra work.",
        "Not included: Diagnostics (15,000 ₸ a diagnostic).",
        "Extra work: Signs of tampering, Software that is supported no longer.",
        "Outside the service hours: counted and charged ×2.",
        "Service is asked for by: E-mail, Phone.",
        "The time stands still while we wait for: Part.",
        "It covers: Servers; Karaganda.",
        "The contract ends on 31 Dec 2026 and is renewed by agreement.",
        "The price may rise once a year by 8.5 %, announced 30 days ahead.",
    ]


@pytest.mark.django_db
def test_what_contradicts_itself_is_said_and_keeps_a_draft_from_coming_into_force():
    one = make_contract(
        make_customer(),
        state="draft",
        included=[{"code": "a", "service": "visit"}, {"code": "b", "service": "visit", "limit": 12}],
    )

    findings = explaining.findings_in(DocumentTerms.of(one.versions.get()), one)

    assert [(one.severity, one.where, wording.say(one.said)) for one in findings] == [
        ("error", "included.1.service", "On-site visits: never used, because a line before it has no limit."),
        ("warning", "targets", "A service level agreement without a promised time."),
        (
            "warning",
            "included.1.limit",
            "On-site visits: there is a limit, but neither the contract nor the rate card says what it costs "
            "beyond.",
        ),
        (
            "warning",
            "included",
            "Visits are included, but not: Engineer hours on site, Diagnostics. It will be billed.",
        ),
    ]  # fmt: skip


def test_every_sentence_of_the_rules_is_known():
    """A code that a rule says has its sentence; else a page would fail that nobody has looked at."""
    known = {
        *wording.SENTENCES,
        *plain_words.SENTENCES,
        *(f"warranty.{code}" for _side, code in wording.WARRANTIES),
        *("exclusion.absent", "flip.with_sign", "flip.without_sign", "flip.unit", "services.differ"),
        *("reading.rise", "reading.scope", "contract.runs"),
    }
    prefixes = {
        "clauses": "",
        "gate": "",
        "lines": "",
        "coverage": "",
        "lint": "lint.",
        "reading": "reading.",
    }
    source = {
        name: (Path(rules.__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in prefixes
    }
    said = {code for text in source.values() for code in re.findall(r'Said\(\s*"([a-z_.]+)"', text)}
    said |= {code for text in source.values() for code in re.findall(r'_step\("([a-z_.]+)"', text)}
    said |= {f"lint.{code}" for code in re.findall(r'_(?:error|warning)\("([a-z_]+)"', source["lint"])}
    said |= {f"reading.{code}" for code in re.findall(r'_said\(\s*"([a-z_]+)"', source["reading"])}

    assert said - known == set()


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_money_and_numbers_are_those_of_the_reader(language):
    with translation.override(language):
        said = wording.say(
            case(contract(included=(PARTS,)), asked=((Service.PARTS, 1),), balances={"parts": "1234.5"})
            .decided()
            .because
        )

    separator = {"en": "1,234.50", "zh-hans": "1,234.50", "tr": "1.234,50"}.get(language, f"1{NBSP}234,50")
    assert f"{separator}{NBSP}₸" in said
