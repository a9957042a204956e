"""Found the demo company: its people, regions, catalogue, customers, sites and equipment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.contrib.auth.hashers import make_password

from servicebook.accounts.models import Team, User
from servicebook.core import clock, preferences
from servicebook.customers.actions import save_contact, save_customer, save_place, save_region, save_site
from servicebook.customers.models import Contact, Customer, Place, Region, Site
from servicebook.equipment.actions import record_reading, save_asset, save_meter, save_warranty
from servicebook.equipment.models import Asset, AssetModel, Category, Meter, Warranty
from servicebook.simulator import cast
from servicebook.tickets.models import QueueRule, Reason

METERED = {"UPS": "Runtime", "Compressor": "Running hours", "Conveyor drive": "Running hours"}
WARRANTY_DAYS = 730


@dataclass
class Company:
    """Who plays. Lists keep the order of the cast, so that the same seed draws the same."""

    people: dict[str, User] = field(default_factory=dict)  # by mailbox
    served: list[tuple[Customer, cast.CustomerSpec]] = field(default_factory=list)
    contacts: dict[int, list[Contact]] = field(default_factory=dict)  # by customer
    assets: dict[int, list[Asset]] = field(default_factory=dict)  # by customer
    contracts: dict[str, int] = field(default_factory=dict)  # by the key of the agreement


def found(rng: Random, customers: Sequence[cast.CustomerSpec] = cast.CUSTOMERS) -> Company:
    """Make the company through the actions that people use. The book must be empty."""
    company = Company()
    _people(company)
    preferences.choose(company=cast.COMPANY, service_owner_id=company.people["aigul"].pk)
    admin = company.people["admin"]
    regions: dict[str, Region] = {}
    for name, (parent, zone) in cast.REGIONS.items():
        country = "" if parent else "KZ"
        row = Region(name=name, parent=regions.get(parent), time_zone=zone, country=country)
        regions[name] = save_region(row, by=admin)
    models = {
        category: [
            AssetModel.objects.create(
                maker=maker, name=name, category=Category.objects.get_or_create(name=category)[0]
            )
            for maker, name in rows
        ]
        for category, rows in cast.MODELS.items()
    }
    for spec in customers:
        _customer(company, rng, spec, None, regions, models)
    _queue_rules(company, regions)
    return company


def _people(company: Company) -> None:
    teams: dict[str, Team] = {}
    password = make_password(cast.PASSWORD)  # slow by design, so once for all
    for person in cast.PEOPLE:
        if person.team and person.team not in teams:
            teams[person.team] = Team.objects.create(name=person.team)
        company.people[person.mailbox] = User.objects.create(
            email=f"{person.mailbox}@{cast.MAIL_DOMAIN}",
            password=password,
            name=person.name,
            roles=list(person.roles),
            team=teams.get(person.team),
            phone=person.phone,
        )
    for team in teams.values():
        team.lead = team.members.order_by("pk").first()
        team.save(update_fields=["lead"])


def _customer(
    company: Company,
    rng: Random,
    spec: cast.CustomerSpec,
    parent: Customer | None,
    regions: dict[str, Region],
    models: dict[str, list[AssetModel]],
) -> None:
    marat = company.people["marat"]
    customer = save_customer(
        Customer(
            name=spec.name,
            parent=parent,
            customer_class=spec.customer_class,
            tax_id=spec.tax_id,
            region=regions[spec.region],
            mail_domains=[spec.domain] if spec.domain else [],
            criticality=spec.criticality,
            language=spec.language,
            owner=marat,
            email=f"office@{spec.domain}" if spec.domain else "",
        ),
        by=marat,
    )
    domain = spec.domain or (parent.mail_domains[0] if parent else "")
    contacts = [
        save_contact(
            Contact(
                customer=customer,
                name=who.name,
                position=who.position,
                email=f"{who.mailbox}@{domain}",
                phone=f"+7701{rng.randrange(10**7):07d}",
                language=spec.language,
                is_main=who.main,
                is_decision_maker=who.decides,
                may_sign=who.signs,
            ),
            by=marat,
        )
        for who in spec.contacts
    ]
    company.served.append((customer, spec))
    company.contacts[customer.pk] = contacts
    company.assets[customer.pk] = []
    for site_spec in spec.sites:
        _site(company, rng, customer, contacts, site_spec, regions, models)
    for branch in spec.branches:
        _customer(company, rng, branch, customer, regions, models)


def _site(
    company: Company,
    rng: Random,
    customer: Customer,
    contacts: list[Contact],
    spec: cast.SiteSpec,
    regions: dict[str, Region],
    models: dict[str, list[AssetModel]],
) -> None:
    dana = company.people["dana"]
    site = save_site(
        Site(
            customer=customer,
            name=spec.name,
            region=regions[spec.region],
            city=spec.city,
            address=spec.address,
            access_hours=spec.access_hours,
            accessibility=spec.access,
            access_rules=spec.rules,
            responsible=rng.choice(contacts),
        ),
        by=dana,
    )
    place = None
    if spec.place[0]:
        floor = save_place(Place(site=site, kind=Place.Kind.FLOOR, name=spec.place[0]), by=dana)
        place = save_place(Place(site=site, parent=floor, kind=Place.Kind.ROOM, name=spec.place[1]), by=dana)
    today = clock.now().date()
    for category, count in spec.units:
        for _ in range(count):
            since = today - timedelta(days=rng.randrange(60, 1500))
            asset = save_asset(
                Asset(
                    customer=customer,
                    site=site,
                    place=place,
                    model=rng.choice(models[category]),
                    serial=_serial(rng),
                    inventory_number=f"{rng.randrange(10**6):06d}",
                    criticality=customer.criticality if category in {"Server", "Compressor"} else 2,
                    commissioned_on=since,
                    owner_name=customer.name,
                ),
                by=dana,
            )
            company.assets[customer.pk].append(asset)
            _promises_on(asset, category, since, rng, dana)


def _promises_on(asset: Asset, category: str, since: date, rng: Random, dana: User) -> None:
    """Warranties of both sides and a meter with its readings."""
    for side, days in ((Warranty.Side.OURS, WARRANTY_DAYS // 2), (Warranty.Side.VENDOR, WARRANTY_DAYS)):
        save_warranty(
            Warranty(
                asset=asset,
                side=side,
                starts_on=since,
                ends_on=since + timedelta(days=days),
                covers_labour=side == Warranty.Side.OURS,
            ),
            by=dana,
        )
    if category in METERED:
        meter = save_meter(Meter(asset=asset, name=METERED[category]), by=dana)
        value, read_at = rng.randrange(500, 4000), clock.now() - timedelta(days=90)
        for _ in range(3):
            record_reading(meter.pk, value=Decimal(value), read_at=read_at, by=dana)
            value, read_at = value + rng.randrange(150, 400), read_at + timedelta(days=30)


def _serial(rng: Random) -> str:
    letters = "ABCDEFGHKLMNPRSTXYZ"
    return f"{rng.randrange(10)}{rng.choice(letters)}{rng.choice(letters)}-{rng.randrange(10**5):05d}"


def _queue_rules(company: Company, regions: dict[str, Region]) -> None:
    people = company.people
    consultation = Reason.objects.get(code="consultation")
    remote = [customer for customer, spec in company.served if spec.name == "Ledgerline"]
    rules = [
        QueueRule(reason=consultation, owner=people["saule"], team=people["saule"].team),
        *(QueueRule(customer=one, owner=people["saule"], team=people["saule"].team) for one in remote),
        QueueRule(region=regions["Temirtau"], owner=people["ivan"], team=people["ivan"].team),
        QueueRule(region=regions["Karaganda Region"], owner=people["timur"], team=people["timur"].team),
        QueueRule(owner=people["dana"], team=people["dana"].team),
    ]
    for position, rule in enumerate(rules):
        rule.position = position
        rule.save()
