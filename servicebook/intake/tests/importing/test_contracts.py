"""Contracts come in from a spreadsheet: with terms and balances, twice, and refused at their columns."""

from datetime import date
from decimal import Decimal

import pytest

from servicebook.contracts import actions as contracts
from servicebook.contracts.document import Document
from servicebook.contracts.models import Contract
from servicebook.core.errors import NotAllowed
from servicebook.intake.importing import actions
from servicebook.intake.importing.mapping import guess
from servicebook.intake.tests.importing.conftest import counts, csv_of, worked_off
from servicebook.sla.models import ServiceHours
from servicebook.testing import make_customer, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.11", "S2.5")]
HEADINGS = (
    "Number,Customer,Contract,Type,Start,End,Price,Currency,Owner,Service hours,Visits,Visits per,"
    "Hours on site,Hours on site per,Remote hours,Parts up to,Parts up to per,Response P1,Response P2,Recovery P1,"
    "Renews itself,In force"
)
ROW = (
    "C-7,School 12,Servers,SLA,2026-01-01,2026-12-31,480000.50,KZT,,24/7,12,year,"
    "20,month,unlimited,150000,year,30 min,4,8,yes,"
)


@pytest.fixture(autouse=True)
def _spring(set_clock):
    set_clock("2026-03-02 10:00")
    make_customer(name="School 12", currency="KZT", owner=make_user("account_manager", name="Aigul"))


@pytest.fixture
def bring(manager):
    """Import rows of contracts to the end; returns the run."""

    def bring_in(*rows, headings=HEADINGS, by=manager, choice="all"):
        run = actions.take_in(csv_of(headings, *rows), name="contracts.csv", by=by)
        run = worked_off(actions.check(run.pk, mapping=run.mapping, choice=choice, by=by))
        if run.state == "checked" and not (choice == "all" and run.refused):
            run = worked_off(actions.write(run.pk, by=by))
        return run

    return bring_in


def with_cells(**cells):
    """ROW with other cells, by their headings (spaces written as underscores)."""
    names, values = HEADINGS.split(","), ROW.split(",")
    for name, value in cells.items():
        values[names.index(name.replace("_", " "))] = value
    return ",".join(values)


def test_a_row_becomes_a_contract_in_force_with_its_terms(bring):
    run = bring(ROW)

    assert [(one.column, one.reason) for one in run.problems.all()] == []
    assert (run.entity, counts(run)) == ("contracts", (1, 0, 0, 0))
    contract = Contract.objects.get()
    assert (contract.state, contract.type, contract.external_ref) == ("active", "sla", "C-7")
    assert (contract.price, contract.renews_itself, contract.owner.name) == (
        Decimal("480000.50"),
        True,
        "Aigul",
    )
    version = contract.versions.get()
    assert version.hours.name == "24/7"
    lines = [(one.code, one.limit, one.period) for one in version.included.all()]
    assert lines == [
        ("visit", 12, "year"),
        ("labour", 1200, "month"),
        ("remote", None, "year"),
        ("parts", 150_000, "year"),
    ]
    targets = [(one.measure, one.priority, one.minutes) for one in version.targets.all()]
    assert targets == [("response", 1, 30), ("response", 2, 240), ("recovery", 1, 480)]


@pytest.mark.parametrize("row", [ROW, with_cells(Number=""), with_cells(In_force="no")])
def test_the_same_file_twice_changes_nothing(bring, row):
    bring(row)
    before = Contract.objects.get()

    again = bring(row)

    assert counts(again) == (0, 0, 1, 0)
    assert Contract.objects.get().version == before.version


def test_a_draft_follows_the_file_and_comes_into_force_when_it_says_so(bring):
    bring(with_cells(In_force="no"))
    assert Contract.objects.get().state == "draft"

    assert counts(bring(with_cells(In_force="no", Visits="24"))) == (0, 1, 0, 0)
    assert Contract.objects.get().versions.get().included.get(code="visit").limit == 24
    assert counts(bring(with_cells(Visits="24"))) == (0, 1, 0, 0)
    assert Contract.objects.get().state == "active"


def test_what_is_in_force_is_not_changed_by_a_file(bring):
    bring(ROW)

    run = bring(with_cells(Visits="24"))

    assert counts(run) == (0, 0, 0, 1)
    assert "is in force here and says something else" in run.problems.get().reason


def test_headings_in_russian_are_understood():
    found = guess(
        ["Номер договора", "Контрагент", "Предмет договора", "Дата начала", "Дата окончания", "Выезды", "Выезды в",
         "Реакция P1", "Автопролонгация"]
    )  # fmt: skip

    assert found.entity == "contracts"
    wanted = {
        "external_ref",
        "customer",
        "title",
        "starts_on",
        "ends_on",
        "visits",
        "visits_per",
        "response_1",
    }
    assert wanted <= found.mapping.keys()


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"End": "2025-12-31"}, "End", "before the first"),
        ({"End": "2026-03-01", "Start": "2025-01-01"}, "End", "has passed"),
        ({"Visits_per": ""}, "Visits per", "per what"),
        ({"Visits": "0"}, "Visits", "above zero"),
        ({"Visits": "1.5"}, "Visits", "whole numbers"),
        ({"Visits": "many"}, "Visits", "no number"),
        ({"Hours_on_site": "a lot"}, "Hours on site", "no length of time"),
        ({"Response_P1": "unlimited"}, "Response P1", "has an end"),
        ({"Price": "unlimited"}, "Price", "is a number"),
        ({"Currency": "TNG"}, "Currency", "no currency"),
        ({"Type": "barter"}, "Type", "not known here"),
        ({"Service_hours": "Sundays"}, "Service hours", "no service hours “Sundays”"),
        ({"Service_hours": "Never"}, "Service hours", "never open"),
        ({"Customer": "Nobody"}, "Customer", "No customer is called"),
        ({"Contract": ""}, "Contract", "is missing"),
    ],
)
def test_a_bad_row_is_refused_with_a_sentence_at_its_column(bring, cells, column, says):
    ServiceHours.objects.create(name="Never", week=[[]] * 7)

    run = bring(with_cells(**cells))

    assert counts(run) == (0, 0, 0, 1)
    told = [(one.column, one.reason) for one in run.problems.all()]
    assert [one for one in told if one[0] == column and says in one[1]], told
    assert not Contract.objects.exists()


def test_whoever_may_not_write_contracts_does_not_bring_them_in(bring, dispatcher):
    with pytest.raises(NotAllowed):
        bring(ROW, by=dispatcher)


def test_what_the_page_refuses_the_file_is_refused_too(bring, manager):
    """The same document through both ways ends in the same contract."""
    bring(ROW)
    imported = Contract.objects.get()
    document = Document.of(imported, imported.versions.get()).model_copy(update={"external_ref": ""})

    entered = contracts.save_draft(document, by=manager)

    assert Document.of(entered, entered.versions.get()) == document
    assert entered.starts_on == date(2026, 1, 1)
