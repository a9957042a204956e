"""The editable texts of messages (S0.41): what is delivered, and what the house made of it.

A text has a code. Which fields it may hold is declared here; the words stand in `standard_texts`, in the
languages of the product, until somebody edits one: then its current version holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.functional import Promise as LazyText
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.core import preferences, reference
from servicebook.customers.models import Contact
from servicebook.messaging.models import MessageText
from servicebook.messaging.rules import merging
from servicebook.messaging.standard_texts import STANDARD, Words

LAST_RESORT = "en"


@dataclass(frozen=True)
class Field:
    """What a text may hold: its name in braces, what people call it, and an example for the preview."""

    name: str
    label: str | LazyText
    sample: Any  # a text, a day, a moment: as the facts of a real one


@dataclass(frozen=True)
class Text:
    """One text.

    Attributes:
        contractual: it goes out whatever the receiver unsubscribed from.
        ours: it is for people of the house.
    """

    code: str
    title: str | LazyText
    fields: Sequence[Field]
    contractual: bool = True
    ours: bool = False

    @property
    def names(self) -> list[str]:
        return [field.name for field in self.fields]


@dataclass(frozen=True)
class Written:
    """A text as one receiver gets it."""

    subject_line: str
    body: str
    short: str


def _in_days(days: int) -> str:
    """Say how far a day is away: "in 5 days"."""
    if not days:
        return gettext("today")
    if days > 0:
        return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
    return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": -days}


in_days = lazy(_in_days, str)  # each receiver reads it in their own language

TO = Field("to_name", _("Name of the receiver"), "Aigul Serikova")
COMPANY = Field("company", _("Our company"), "Qazyna Service")
LINK = Field("link", _("The link to answer"), "https://service.example.com/a/…")
OWNER = Field("owner_name", _("Who of us answers questions"), "Dana Omarova")
PHONE = Field("owner_phone", _("Their phone"), "+7 701 000 00 00")
CUSTOMER = Field("customer", _("Customer"), "School 12")
SITE = Field("site", _("Site"), "Main building")
ADDRESS = Field("address", _("Address"), "Abay Ave 10, Almaty")
EQUIPMENT = Field("equipment", _("Equipment"), "GSE Server R2 · SN-104")
UNIT = Field("unit", _("The unit, where it is about one alone"), "GSE Server R2 · SN-104 · Room 12")
WORK = Field("work", _("The work"), _("Quarterly check"))
DUE = Field("due_date", _("Day"), date(2026, 1, 31))
WINDOW = Field("window", _("Window"), "31.01.2026 9:00–13:00")
DAYS = Field("days", _("Days left"), "14")
IN_DAYS = Field("in_days", _("Days left, in words"), in_days(14))
END = Field("end_date", _("Last day"), date(2026, 12, 31))
ABOUT = Field("about", _("What it is about"), "T-2026-000104 No power")
STEP = Field("step", _("Next step"), _("Call and agree the window"))
CONTRACT = (
    Field("contract_number", _("Number of the contract"), "C-2026-000012"),
    Field("contract_title", _("Title of the contract"), "Support of the school network"),
)
EVERYBODY = (TO, COMPANY, OWNER, PHONE, LINK)
VISIT = (*EVERYBODY, CUSTOMER, SITE, ADDRESS, EQUIPMENT, UNIT, WORK, DUE, WINDOW, DAYS, IN_DAYS)
PLACE = (TO, COMPANY, OWNER, PHONE, CUSTOMER, SITE, ADDRESS, EQUIPMENT, UNIT, WORK)
PRICE = (
    Field("applies_on", _("Day of the change"), date(2026, 4, 1)),
    Field("old_price", _("Price until then"), "1 000 000 KZT"),
    Field("new_price", _("New price"), "1 080 000 KZT"),
)
BEFORE = Field("old_window", _("Window that holds no longer"), "31.01.2026 9:00–13:00")
WHO = (
    Field("engineer", _("Who comes"), "Marat Akhmetov"),
    Field("on_site", _("Contact on site"), "Saule, +7 701 000 00 01"),
)

TEXTS: dict[str, Text] = {
    one.code: one
    for one in (
        Text("maintenance_invite", _("Maintenance: invitation"), VISIT),
        Text("maintenance_again", _("Maintenance: still not confirmed"), VISIT),
        Text("access_tomorrow", _("Maintenance: confirm access"), VISIT),
        Text("visit_confirmed", _("Maintenance: a visit is agreed"), (*PLACE, LINK, DUE, WINDOW, *WHO)),
        Text("visit_moved", _("Maintenance: an agreed visit has moved"), (*PLACE, LINK, DUE, WINDOW, BEFORE)),
        Text("visit_cancelled", _("Maintenance: an agreed visit is cancelled"), (*PLACE, BEFORE)),
        Text(
            "renewal_notice",
            _("Contract ends"),
            (
                *EVERYBODY, CUSTOMER, END, DAYS, IN_DAYS, *CONTRACT,
                Field("how_it_goes_on", _("Whether it renews itself, and until when one may refuse"),
                      _("It renews itself for 12 months, unless one of us says otherwise by 1 December.")),
            ),
        ),
        Text(
            "reply_wanted",
            _("We wait for an answer"),
            (
                *EVERYBODY, CUSTOMER,
                Field("ticket_number", _("Number of the ticket"), "T-2026-000104"),
                Field("ticket_title", _("Title of the ticket"), "The server does not start"),
                Field("asked_on", _("Since when we wait"), date(2026, 1, 12)),
            ),
        ),
        Text(
            "payment_due",
            _("Invoice is due"),
            (
                *EVERYBODY, CUSTOMER, DUE,
                Field("invoice_number", _("Number of the invoice"), "INV-2026-000031"),
                Field("amount", pgettext_lazy("money", "Amount"), "150 000 KZT"),
            ),
        ),
        Text(
            "balance_low",
            _("Included service runs out"),
            (
                TO, COMPANY, OWNER, PHONE, CUSTOMER, END, *CONTRACT,
                Field("service", _("What is included"), _("Engineer hours on site")),
                Field("percent", _("Percent used"), "80"),
                Field("left", _("What is left of it"), "4 h"),
            ),
        ),
        Text(
            "price_announced", _("A new price is announced"),
            (TO, COMPANY, OWNER, PHONE, CUSTOMER, *CONTRACT, *PRICE),
        ),
        Text(
            "price_withdrawn", _("An announced price is taken back"),
            (TO, COMPANY, OWNER, PHONE, CUSTOMER, *CONTRACT, *PRICE),
        ),
        Text(
            "warranty_ends", _("Warranty ends"), (*EVERYBODY, CUSTOMER, EQUIPMENT, END, DAYS, IN_DAYS),
            contractual=False,
        ),
        Text(
            "step", _("Next step"),
            (TO, COMPANY, LINK, STEP, ABOUT, CUSTOMER,
             Field("due", _("Until when"), datetime(2026, 1, 31, 13, tzinfo=UTC)),
             Field("why", _("Why now"), _("due in 7 days, not confirmed"))), ours=True,
        ),
        Text(
            "undelivered", _("A message did not arrive"),
            (TO, COMPANY, LINK,
             Field("name", _("Whom it was for"), "Aigul Serikova"),
             Field("how", _("Over which channel"), _("E-mail")),
             Field("what", _("What it was about"), "T-2026-000104 No power"),
             Field("why", _("Why it did not arrive"), "554 5.7.1 refused")), ours=True,
        ),
        Text(
            "escalation", _("Nobody reacts"),
            (TO, COMPANY, LINK, STEP, ABOUT, CUSTOMER,
             Field("contact", _("Who was asked"), "Aigul Serikova"),
             Field("asked_on", _("Since when we wait"), date(2026, 1, 12))), ours=True,
        ),
    )
}  # fmt: skip


class NoSuchText(LookupError):
    """No text is declared under this code."""


def text_of(code: str) -> Text:
    """Return a declared text.

    Raises:
        NoSuchText
    """
    if code not in TEXTS:
        raise NoSuchText(code)
    return TEXTS[code]


def choices(*, ours: bool = False) -> list[tuple[str, str]]:
    """Return the texts for customers, or those for people of the house, to choose from."""
    return [(one.code, str(one.title)) for one in TEXTS.values() if one.ours == ours]


def words(code: str, language: str) -> Words:
    """Return the words of a text in a language, in English if it is none of ours: the house's own, else
    the delivered ones.

    Costs no statement when nothing changed.
    """
    known = language if language in STANDARD else LAST_RESORT
    own = reference.get("messaging.texts", _load)
    return own.get((code, known)) or STANDARD[known][code]


def written(code: str, *, to: Contact | User, facts: Mapping[str, Any]) -> Written:
    """Write a text for one receiver, in their language.

    Args:
        facts: the values of its fields besides receiver and company: texts, days, moments (shown in the
            zone named by `zone`), or lazy texts. A field without a value is left empty, and its comma out.
    """
    language = to.language or settings.LANGUAGE_CODE
    with translation.override(language):
        return filled(words(code, language), code, {"to_name": to.name, **facts})


def filled(text: Words, code: str, facts: Mapping[str, Any]) -> Written:
    """Fill the words of a text, in the active language.

    Raises:
        merging.NotFillable: they name a field that the text does not have.
    """
    zone = ZoneInfo(facts.get("zone") or settings.TIME_ZONE)
    given = {"company": preferences.current().company, **facts}
    values = {name: said(given.get(name), zone) for name in text_of(code).names}
    return Written(
        subject_line=" ".join(merging.fill(text.subject_line, values).split()),
        body=merging.fill(text.body, values).strip() + "\n",
        short=" ".join(merging.fill(text.short, values).split()),
    )


def said(value: Any, zone: ZoneInfo) -> str:
    """Say a value in the active language."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return date_format(value.astimezone(zone), "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return str(value)


def samples(code: str) -> dict[str, Any]:
    """Return an example of the facts that fill a text."""
    return {field.name: field.sample for field in text_of(code).fields}


def problems(code: str, text: Words) -> dict[str, str]:
    """Return what is wrong with the words of a text, by the name of their part."""
    found = {}
    for part, said_there in text._asdict().items():
        wrong = merging.unknown(said_there, text_of(code).names)
        if wrong:
            found[part] = " ".join(_unknown(one) for one in wrong)
    return found


def _unknown(one: merging.Unknown) -> str:
    if one.name in ("{", "}"):
        return gettext("A single %(brace)s stands nowhere for itself. Write it twice.") % {"brace": one.name}
    name = {"name": "{" + one.name[: merging.LONGEST] + "}", "nearest": "{" + one.nearest + "}"}
    if one.nearest:
        return gettext("This text has no field %(name)s. Did you mean %(nearest)s?") % name
    return gettext("This text has no field %(name)s. Those that it has are listed beside it.") % name


def _load() -> dict[tuple[str, str], Words]:
    rows = MessageText.objects.filter(current=True, delivered=False)
    return {(one.code, one.language): one.words for one in rows}
