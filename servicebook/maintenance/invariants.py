"""What must hold for maintenance, as statements that name the rows that break it."""

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q

from servicebook.core.invariants import invariant
from servicebook.maintenance.models import Occurrence, PartNeed, Plan, Window, WorksheetLine
from servicebook.tickets.models import OPEN, Kind, Ticket

NAMED = 50


@invariant("I5", "A planned ticket was made for exactly one occurrence")
def every_planned_ticket_has_its_occurrence() -> Iterator[str]:
    alone = Ticket.objects.filter(kind=Kind.PLANNED).exclude(
        Exists(Occurrence.objects.filter(ticket=OuterRef("pk")))
    )
    for number in alone.order_by("pk").values_list("number", flat=True)[:NAMED]:
        yield f"{number} is planned work that no occurrence knows"


@invariant("I2", "Nobody works on what is skipped or cancelled")
def what_is_off_has_no_open_ticket() -> Iterator[str]:
    off = Q(skipped_at__isnull=False) | Q(cancelled_at__isnull=False)
    rows = Occurrence.objects.filter(off, ticket__status__in=OPEN).select_related("ticket")
    for row in rows.order_by("pk")[:NAMED]:
        yield f"occurrence {row.pk} is off, and {row.ticket} is open"


@invariant("I2", "A rule that counts from one to the next has one at a time")
def moving_rules_have_one_turn() -> Iterator[str]:
    moving = Q(plan__rule=Plan.Rule.METER) | Q(plan__counts_from=Plan.CountsFrom.DONE)
    # What was done and is opened again has had its turn, and a plan that is walked is not in line yet.
    first = Q(ticket=None) | Q(ticket__reopened=0)
    theirs = Q(moving, first, part=0, key__startswith="m", plan__followed=F("plan__version"))
    rows = Occurrence.objects.unfinished().filter(theirs)
    many = rows.order_by("enrolment").values_list("enrolment").annotate(count=Count("pk")).filter(count__gt=1)
    for enrolment, count in many[:NAMED]:
        yield f"enrolment {enrolment} has {count} occurrences to do at once"


@invariant("I2", "The agreed window of an occurrence is the one that was accepted")
def agreed_is_accepted() -> Iterator[str]:
    accepted = Window.objects.filter(occurrence=OuterRef("pk"), state=Window.State.ACCEPTED)
    same = accepted.filter(starts_at=OuterRef("window_from"), ends_at=OuterRef("window_until"))
    agreed = Q(window_agreed_at__isnull=False)
    wrong = (agreed & ~Exists(same)) | (~agreed & Exists(accepted))
    for pk in Occurrence.objects.filter(wrong).order_by("pk").values_list("pk", flat=True)[:NAMED]:
        yield f"occurrence {pk}: the agreed window is not the accepted one"


@invariant("I3", "Nothing is kept for work that is off")
def nothing_is_reserved_for_what_is_off() -> Iterator[str]:
    off = Q(occurrence__skipped_at__isnull=False) | Q(occurrence__cancelled_at__isnull=False)
    for row in PartNeed.objects.filter(off, state=PartNeed.State.RESERVED).order_by("pk")[:NAMED]:
        yield f"part {row.pk} ({row}) is reserved for occurrence {row.occurrence_id}, which is off"


@invariant("I5", "What failed opened work of its own")
def every_failure_is_followed_up() -> Iterator[str]:
    failed = WorksheetLine.objects.filter(outcome=WorksheetLine.Outcome.FAILED, follow_up=None)
    for pk in failed.order_by("pk").values_list("pk", flat=True)[:NAMED]:
        yield f"line {pk} of a worksheet failed, and no ticket follows it up"


@invariant("I2", "What was left is one part further than what it follows, of the same task")
def rests_follow_in_order() -> Iterator[str]:
    rests = Occurrence.objects.filter(follows__isnull=False)
    in_order = Q(part=F("follows__part") + 1, enrolment=F("follows__enrolment"), key=F("follows__key"))
    for pk in rests.exclude(in_order).order_by("pk").values_list("pk", flat=True)[:NAMED]:
        yield f"occurrence {pk} does not go on where the one before it stopped"
