"""The demo company and its customers. All names are made up; addresses end in .example."""

from dataclasses import dataclass, field
from typing import NamedTuple

from servicebook.accounts.models import Role
from servicebook.customers.models import Criticality

COMPANY = "Qazyna Service"
PASSWORD = "demo-servicebook"  # noqa: S105 - of people who exist only in the demo, printed at the start
MAIL_DOMAIN = "qazyna.example"


class Person(NamedTuple):
    name: str
    mailbox: str
    roles: tuple[str, ...]
    team: str = ""
    phone: str = ""


PEOPLE = (
    Person("Asel Nurlanova", "admin", (Role.ADMINISTRATOR,)),
    Person("Aigul Kassenova", "aigul", (Role.MANAGER,), "Service desk"),
    Person("Dana Ospanova", "dana", (Role.DISPATCHER,), "Service desk"),
    Person("Timur Bekov", "timur", (Role.ENGINEER,), "Field Karaganda", "+77015550201"),
    Person("Ivan Petrov", "ivan", (Role.ENGINEER,), "Field Karaganda", "+77015550202"),
    Person("Saule Kim", "saule", (Role.ENGINEER,), "Remote support", "+77015550203"),
    Person("Marat Alimov", "marat", (Role.ACCOUNT_MANAGER,)),
    Person("Olga Lee", "olga", (Role.ACCOUNTANT,)),
    Person("Yerlan Sadykov", "yerlan", (Role.STOREKEEPER,)),
)

# Country, region and district: region → (parent, time zone).
REGIONS = {
    "Kazakhstan": ("", "Asia/Almaty"),
    "Karaganda Region": ("Kazakhstan", ""),
    "Karaganda": ("Karaganda Region", ""),
    "Temirtau": ("Karaganda Region", ""),
    "Abai District": ("Karaganda Region", ""),
    "Astana": ("Kazakhstan", ""),
    "Almaty": ("Kazakhstan", ""),
}

# Category → (maker, model) of the catalogue.
MODELS = {
    "Server": (("GSE", "Server R2"), ("GSE", "Server R4")),
    "UPS": (("Voltan", "UPS 3000"), ("Voltan", "UPS 6000")),
    "Classroom set": (("Lumen", "Board 75"),),
    "Printer": (("Presto", "MFP 410"),),
    "Refrigerator": (("Aral", "Frost 340"), ("Aral", "Frost 420")),
    "Compressor": (("Borun", "K-90"),),
    "Conveyor drive": (("Borun", "Drive 15"),),
    "Diagnostic bench": (("Kolesa", "Bench 2"),),
    "Charging station": (("Kolesa", "Charge 22"),),
    "Application": (("Qazyna", "Ledger Cloud"),),
}


class Who(NamedTuple):
    name: str
    position: str
    mailbox: str
    main: bool = False
    signs: bool = False
    decides: bool = False


@dataclass(frozen=True)
class SiteSpec:
    name: str
    region: str
    city: str
    address: str
    units: tuple[tuple[str, int], ...]  # (category, how many)
    place: tuple[str, str] = ("", "")  # building or floor, room
    access_hours: str = "Mon–Fri 8:00–18:00"
    access: str = "open"
    rules: str = ""


@dataclass(frozen=True)
class CustomerSpec:
    name: str
    domain: str
    customer_class: str
    region: str
    criticality: int
    tax_id: str
    contacts: tuple[Who, ...]
    sites: tuple[SiteSpec, ...]
    calls_a_week: float
    language: str = ""
    branches: tuple["CustomerSpec", ...] = field(default=())


def _school(number: int, region: str, city: str, street: str) -> SiteSpec:
    return SiteSpec(
        name=f"School {number}",
        region=region,
        city=city,
        address=street,
        units=(("Server", 1), ("UPS", 1), ("Classroom set", 8), ("Printer", 2)),
        place=("2nd floor", "Server room"),
        access_hours="Mon–Sat 8:00–19:00",
        access="pass",
        rules="Pass at the gate. The server room is opened by security until 19:00.",
    )


CUSTOMERS = (
    CustomerSpec(
        name="Karaganda Education Department",
        domain="edu-krg.example",
        customer_class="A",
        region="Karaganda Region",
        criticality=Criticality.HIGH,
        tax_id="051140001234",
        contacts=(
            Who("Gulnar Seitova", "Head of IT", "g.seitova", main=True, decides=True),
            Who("Bolat Akhmetov", "Building manager", "b.akhmetov", signs=True),
            Who("Irina Volkova", "Teacher of informatics", "i.volkova"),
        ),
        sites=(
            _school(3, "Karaganda", "Karaganda", "Bukhar Zhyrau 14"),
            _school(12, "Karaganda", "Karaganda", "Satpaev 41"),
            _school(27, "Karaganda", "Karaganda", "Erubaev 9"),
            _school(5, "Temirtau", "Temirtau", "Respublika 30"),
            _school(8, "Temirtau", "Temirtau", "Metallurgov 17"),
            _school(1, "Abai District", "Abai", "Kurchatov 2"),
        ),
        calls_a_week=14,
    ),
    CustomerSpec(
        name="Aral Appliances",
        domain="aral.example",
        customer_class="A",
        region="Almaty",
        criticality=Criticality.NORMAL,
        tax_id="031240005678",
        contacts=(
            Who("Zhanna Omarova", "Warranty desk", "z.omarova", main=True),
            Who("Rustam Tulegen", "Service director", "r.tulegen", decides=True, signs=True),
        ),
        sites=(
            SiteSpec(
                "Showroom Dostyk",
                "Almaty",
                "Almaty",
                "Dostyk 132",
                (("Refrigerator", 12),),
                ("1st floor", "Hall"),
            ),
            SiteSpec("Warehouse Raimbek", "Almaty", "Almaty", "Raimbek 496", (("Refrigerator", 18),)),
        ),
        calls_a_week=9,
    ),
    CustomerSpec(
        name="Temirtau Conveyor Plant",
        domain="tcp.example",
        customer_class="B",
        region="Temirtau",
        criticality=Criticality.VITAL,
        tax_id="970640009012",
        contacts=(
            Who("Sergey Bondar", "Chief mechanic", "s.bondar", main=True, signs=True),
            Who("Aliya Rakhimova", "Purchasing", "a.rakhimova", decides=True),
        ),
        sites=(
            SiteSpec(
                "Shop 2",
                "Temirtau",
                "Temirtau",
                "Industrial 5",
                (("Compressor", 5), ("Conveyor drive", 12), ("UPS", 3)),
                ("Hall B", "Drive station"),
                "around the clock",
                "escort",
                "Helmet and boots. Wait for the shift foreman at gate 3.",
            ),
        ),
        calls_a_week=6,
        language="ru",
    ),
    CustomerSpec(
        name="Ledgerline",
        domain="ledgerline.example",
        customer_class="B",
        region="Astana",
        criticality=Criticality.NORMAL,
        tax_id="191040003456",
        contacts=(
            Who("Madina Ergali", "Finance lead", "madina", main=True, decides=True, signs=True),
            Who("Pavel Grin", "Accountant", "pavel"),
        ),
        sites=(
            SiteSpec("Office", "Astana", "Astana", "Mangilik El 55", (("Application", 12), ("Printer", 4))),
        ),
        calls_a_week=8,
    ),
    CustomerSpec(
        name="Kolesa Motors",
        domain="kolesa-motors.example",
        customer_class="A",
        region="Kazakhstan",
        criticality=Criticality.HIGH,
        tax_id="060840007890",
        contacts=(Who("Daniyar Iskakov", "Head of service", "d.iskakov", main=True, decides=True),),
        sites=(),
        calls_a_week=0,
        branches=(
            CustomerSpec(
                name="Kolesa Motors Astana",
                domain="",
                customer_class="A",
                region="Astana",
                criticality=Criticality.HIGH,
                tax_id="",
                contacts=(Who("Yulia Park", "Shift lead", "y.park", main=True, signs=True),),
                sites=(
                    SiteSpec(
                        "Dealer Astana",
                        "Astana",
                        "Astana",
                        "Turan 37",
                        (("Diagnostic bench", 4), ("Charging station", 8)),
                        access_hours="daily 9:00–20:00",
                    ),
                ),
                calls_a_week=4,
            ),
            CustomerSpec(
                name="Kolesa Motors Karaganda",
                domain="",
                customer_class="A",
                region="Karaganda",
                criticality=Criticality.HIGH,
                tax_id="",
                contacts=(Who("Arman Zhaken", "Shift lead", "a.zhaken", main=True, signs=True),),
                sites=(
                    SiteSpec(
                        "Dealer Karaganda",
                        "Karaganda",
                        "Karaganda",
                        "Gogol 34",
                        (("Diagnostic bench", 3), ("Charging station", 5)),
                        access_hours="daily 9:00–20:00",
                    ),
                ),
                calls_a_week=3,
            ),
        ),
    ),
)
