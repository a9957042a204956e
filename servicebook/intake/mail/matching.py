"""To whom and to what a letter belongs: ticket, contact, customer, unit, site, reason. Reads only."""

from dataclasses import dataclass
from typing import Protocol

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from servicebook.accounts.models import User
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.intake.mail.rules import words
from servicebook.intake.mail.rules.headers import Address
from servicebook.intake.mail.rules.reading import Letter
from servicebook.messaging import threading
from servicebook.tickets import directory
from servicebook.tickets.models import Message, Reason, Ticket

# Everybody has an address there: it says nothing about the customer.
PUBLIC_DOMAINS = frozenset(
    {
        "gmail.com", "googlemail.com", "mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru", "yandex.ru",
        "yandex.kz", "yandex.com", "ya.ru", "rambler.ru", "outlook.com", "hotmail.com", "live.com", "msn.com",
        "yahoo.com", "icloud.com", "me.com", "proton.me", "protonmail.com", "qq.com", "163.com", "126.com",
        "sina.com", "foxmail.com", "gmx.de", "gmx.net", "web.de", "aol.com",
    }
)  # fmt: skip
MOST_SITES = 300  # of a customer, whose names are looked for


class Worded(Protocol):
    """What says something in words: a letter, or a message from elsewhere."""

    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def whole_text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote. At most one of `contact` and `staff` is set.

    `customer` is the contact's, or the one that the mail domain belongs to.
    """

    address: Address
    contact: Contact | None = None
    staff: User | None = None
    customer: Customer | None = None

    @property
    def is_known(self) -> bool:
        return self.contact is not None or self.customer is not None


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket that a letter answers. `verified`: a signed token or a mail to this very address."""

    ticket: Ticket
    verified: bool


def sender_of(letter: Letter) -> Sender:
    """Find who wrote: a contact by address, a person of the house, or a customer by mail domain."""
    address = letter.sender
    if not address.email:
        return Sender(address)
    staff = User.objects.filter(email__iexact=address.email, is_active=True).first()
    if staff:
        return Sender(address, staff=staff)
    contacts = Contact.objects.filter(email=address.email).select_related("customer__parent", "site")
    contact = contacts.reachable().order_by("pk").first() or contacts.order_by("-pk").first()
    if contact:
        return Sender(address, contact=contact, customer=contact.customer)
    return Sender(address, customer=customer_of_domain(address.domain))


def customer_of_domain(domain: str) -> Customer | None:
    """The customer who owns a mail domain; None when nobody or several do, or it is a public one."""
    labels = domain.split(".")
    candidates = [".".join(labels[at:]) for at in range(len(labels) - 1)][:4]
    for one in candidates:
        if one in PUBLIC_DOMAINS:
            return None
        found = (
            Customer.objects.filter(active=True)
            .annotate(domains=Cast("mail_domains", TextField()))
            .filter(domains__icontains=f'"{one}"')[:2]
        )
        if len(found) == 1:
            return found[0]
    return None


def thread_of(letter: Letter, sender: Sender) -> Thread | None:
    """The ticket that a letter answers: by our mails, by the customer's own, by the number at last.

    A number in the subject counts only if the sender belongs to the ticket's customer: numbers
    can be guessed.
    """
    found = threading.find(sent_to=letter.recipients, refers_to=letter.thread, sender=letter.sender.email)
    if found:
        ticket = Ticket.objects.filter(number=found.number).select_related("customer__parent").first()
        if ticket:
            return Thread(ticket, found.verified)
    if letter.thread:
        answered = (
            Message.objects.filter(message_id__in=letter.thread)
            .exclude(message_id="")
            .select_related("ticket__customer__parent")
            .order_by("-pk")
            .first()
        )
        if answered:
            return Thread(answered.ticket, verified=False)
    numbers = words.ticket_numbers(letter.subject)
    if numbers and sender.customer:
        family = family_of(sender.customer)
        named = Ticket.objects.filter(number__in=numbers[:5], customer__in=family)
        ticket = named.select_related("customer__parent").first()
        if ticket:
            return Thread(ticket, verified=False)
    return None


def belongs_to(sender: Sender, customer: Customer) -> bool:
    """Whether the sender speaks for `customer`, or for another branch of it."""
    return sender.customer is not None and sender.customer.pk in family_of(customer)


def family_of(customer: Customer) -> set[int]:
    """The customer, its branches, that of which it is a branch, and the other branches there."""
    head = customer
    while head.parent is not None:
        head = head.parent
    family, newest = {head.pk}, {head.pk}
    while newest:
        newest = set(Customer.objects.filter(parent__in=newest).values_list("pk", flat=True)) - family
        family |= newest
    return family


def asset_of(letter: Worded, customer: Customer) -> Asset | None:
    """The customer's unit that is named in a letter by serial or inventory number; the longest wins."""
    tokens = words.tokens(letter.subject, letter.whole_text)
    if not tokens:
        return None
    named = Asset.objects.filter(Q(serial__in=tokens) | Q(inventory_number__in=tokens))
    own = named.filter(customer__in=family_of(customer)).exclude(state=Asset.State.RETIRED)
    place = {token: number for number, token in enumerate(tokens)}
    last = len(tokens)
    ranked = sorted(
        own.select_related("customer", "site", "model")[:50],
        key=lambda asset: (
            asset.customer_id != customer.pk,
            min(place.get(asset.serial, last), place.get(asset.inventory_number, last)),
            asset.pk,
        ),
    )
    return ranked[0] if ranked else None


def site_of(letter: Worded, contact: Contact | None, customer: Customer, asset: Asset | None) -> Site | None:
    """The site: of the unit, named in the letter, or where the sender works; else the only one."""
    if asset is not None:
        return asset.site
    sites = list(Site.objects.filter(customer=customer, active=True)[:MOST_SITES])
    text = f"{letter.subject}\n{letter.text[: words.LOOKED_AT]}".casefold()
    named = [site for site in sites if len(site.name) >= 4 and site.name.casefold() in text]
    if named:
        return max(named, key=lambda site: len(site.name))
    if contact is not None and contact.site is not None:
        return contact.site
    return sites[0] if len(sites) == 1 else None


def reason_of(letter: Worded) -> Reason | None:
    """The reason that the words of a letter lead to; None leaves it to the directory."""
    code = words.reason(letter.subject, letter.text)
    return directory.reason(code) if code else None
