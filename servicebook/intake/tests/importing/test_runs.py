"""From a file to rows: every kind, twice, with bad rows, with either choice."""

from datetime import UTC, date, datetime

import pytest

from servicebook.agenda.worker import run_due
from servicebook.core.models import FieldRule
from servicebook.customers.models import Contact, Criticality, Customer, Site
from servicebook.equipment.models import Asset, AssetModel, Warranty
from servicebook.intake.importing import actions, engine
from servicebook.intake.models import ImportRun
from servicebook.intake.tests.importing.conftest import counts, csv_of, worked_off
from servicebook.journal.models import Entry
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_reason,
    make_site,
    make_ticket,
    make_user,
)
from servicebook.tickets.models import Status, Ticket

pytestmark = pytest.mark.django_db

CUSTOMERS = csv_of(
    "Клиент;БИН;Входит в;Регион;Телефон;Почта;Критичность;Домены",
    "Отдел образования Абая;060440001234;;Караганда;8 (7212) 41-20-30;ABAY@edu.example;высокая;edu.example, abay.example",
    "Школа №12;990440005678;Отдел образования Абая;Караганда;+7 701 555 01 12;school12@edu.example;;",
    "Гимназия №5;;Отдел образования Абая;Темиртау;;;низкая;",
)
MAPPED = {"name": "Клиент", "parent": "Входит в"}


def test_customers_come_in_with_branches_regions_phones_and_a_trace(bring):
    run = bring(CUSTOMERS, "customers", **MAPPED)

    assert (run.state, counts(run)) == ("done", (3, 0, 0, 0))
    school = Customer.objects.get(name="Школа №12")
    assert school.parent.name == "Отдел образования Абая"
    assert (school.phone, school.tax_id, school.region.name) == ("+77015550112", "990440005678", "Караганда")
    office = school.parent
    assert (office.phone, office.email) == ("+77212412030", "abay@edu.example")
    assert (office.criticality, office.mail_domains) == (Criticality.HIGH, ["edu.example", "abay.example"])
    added = Entry.objects.get(verb="customer.added", subject_id=school.pk)
    assert (added.facts["file"], added.facts["line"], added.actor) == ("list.csv", 3, run.started_by)


@pytest.mark.parametrize("choice", ["all", "good"])
def test_the_same_file_twice_changes_nothing(bring, choice):
    bring(CUSTOMERS, "customers", choice=choice, **MAPPED)
    entries = Entry.objects.filter(verb__startswith="customer.").count()

    again = bring(CUSTOMERS, "customers", choice=choice, **MAPPED)

    assert counts(again) == (0, 0, 3, 0)
    assert Entry.objects.filter(verb__startswith="customer.").count() == entries


def test_a_changed_cell_changes_that_field_alone_and_an_empty_cell_none(bring):
    bring(CUSTOMERS, "customers", **MAPPED)
    Customer.objects.filter(name="Школа №12").update(notes="Ключ на вахте")

    run = bring(csv_of("Name,Phone,Notes", "Школа №12,+7 701 555 99 99,"), "customers")

    assert counts(run) == (0, 1, 0, 0)
    school = Customer.objects.get(name="Школа №12")
    assert (school.phone, school.notes) == ("+77015559999", "Ключ на вахте")
    changed = Entry.objects.get(verb="customer.changed", subject_id=school.pk)
    assert changed.facts["changes"] == {"phone": ["+77015550112", "+77015559999"]}


def test_all_or_none_writes_nothing_while_a_row_is_bad(bring):
    run = bring(
        csv_of("Name,E-mail", "Good,good@a.example", "Bad,not a mail", ",nobody@a.example"), "customers"
    )

    assert (run.state, counts(run)) == ("checked", (1, 0, 0, 2))
    assert not Customer.objects.exists()
    said = [(p.line, p.column, p.reason, p.remedy) for p in run.problems.all()]
    assert said == [
        (3, "E-mail", "“not a mail” is no e-mail address.", "Write it like name@example.com, or leave the cell empty."),
        (4, "Name", "Name is missing.", "Fill this cell."),
    ]  # fmt: skip
    with pytest.raises(actions.ImportRefused, match="2 rows are bad"):
        actions.write(run.pk, by=run.started_by)


def test_good_rows_only_writes_the_good_ones(bring):
    run = bring(csv_of("Name,E-mail", "Good,good@a.example", "Bad,not a mail"), "customers", choice="good")

    assert (run.state, counts(run)) == ("done", (1, 0, 0, 1))
    assert [one.name for one in Customer.objects.all()] == ["Good"]


def test_the_check_writes_nothing_and_tells_what_directories_grow_by(dispatcher):
    data = csv_of("Model,Maker,Category,Customer,S/N", "R760,Dell,Server,Plant,SN-1")
    make_customer(name="Plant")
    run = actions.take_in(data, name="units.csv", by=dispatcher)
    run = worked_off(actions.check(run.pk, mapping=run.mapping, choice="all", by=dispatcher))

    assert (run.entity, run.state, counts(run)) == ("assets", "checked", (1, 0, 0, 0))
    assert run.notes == {"Models to be added": ["Dell R760"], "Categories to be added": ["Server"]}
    assert not AssetModel.objects.exists()
    assert run.preview[0]["verdict"] == "new"


@pytest.mark.req("S0.6")
def test_equipment_comes_in_with_place_warranties_and_parts(bring):
    customer = make_customer(name="Plant")
    make_site(customer, name="Hall 1")
    data = csv_of(
        "Model,Maker,Serial number,Customer,Site,Building,Room,Rack,Part of,State,In service since,Warranty until",
        "R760,Dell,SN-1,Plant,Hall 1,A,101,R1,,in use,14.10.2024,13.10.2027",
        "Disk 4T,Dell,SN-2,Plant,,,,,SN-1,in use,14.10.2024,",
    )

    run = bring(data, "assets")

    assert counts(run) == (2, 0, 0, 0)
    server, disk = Asset.objects.order_by("pk")
    assert [server.place.name, server.place.parent.name, server.place.parent.parent.name] == [
        "R1",
        "101",
        "A",
    ]
    assert (disk.parent, disk.site, disk.place) == (server, server.site, server.place)
    assert server.commissioned_on == date(2024, 10, 14)
    assert [(w.side, w.starts_on, w.ends_on) for w in Warranty.objects.all()] == [
        ("ours", date(2024, 10, 14), date(2027, 10, 13))
    ]
    assert counts(bring(data, "assets")) == (0, 0, 2, 0)


@pytest.mark.req("S0.2")
def test_contacts_come_in_with_roles_and_are_known_by_mail_again(bring):
    site = make_site(make_customer(name="Plant"), name="Hall 1")
    data = csv_of(
        "Full name,Company,E-mail,Phone,Position,Site,May sign acts,Main contact",
        "Айгүл Сапарова,Plant,aigul@plant.example,87015550112,Director,Hall 1,yes,да",
    )

    assert counts(bring(data, "contacts")) == (1, 0, 0, 0)
    contact = Contact.objects.get()
    assert (contact.customer, contact.site, contact.phone) == (site.customer, site, "+77015550112")
    assert (contact.may_sign, contact.is_main, contact.is_decision_maker) == (True, True, False)
    renamed = csv_of("Full name,Company,E-mail", "Айгүл Омарова,Plant,AIGUL@plant.example")
    assert counts(bring(renamed, "contacts")) == (0, 1, 0, 0)
    assert Contact.objects.get().name == "Айгүл Омарова"


@pytest.mark.req("S0.5")
def test_sites_come_in_under_their_customer(bring):
    make_customer(name="Plant", external_ref="C-7")
    data = csv_of(
        "Name,Customer,City,Latitude,Longitude,Access", 'Hall 1,C-7,Караганда,"49,8047",73.1094,пропуск'
    )

    assert counts(bring(data, "sites")) == (1, 0, 0, 0)
    site = Site.objects.get()
    assert (str(site.latitude), site.accessibility) == ("49.804700", "pass")
    assert counts(bring(data, "sites")) == (0, 0, 1, 0)


def test_old_tickets_come_in_on_their_unit_and_only_once(bring, manager):
    make_reason("failure")
    make_reason("consultation")
    asset = make_asset(serial="SN-1")
    contact = make_contact(asset.customer, email="aigul@plant.example")
    data = csv_of(
        "Id,Subject,Requester email,Serial number,Status,Ticket type,Priority,Created at,Solved at",
        "17,Does not start,aigul@plant.example,SN-1,Solved,Incident,Urgent,2025-03-01 09:00,2025-03-02 12:00",
        "18,A question,aigul@plant.example,,Open,Question,,2025-03-05 10:00,",
    )

    run = bring(data, "tickets")

    assert (run.state, counts(run)) == ("done", (2, 0, 0, 0))
    first, second = Ticket.objects.order_by("pk")
    assert (first.asset, first.contact, first.status, first.reason.code) == (
        asset,
        contact,
        Status.CLOSED,
        "failure",
    )
    assert (first.priority, first.owner) == (1, manager)
    assert first.opened_at == datetime(2025, 3, 1, 4, 0, tzinfo=UTC)
    assert (second.status, second.customer, second.reason.code) == (
        Status.QUEUED,
        asset.customer,
        "consultation",
    )
    assert counts(bring(data, "tickets")) == (0, 0, 2, 0)
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["03/04/2026", "13/04/2026"], date(2026, 4, 3)),
        (["03/04/2026", "04/13/2026"], date(2026, 3, 4)),
        (["03.04.2026", "2026-12-31"], date(2026, 4, 3)),
    ],
)
def test_the_column_decides_which_number_is_the_day(bring, cells, expected):
    make_customer(name="Plant")
    lines = [f"R760,SN-{number},Plant,{cell}" for number, cell in enumerate(cells)]

    bring(csv_of("Model,S/N,Customer,In service since", *lines), "assets")

    assert Asset.objects.get(serial="SN-0").commissioned_on == expected


def test_a_column_that_shows_no_order_is_refused_with_a_remedy(bring):
    make_customer(name="Plant")

    run = bring(csv_of("Model,S/N,Customer,In service since", "R760,SN-1,Plant,03/04/2026"), "assets")

    problem = run.problems.get()
    assert (problem.column, counts(run)) == ("In service since", (0, 0, 0, 1))
    assert "two ways" in problem.reason
    assert problem.remedy == "Write dates like 2026-12-31 or 31.12.2026."


@pytest.mark.req("S0.8")
def test_custom_and_mandatory_fields_count_for_imported_rows_too(bring):
    FieldRule.objects.create(
        entity="customers.customer", name="sector", label="Sector", kind="choice", choices=["School", "Plant"],
        mandatory=True,
    )  # fmt: skip
    FieldRule.objects.create(
        entity="customers.customer", name="phone", label="Phone", custom=False, mandatory=True
    )

    run = bring(
        csv_of("Name,Sector,Phone", "A,School,87015550112", "B,Moon,87015550112", "C,Plant,", "D,,87015550112"),
        "customers", choice="good",
    )  # fmt: skip

    assert counts(run) == (1, 0, 0, 3)
    assert Customer.objects.get().custom == {"sector": "School"}
    assert [(p.line, p.column) for p in run.problems.all()] == [(3, "Sector"), (4, "Phone"), (5, "Sector")]


def test_a_row_that_stands_twice_is_passed_over_and_two_that_differ_are_refused(bring):
    data = csv_of("Name,Phone", "A,+77015550112", "A,+77015550112", "B,+77015550113", "B,+77015550114")

    run = bring(data, "customers", choice="good")

    assert counts(run) == (2, 0, 1, 1)
    assert run.problems.get().reason == "Line 4 is about the same, and says something else."
    assert counts(bring(data, "customers", choice="good")) == (0, 0, 3, 1)


@pytest.mark.trust("B10")
def test_formula_like_text_stays_text(bring):
    data = csv_of("Name,Notes", "A,=1+1", "'-B,'@SUM(A1)")

    bring(data, "customers")

    assert [(one.name, one.notes) for one in Customer.objects.order_by("pk")] == [
        ("A", "=1+1"),
        ("-B", "@SUM(A1)"),
    ]


@pytest.mark.trust("I7")
@pytest.mark.parametrize("under", ["Region", "New office"])
def test_a_branch_leaves_no_sooner_by_a_file_than_on_its_page(bring, under):
    make_reason()
    make_user("manager")
    office = make_customer(name="Ministry")
    branch = make_customer(name="City", parent=office)
    make_customer(name="Region")
    ticket = make_ticket(customer=branch, site=make_site(office))

    run = bring(csv_of("Name,Part of", "New office,", f"City,{under}"), "customers", choice="good")

    assert counts(run)[3] == 1
    assert f"City cannot leave Ministry yet: open ticket {ticket.number}" in run.problems.get().reason
    assert Customer.objects.get(pk=branch.pk).parent == office


def test_many_steps_give_what_one_would(bring, monkeypatch):
    monkeypatch.setattr(engine, "ROWS_PER_STEP", 3)
    monkeypatch.setattr(engine, "ROWS_PER_SCAN", 2)
    lines = [f"Customer {number},Customer {number - 1 if number % 4 else ''}" for number in range(10)]
    lines = [line.removesuffix("Customer ") for line in lines]

    run = bring(csv_of("Name,Part of", *lines), "customers", choice="good")

    assert (counts(run), run.rows_total) == ((10, 0, 0, 0), 10)
    assert Customer.objects.get(name="Customer 9").parent.name == "Customer 8"


def test_a_step_after_a_restart_reads_on_where_the_last_one_stopped(bring, dispatcher, monkeypatch):
    monkeypatch.setattr(engine, "ROWS_PER_STEP", 2)
    data = csv_of("Name,Phone", *[f"C{number % 4},+7701555011{number % 5}" for number in range(9)])
    run = actions.take_in(data, name="a.csv", entity="customers", by=dispatcher)
    run = actions.check(run.pk, mapping=run.mapping, choice="good", by=dispatcher)
    while not engine.step(run.pk):
        engine.forget_readers()  # as if another process went on

    run.refresh_from_db()
    assert counts(run) == (4, 0, 0, 5)


def test_the_agenda_works_an_import_off(dispatcher):
    run = actions.take_in(CUSTOMERS, name="a.csv", entity="customers", by=dispatcher)
    actions.check(run.pk, mapping={**run.mapping, **MAPPED}, choice="all", by=dispatcher)
    run_due()
    actions.write(run.pk, by=dispatcher)
    run_due()

    run.refresh_from_db()
    assert (run.state, Customer.objects.count()) == ("done", 3)


def test_a_cancelled_import_stops_and_says_what_is_in(bring, dispatcher, monkeypatch):
    monkeypatch.setattr(engine, "ROWS_PER_STEP", 1)
    run = actions.take_in(CUSTOMERS, name="a.csv", entity="customers", by=dispatcher)
    run = worked_off(actions.check(run.pk, mapping={**run.mapping, **MAPPED}, choice="good", by=dispatcher))
    actions.write(run.pk, by=dispatcher)
    engine.step(run.pk)
    actions.cancel(run.pk, by=dispatcher)

    run = worked_off(run)

    assert (run.state, Customer.objects.count()) == ("cancelled", 1)
    assert run.because == "Stopped by a person at row 1. 1 rows are imported."


def test_all_or_none_leaves_nothing_when_a_row_went_bad_after_the_check(bring, dispatcher):
    data = csv_of("Name,Customer", "Hall 1,Plant", "Hall 2,Mine")
    make_customer(name="Plant")
    mine = make_customer(name="Mine")
    run = actions.take_in(data, name="a.csv", entity="sites", by=dispatcher)
    run = worked_off(actions.check(run.pk, mapping=run.mapping, choice="all", by=dispatcher))
    mine.delete()

    run = worked_off(actions.write(run.pk, by=dispatcher))

    assert (run.state, Site.objects.count()) == ("refused", 0)
    assert run.because.startswith("Nothing was imported")
    assert run.problems.get().column == "Customer"
    assert isinstance(run, ImportRun)
