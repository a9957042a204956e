"""Reads that several pages of tickets share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.messaging.models import Delivery, Notice
from servicebook.tickets.models import (
    Charge,
    Consent,
    Link,
    Message,
    SavedView,
    Spell,
    Status,
    Ticket,
    TicketQuerySet,
    TimeEntry,
    WaitingReason,
)

DEAD = Delivery.State.DEAD
MOST_SHOWN = 150  # messages and entries of one history on its page

# What was said stands in the history as itself; its entry would say it twice.
SAID = ("ticket.message_received", "ticket.noted", "ticket.replied")

CAUSED_WITHIN = timedelta(minutes=15)  # a mail that went out soon after something was caused by it

SENT = ("delivery.sent", "delivery.sent_by_telegram")
OUR_OWN_MAILS = ("ticket_reply", "ticket_chat_reply", "ticket_yours", "ticket_message", "ticket_unstarted")


def listed(user: User) -> TicketQuerySet:
    """The tickets that `user` may see, with what a line of a list shows. One statement."""
    return Ticket.objects.visible_to(user).select_related("customer", "site", "owner", "asset", "reason")


def whole(user: User) -> TicketQuerySet:
    """The tickets that `user` may see, with what the page of one shows.

    What is seldom there is read apart, and only where it is: PostgreSQL needs 24 ms to plan the
    fifteen joins that would bring all of it at once, and 2 ms for these.
    """
    rows = Ticket.objects.visible_to(user).select_related(
        "customer", "contact", "site", "asset__model", "owner", "reason"
    )
    return rows.prefetch_related(
        "site__responsible",
        "asset__place",
        "asset__site",
        "team",
        "work_type",
        "opened_by",
        "repeat_of",
        "merged_into",
    )


def with_what_is_there(rows: TicketQuerySet) -> TicketQuerySet:
    """Say of each ticket which seldom things it has, so that a page need not ask for each in vain."""
    kind = ContentType.objects.get_for_model(Ticket)
    this = OuterRef("pk")
    return rows.annotate(
        has_charges=Exists(Charge.objects.filter(ticket=this)) | Exists(Consent.objects.filter(ticket=this)),
        has_time=Exists(TimeEntry.objects.filter(ticket=this)),
        has_promises=Exists(Promise.objects.open().filter(about_type=kind, about_id=this)),
        has_undelivered=Exists(Delivery.objects.filter(about_type=kind, about_id=this, state=DEAD))
        | Exists(Notice.objects.filter(about_type=kind, about_id=this, delivery__state=DEAD)),
        has_links=Exists(Link.objects.filter(source=this)) | Exists(Link.objects.filter(target=this)),
        has_merged=Exists(Ticket.objects.filter(merged_into=this)),
    )


def may_have(ticket: Ticket, what: str) -> bool:
    """False when it was read with `with_what_is_there` and has no `what`."""
    return bool(getattr(ticket, f"has_{what}", True))


def history(ticket: Ticket, show: str = "") -> tuple[list[Any], bool]:
    """What was said and done, oldest first, and whether there is more than is shown.

    Args:
        show: "messages", "work", or everything.
    """
    said: list[Any] = []
    done: list[Any] = []
    if show != "work":
        messages = Message.objects.filter(ticket=ticket).select_related("author", "delivery").order_by("-pk")
        said = [_with_foot(one) for one in messages[: MOST_SHOWN + 1]]
    if show != "messages":
        kind = ContentType.objects.get_for_model(Ticket)
        entries = Entry.objects.filter(subject_type=kind, subject_id=ticket.pk).exclude(verb__in=SAID)
        done = list(entries.order_by("-pk")[: MOST_SHOWN + 1])
        if show != "work":
            done = [one for one in done if not _said_elsewhere(one)]
    more = len(said) > MOST_SHOWN or len(done) > MOST_SHOWN
    # What was said in the same moment stands before what it caused.
    both = [((one.at, 0, one.pk), one) for one in said] + [((one.at, 1, one.pk), one) for one in done]
    return _with_mails([one for _key, one in sorted(both, key=lambda pair: pair[0])]), more


def _said_elsewhere(entry: Entry) -> bool:
    """A mail to ourselves, or one whose reply stands in the stream and says that it was sent."""
    return entry.verb in SENT and entry.facts.get("template") in OUR_OWN_MAILS


def _with_mails(stream: list[Any]) -> list[Any]:
    """Say a mail that was sent below what caused it, not as something that happened by itself.

    What failed stays where it is.
    """
    shown: list[Any] = []
    for one in stream:
        before = shown[-1] if shown else None
        if before is not None and _caused(before, one):
            _add_mail(before, one)
        else:
            shown.append(one)
    return shown


def _add_mail(cause: Any, mail: Any) -> None:
    """Name each receiver once: one mail may tell of a ticket twice, and two may go to one person."""
    cause.mails = getattr(cause, "mails", [])
    to, what = mail.facts.get("to", ""), mail.facts.get("what", "")
    known = next((one for one in cause.mails if one["to"] == to), None)
    if known is None:
        cause.mails.append({"to": to, "what": what})
    elif what not in known["what"].split("\n"):
        known["what"] += f"\n{what}"


def _caused(before: Any, mail: Any) -> bool:
    """Whether `mail` is a mail that was sent because of what stands before it."""
    return (
        getattr(mail, "verb", "") == "delivery.sent"
        and mail.at - before.at <= CAUSED_WITHIN
        and not getattr(before, "verb", "").startswith("delivery.")
    )


def _with_foot(message: Message) -> Message:
    """Say below a message who entered it, or how its delivery stands."""
    foot = ""
    delivery = message.delivery
    if delivery is not None:
        states = {
            Delivery.State.WAITING: _("Waits to be sent"),
            Delivery.State.SENT: _("Sent to %(address)s"),
            Delivery.State.DEAD: _("Could not be delivered to %(address)s: %(error)s"),
            Delivery.State.CANCELLED: _("Was not sent"),
        }
        foot = states.get(Delivery.State(delivery.state), "") % {
            "address": _address(delivery),
            "error": delivery.last_error,
        }
    elif (
        message.author is not None
        and message.direction == Message.Direction.IN
        and message.author.name != message.author_name
    ):
        foot = _("Entered by %(name)s") % {"name": message.author.name}
    message.foot = foot  # type: ignore[attr-defined]
    return message


def _address(delivery: Delivery) -> str:
    """Where a message went, as people read it: the number of a chat tells nobody anything."""
    if delivery.channel == Delivery.Channel.MAIL:
        return delivery.to_address
    return f"{delivery.to_name} ({delivery.get_channel_display()})"


@dataclass(frozen=True)
class Step:
    """One stop on the road of a ticket."""

    label: str
    css: str  # "ok" behind us, "now" here, "" ahead


def road(ticket: Ticket) -> list[Step]:
    """The steps Intake · Dispatched · Accepted · On-site · Signature, as far as they are known (S4.3)."""
    here = {Status.QUEUED: 2, Status.CLOSED: 5}.get(Status(ticket.status), 3)
    if ticket.withdrawn_because:
        here, standing = 3, _("Called off")
    elif ticket.waiting_for:
        standing = f"{Status(ticket.status).label}: {WaitingReason(ticket.waiting_for).label}"
    else:
        standing = str(Status(ticket.status).label)
    work = _("On-site") if ticket.site else _("Work")
    agreement = ticket.get_agreement_display() if ticket.agreement and here == 5 else _("pending")
    signed = here == 5 and ticket.agreement == Ticket.Agreement.SIGNATURE
    labels = [
        _("Intake"),
        _("Dispatched (%(name)s)") % {"name": ticket.owner.name},
        _("Accept"),
        f"{work} ({standing})" if here == 3 else work,
        _("Signed") if signed else _("Signature (%(state)s)") % {"state": agreement},
    ]
    return [
        Step(label, "ok" if at < here or here == 5 else "now" if at == here else "")
        for at, label in enumerate(labels)
    ]


def promises_about(ticket: Ticket) -> list[Promise]:
    """The open promises about the ticket, soonest first."""
    if not may_have(ticket, "promises"):
        return []
    kind = ContentType.objects.get_for_model(Ticket)
    return list(
        Promise.objects.open()
        .filter(about_type=kind, about_id=ticket.pk)
        .select_related("owner", "made_by")
        .order_by("due_at")
    )


def undelivered(ticket: Ticket) -> list[Delivery]:
    """Messages about the ticket that did not get through, also those that tell of others, too."""
    if not may_have(ticket, "undelivered"):
        return []
    found = list(Delivery.objects.about(ticket).filter(state=DEAD)[:5])
    for one in found:
        one.where = _address(one)  # type: ignore[attr-defined]
    return found


def related(ticket: Ticket, user: User) -> list[tuple[Link | None, str, Ticket]]:
    """Links, merged tickets and the repeat, each with the word that says how. Only what `user` sees."""
    found: list[tuple[Link | None, str, Ticket]] = []
    if may_have(ticket, "links"):
        links = Link.objects.filter(Q(source=ticket) | Q(target=ticket)).select_related("source", "target")
        found += [
            (one, str(one.get_kind_display()), one.target if one.source_id == ticket.pk else one.source)
            for one in links
        ]
    if may_have(ticket, "merged"):
        merged = Ticket.objects.filter(merged_into=ticket)[:20]
        found += [(None, _("Merged into this"), one) for one in merged]
    if ticket.repeat_of:
        found.append((None, _("Repeat of"), ticket.repeat_of))
    if ticket.merged_into:
        found.append((None, _("Merged into"), ticket.merged_into))
    if not found:
        return []
    pks = [other.pk for _link, _word, other in found]
    seen = set(Ticket.objects.visible_to(user).filter(pk__in=pks).values_list("pk", flat=True))
    return [line for line in found if line[2].pk in seen]


def others_of_customer(ticket: Ticket, user: User) -> list[Ticket]:
    """The customer's other open tickets, newest first."""
    seen = Ticket.objects.visible_to(user).open().filter(customer=ticket.customer_id)
    return list(seen.exclude(pk=ticket.pk).order_by("-pk")[:6])


@dataclass(frozen=True)
class AssetPast:
    tickets: int
    in_a_year: int


def past_of_asset(ticket: Ticket) -> AssetPast | None:
    """How often the unit was in trouble, this ticket included. One statement."""
    if ticket.asset_id is None:
        return None
    a_year_ago = clock.now() - timedelta(days=365)
    found = Ticket.objects.filter(asset=ticket.asset_id).aggregate(
        every=Count("pk"), year=Count("pk", filter=Q(opened_at__gte=a_year_ago))
    )
    return AssetPast(found["every"], found["year"])


def time_spent(ticket: Ticket) -> tuple[list[TimeEntry], timedelta]:
    """The entries of the ticket, newest day first, and their sum."""
    if not may_have(ticket, "time"):
        return [], timedelta(0)
    entries = list(
        TimeEntry.objects.filter(ticket=ticket)
        .select_related("user", "work_type")
        .order_by("-worked_on", "-pk")
    )
    return entries, timedelta(minutes=sum(one.minutes for one in entries))


@dataclass(frozen=True)
class Lost:
    """What one waiting reason cost in a period."""

    reason: str
    label: str
    lost: timedelta
    tickets: int
    standing: int  # that wait now


def hours_lost(user: User, *, since: datetime, until: datetime) -> list[Lost]:
    """How long tickets waited between the two moments, per reason, longest first (S0.49).

    A spell counts with the part that lies inside. One statement.
    """
    moment = DateTimeField()
    begun = Greatest(F("started_at"), Value(since, output_field=moment))
    ended = Least(
        Coalesce(F("ended_at"), Value(until, output_field=moment)), Value(until, output_field=moment)
    )
    inside = (
        Spell.objects.exclude(waiting_for="")
        .filter(started_at__lt=until, ticket__in=Ticket.objects.visible_to(user))
        .filter(Q(ended_at=None) | Q(ended_at__gt=since))
        .annotate(length=ExpressionWrapper(ended - begun, output_field=DurationField()))
    )
    rows = (
        inside.order_by()
        .values("waiting_for")
        .annotate(
            lost=Sum("length"),
            tickets=Count("ticket", distinct=True),
            standing=Count("ticket", filter=Q(ended_at=None), distinct=True),
        )
    )
    found = [
        Lost(
            reason=row["waiting_for"],
            label=str(WaitingReason(row["waiting_for"]).label),
            lost=row["lost"],
            tickets=row["tickets"],
            standing=row["standing"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: one.lost, reverse=True)


def saved_views(user: User) -> Sequence[SavedView]:
    """The person's own views and those that somebody shared. One statement."""
    return list(SavedView.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner"))
