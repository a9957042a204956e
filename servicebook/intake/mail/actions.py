"""Mail in: kept as it came, in a transaction of its own; then understood, once.

Whatever happens between the two, the mail lies in the store and the agenda owes its
understanding. A mail that cannot be understood is put aside with a reason, for a person to see.
"""

import logging
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.customers.actions import save_contact, save_customer
from servicebook.customers.models import Contact, Customer
from servicebook.files import store
from servicebook.files.actions import attach
from servicebook.files.models import Document
from servicebook.intake.mail import matching
from servicebook.intake.mail.matching import Sender, Thread
from servicebook.intake.mail.rules import reading, words
from servicebook.intake.mail.rules.automatic import Automatic
from servicebook.intake.mail.rules.reading import Letter, Unreadable
from servicebook.intake.models import ReceivedMail
from servicebook.messaging import settled
from servicebook.messaging.models import Delivery
from servicebook.messaging.returned import came_back
from servicebook.reminders.actions.reacting import wrote_back
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Channel, Kind, Message, Ticket

log = logging.getLogger(__name__)

MOST_KEPT_BYTES = 100 * reading.MEGABYTE
UNSORTED = "servicebook:unsorted"  # the customer under which unknown senders wait for a person
# One sender in an hour: more receipts than that, and two machines are talking to each other;
# more mails than that, and something is broken at the other end.
MOST_RECEIPTS, MOST_MAILS, WITHIN = 5, 60, timedelta(hours=1)


class NothingReceived(Refused):
    """The mail has no bytes: the pipe broke before it came."""

    code = "nothing_received"


class PutAside(Exception):
    """What came is not for a ticket. The text is the reason that a person reads."""


def receive(raw: bytes) -> ReceivedMail:
    """Keep a mail, then understand it at once. The mail is safe as soon as it is kept.

    If understanding fails because the database went away, the agenda does it later.

    Raises:
        NothingReceived, FileRefused: it is empty or larger than `MOST_KEPT_BYTES`.
    """
    mail = keep(raw)
    try:
        return understand(mail.pk)
    except (OperationalError, InterfaceError):
        log.warning("mail %s is kept and will be understood later", mail.sha256[:12])
        return mail


def keep(raw: bytes) -> ReceivedMail:
    """Keep the bytes of a mail and owe its understanding. The same bytes are one mail."""
    if not raw.strip():
        raise NothingReceived(_("The mail is empty. Send it again."))
    stored = store.keep(raw, limit=MOST_KEPT_BYTES)
    with transaction.atomic():
        mail, created = ReceivedMail.objects.get_or_create(
            sha256=stored.sha256, defaults={"raw": stored, "received_at": clock.now()}
        )
        if created:
            agenda.refresh(mail, new=True)
    return mail


def understand(mail_id: int, *, again: bool = False, anyway: bool = False) -> ReceivedMail:
    """Turn a kept mail into a message on a ticket, or put it aside with a reason. Once.

    Args:
        again: also take one that was put aside.
        anyway: open a ticket even if a program wrote it.

    Raises:
        OperationalError, InterfaceError: the database went away; nothing changed.
    """
    try:
        return _understood(mail_id, again=again, anyway=anyway)
    except IntegrityError:
        pass  # a copy that came another way was understood in this very moment; now it can be seen
    try:
        return _understood(mail_id, again=again, anyway=anyway)
    except IntegrityError:
        log.exception("mail %s contradicts the database", mail_id)
        return _put_aside(mail_id, None, _("It contradicts what is kept already."), again=again)


def _understood(mail_id: int, *, again: bool, anyway: bool) -> ReceivedMail:
    letter: Letter | None = None
    mail = ReceivedMail.objects.select_related("raw").get(pk=mail_id)
    if not _waits(mail, again=again):
        return mail
    try:
        letter = _read(mail)  # before the transaction: it may take seconds
        with transaction.atomic():
            mail = ReceivedMail.objects.select_for_update().get(pk=mail_id)
            if _waits(mail, again=again):
                _take(mail, letter, anyway=anyway)
        return mail
    except (OperationalError, InterfaceError, IntegrityError):
        raise
    except (PutAside, Refused, Unreadable) as reason:
        return _put_aside(mail_id, letter, str(reason), again=again)
    except Exception as error:
        log.exception("mail %s cannot be understood", mail.sha256[:12])
        because = _("The program could not read it (%(error)s).") % {"error": type(error).__name__}
        return _put_aside(mail_id, letter, because, again=again)


def try_again(mail_id: int, *, by: User, anyway: bool = False) -> ReceivedMail:
    """Understand a mail that was put aside, now.

    Args:
        anyway: open a ticket from it even if a program wrote it.
    """
    before = ReceivedMail.objects.get(pk=mail_id).state
    mail = understand(mail_id, again=True, anyway=anyway)
    if mail.state == ReceivedMail.State.UNDERSTOOD != before:
        journal.record("mail.understood", mail, by=by, sender=mail.sender, what=str(mail))
    return mail


def unsorted_customer() -> Customer:
    """Return the customer under which unknown senders wait for a person to place them."""
    found = Customer.objects.filter(external_ref=UNSORTED).first()
    if found:
        return found
    try:
        with transaction.atomic(), override(settings.LANGUAGE_CODE):
            notes = _("Senders whom nobody knows yet. Place their tickets with the right customer.")
            return save_customer(Customer(name=_("Unsorted"), external_ref=UNSORTED, notes=notes), by=None)
    except (IntegrityError, Refused):
        return Customer.objects.get(external_ref=UNSORTED)  # somebody was quicker


def own_addresses() -> frozenset[str]:
    """The addresses that this installation sends from."""
    return frozenset({parseaddr(settings.DEFAULT_FROM_EMAIL)[1].casefold()})


def _waits(mail: ReceivedMail, *, again: bool) -> bool:
    states = ReceivedMail.State
    return mail.state == states.STORED or (again and mail.state == states.PUT_ASIDE)


def _read(mail: ReceivedMail) -> Letter:
    with store.open_bytes(mail.raw) as stream:
        return reading.read(stream.read(), own_addresses=own_addresses())


def _put_aside(mail_id: int, letter: Letter | None, because: str, *, again: bool) -> ReceivedMail:
    with transaction.atomic():
        mail = ReceivedMail.objects.select_for_update().get(pk=mail_id)
        if not _waits(mail, again=again):
            return mail
        if letter is not None:
            mail.sender, mail.subject_line = letter.sender.email, letter.subject
        mail.state, mail.because = ReceivedMail.State.PUT_ASIDE, because[:250]
        mail.save()
        journal.record("mail.put_aside", mail, by_name=mail.sender, because=mail.because, what=str(mail))
    return mail


def _take(mail: ReceivedMail, letter: Letter, *, anyway: bool) -> None:
    """Do what the letter asks for, in the transaction that marks it understood."""
    mail.sender, mail.subject_line = letter.sender.email, letter.subject
    copy = _known_copy(mail, letter)
    if copy:
        mail.message = copy.message
    else:
        mail.fingerprint = letter.fingerprint
        mail.save(update_fields=["fingerprint"])  # refused at once if a copy is being understood
        mail.message = _message(mail, letter, anyway=anyway)
    mail.state, mail.because = ReceivedMail.State.UNDERSTOOD, ""
    mail.save()


def _known_copy(mail: ReceivedMail, letter: Letter) -> ReceivedMail | None:
    if not letter.fingerprint:
        return None
    return ReceivedMail.objects.filter(fingerprint=letter.fingerprint).exclude(pk=mail.pk).first()


def _message(mail: ReceivedMail, letter: Letter, *, anyway: bool) -> Message | None:
    """The message that the letter becomes. None of a report on a mail that is of no ticket.

    Raises:
        PutAside: it is for no ticket.
    """
    if letter.automatic is Automatic.OURS and not anyway:
        raise PutAside(_("It is one of our own mails that came back."))
    if letter.bounce is not None and not anyway:
        return _bounced(letter)
    recent = _mails_of_this_hour(mail, letter)
    if recent > MOST_MAILS and not anyway:
        raise PutAside(_("This sender wrote more than %(count)s mails in an hour.") % {"count": MOST_MAILS})
    sender = matching.sender_of(letter)
    thread = matching.thread_of(letter, sender)
    if thread is not None:
        return _answer(letter, sender, thread)
    if not anyway:
        _refuse_automatic(letter, sender)
    if letter.automatic not in (Automatic.REPLY, Automatic.NOTICE):
        wrote_back(letter.thread, sender=letter.sender.email, text=_text(letter))
    receipt = letter.may_be_answered and recent < MOST_RECEIPTS and _is_placed(sender)
    return _opened(letter, sender, acknowledge=receipt)


def _is_placed(sender: Sender) -> bool:
    """Whether the sender is a contact of a real customer: strangers get no receipts, they may be forged."""
    return sender.contact is not None and sender.contact.customer.external_ref != UNSORTED


def _refuse_automatic(letter: Letter, sender: Sender) -> None:
    if letter.automatic is Automatic.REPLY:
        raise PutAside(_("It is an automatic answer, and belongs to no ticket."))
    if letter.automatic is Automatic.LIST and sender.contact is None:
        raise PutAside(_("It is a mass mail from somebody whom nobody knows."))
    if letter.automatic is Automatic.NOTICE and not sender.is_known:
        raise PutAside(_("A program wrote it, and nobody knows the sender."))


def _mails_of_this_hour(mail: ReceivedMail, letter: Letter) -> int:
    """How many mails of this sender came in the last hour, this one not counted."""
    since = clock.now() - WITHIN
    mails = ReceivedMail.objects.filter(sender=letter.sender.email, received_at__gt=since)
    return mails.exclude(pk=mail.pk).exclude(state=ReceivedMail.State.STORED).count()


def _bounced(letter: Letter) -> Message | None:
    """Mark the mail that came back, and show the report on its ticket, if it was of one."""
    bounce = letter.bounce
    assert bounce is not None  # noqa: S101 - for the type checker
    rows: list[Delivery] = []
    if bounce.permanent:
        rows = came_back(bounce.message_ids, because=bounce.reason or _("The other server sent it back."))
    else:
        rows = list(Delivery.objects.filter(message_id__in=bounce.message_ids))
    subjects = [subject for row in rows for subject in settled.subjects(row)]
    ticket = next((one for one in subjects if isinstance(one, Ticket)), None)
    if ticket is None:
        thread = matching.thread_of(letter, Sender(letter.sender))
        ticket = thread.ticket if thread else None
    if ticket is None and rows:
        return None  # it stands in the history of what the mail was about
    if ticket is None:
        raise PutAside(_("It reports that a mail was not delivered, but not one of a ticket."))
    return tickets.receive_message(
        ticket.pk,
        text=letter.text[:4_000] or letter.subject,
        channel=Channel.MAIL,
        author_name=letter.sender.name,
        message_id=letter.message_id[:250],
        automatic=True,
    )


def _answer(letter: Letter, sender: Sender, thread: Thread) -> Message:
    """Add the letter to the ticket that it answers."""
    ticket = thread.ticket
    if sender.staff is not None and thread.verified:
        note = tickets.add_note(ticket.pk, text=_text(letter), by=sender.staff)
        _keep_attachments(ticket, letter)
        return note
    ours = matching.belongs_to(sender, ticket.customer)
    message = tickets.receive_message(
        ticket.pk,
        text=_text(letter),
        html=letter.html,
        channel=Channel.MAIL,
        contact=sender.contact if ours else None,
        author_name=letter.sender.name,
        message_id=letter.message_id[:250],
        automatic=letter.automatic in (Automatic.REPLY, Automatic.NOTICE),
    )
    if sender.staff is not None:
        _doubt_staff(message.ticket, sender)
    elif not ours and not thread.verified:
        journal.record(
            "ticket.sender_unknown", message.ticket, by_name=letter.sender.name, address=letter.sender.email
        )
    _keep_attachments(message.ticket, letter)
    return message


def _opened(letter: Letter, sender: Sender, *, acknowledge: bool) -> Message:
    """Open a ticket from the letter. An unknown sender waits under the unsorted customer."""
    customer = sender.customer or unsorted_customer()
    asset = matching.asset_of(letter, customer) if sender.customer else None
    site = matching.site_of(letter, sender.contact, customer, asset) if sender.customer else None
    contact = sender.contact
    if contact is None and sender.staff is None and letter.sender.email:
        contact = _new_contact(letter, customer)
    _ticket, message = tickets.open_with_message(
        customer=customer,
        title=words.title(letter.subject, letter.text) or _("Mail without a subject"),
        text=_text(letter),
        html=letter.html,
        channel=Channel.MAIL,
        by=None,
        contact=contact,
        site=site,
        asset=asset,
        reason=matching.reason_of(letter),
        kind=Kind.COMPLAINT if words.is_complaint(letter.subject) else Kind.REQUEST,
        author_name=letter.sender.name,
        message_id=letter.message_id[:250],
        acknowledge=acknowledge,
    )
    if sender.staff is not None:
        _doubt_staff(message.ticket, sender)
    elif customer.external_ref == UNSORTED:
        journal.record(
            "ticket.needs_customer", message.ticket, by_name=letter.sender.name, address=letter.sender.email
        )
    _keep_attachments(message.ticket, letter)
    return message


def _new_contact(letter: Letter, customer: Customer) -> Contact | None:
    """Remember who wrote, so that a reply can be sent and the next mail is known."""
    name = letter.sender.name or letter.sender.email
    contact = Contact(customer=customer, name=name[:120], email=letter.sender.email)
    try:
        with transaction.atomic():
            return save_contact(contact, by=None)
    except Refused:  # an address that mail cannot go to, or a field that is mandatory here
        return None


def _doubt_staff(ticket: Ticket, sender: Sender) -> None:
    staff = sender.staff
    if staff is not None:
        journal.record(
            "ticket.staff_not_proven",
            ticket,
            by_name=sender.address.name,
            name=staff.name,
            address=staff.email,
        )


def _text(letter: Letter) -> str:
    return letter.text or letter.subject or _("The mail has no text.")


def _keep_attachments(ticket: Ticket, letter: Letter) -> None:
    """Hang what came along on the ticket; what cannot be kept is named in its history."""
    left_out = list(letter.left_out)
    known = set(Document.objects.filter(pk__in=_documents_of(ticket)).values_list("file__sha256", flat=True))
    for one in letter.attachments:
        try:
            stored = store.keep(one.data)
            if one.inline and stored.sha256 in known:
                continue  # the sender's logo, once more
            with transaction.atomic():
                attach(
                    ticket,
                    name=one.name,
                    data=one.data,
                    content_type=one.content_type,
                    kind=Document.Kind.CORRESPONDENCE,
                    by=None,
                    by_name=letter.sender.name,
                )
            known.add(stored.sha256)
        except Refused as refused:
            left_out.append(f"{one.name}: {refused}")
    for what in left_out:
        journal.record("ticket.mail_left_out", ticket, by_name=letter.sender.name, what=what[:300])


def _documents_of(ticket: Ticket) -> list[int]:
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(ticket)
    return list(Document.objects.filter(subject_type=kind, subject_id=ticket.pk).values_list("pk", flat=True))
