"""Exports of other programs: one sample each, recognised, mapped and imported as it is."""

from pathlib import Path

import pytest

from servicebook.customers.models import Contact, Customer
from servicebook.equipment.models import Asset, Warranty
from servicebook.intake.importing import mapping
from servicebook.intake.importing.fields import fields_of
from servicebook.intake.importing.profiles import PROFILES, recognise
from servicebook.intake.importing.reading import look
from servicebook.intake.importing.rules.headings import plain
from servicebook.intake.tests.importing.conftest import counts
from servicebook.testing import make_asset, make_contact, make_customer, make_reason
from servicebook.tickets.models import Status, Ticket

SAMPLES = Path(__file__).parent / "data"
NAMES = [profile.name for profile in PROFILES]


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.csv").read_bytes()


@pytest.fixture
def _house(manager) -> None:
    """What references in the samples lead to."""
    make_reason("failure")
    make_reason("consultation")
    nordwind = make_customer(name="Nordwind Logistics")
    make_customer(name="School No 12")
    make_contact(nordwind, name="Maria Ivanova", email="m.ivanova@nordwind.example")
    make_asset(nordwind, serial="SN-4711")


@pytest.mark.parametrize("profile", PROFILES, ids=NAMES)
def test_a_sample_is_recognised_by_its_headings(profile):
    with (SAMPLES / f"{profile.name}.csv").open("rb") as file:
        headings = look(file).headings

    assert recognise(headings) is profile


@pytest.mark.django_db
@pytest.mark.parametrize("profile", PROFILES, ids=NAMES)
def test_a_profile_maps_fields_that_exist_and_no_column_twice(profile):
    known = {one.name for one in fields_of(profile.entity)}

    assert set(profile.mapping) <= known
    assert len({plain(heading) for heading in profile.mapping.values()}) == len(profile.mapping)


@pytest.mark.django_db
@pytest.mark.usefixtures("_house")
@pytest.mark.parametrize("profile", PROFILES, ids=NAMES)
def test_a_sample_comes_in_whole_and_only_once(bring, profile):
    data = sample(profile.name)
    rows = len(data.splitlines()) - 1

    run = bring(data)

    said = [f"{one.line} {one.column}: {one.reason}" for one in run.problems.all()]
    assert (run.entity, run.profile, run.state, said) == (profile.entity, profile.name, "done", [])
    assert run.created + run.updated == rows
    assert counts(bring(data)) == (0, 0, rows, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("_house")
def test_a_zendesk_ticket_keeps_its_key_its_state_and_its_requester(bring):
    bring(sample("zendesk-tickets"))

    solved = Ticket.objects.get(external_ref="Zendesk 4021")
    assert (solved.status, solved.priority, solved.reason.code) == (Status.CLOSED, 1, "failure")
    assert solved.contact.email == "m.ivanova@nordwind.example"
    pending = Ticket.objects.get(external_ref="Zendesk 4022")
    assert (pending.status, pending.waiting_for, pending.customer.name) == (
        "waiting",
        "client",
        "Nordwind Logistics",
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("_house")
def test_an_odoo_branch_hangs_under_its_company_though_they_share_a_tax_number(bring):
    bring(sample("odoo-partner"))

    branch = Customer.objects.get(name="Nordwind Depot North")
    assert branch.parent.name == "Nordwind Logistics"
    assert branch.parent.external_ref == "__export__.res_partner_41"


@pytest.mark.django_db
@pytest.mark.usefixtures("_house")
def test_units_of_snipe_it_and_erpnext_keep_their_warranty(bring):
    bring(sample("snipe-it-assets"))
    bring(sample("erpnext-serial-no"))

    assert Asset.objects.get(serial="SN-9005").inventory_number == "A-0012"
    assert {str(one.ends_on) for one in Warranty.objects.all()} == {"2027-10-13"}


@pytest.mark.django_db
@pytest.mark.usefixtures("_house")
def test_a_known_contact_is_enriched_not_doubled(bring):
    bring(sample("freshdesk-contacts"))

    contact = Contact.objects.get()
    assert (contact.position, contact.phone) == ("Fleet manager", "+77212412031")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headings", "entity", "expected"),
    [
        (["Клиент", "БИН", "Телефон"], "customers", {"name": "Клиент", "tax_id": "БИН", "phone": "Телефон"}),
        (
            ["Модель", "Заводской номер", "Заказчик", "Площадка", "Гарантия до"],
            "assets",
            {"model": "Модель", "serial": "Заводской номер", "customer": "Заказчик", "site": "Площадка",
             "warranty_until": "Гарантия до"},
        ),
        (["Subject", "Created", "Client"], "tickets", {"title": "Subject", "opened_at": "Created", "customer": "Client"}),
        (["Ad soyad", "E-posta", "Müşteri"], "contacts", {"name": "Ad soyad", "email": "E-posta", "customer": "Müşteri"}),
        (["SERIAL_NUMBR", "model name", "company"], "assets",
         {"serial": "SERIAL_NUMBR", "model": "model name", "customer": "company"}),
    ],
)  # fmt: skip
def test_headings_say_what_rows_are_and_what_columns_mean(headings, entity, expected):
    guessed = mapping.guess(headings)

    assert (guessed.entity, guessed.mapping) == (entity, expected)
