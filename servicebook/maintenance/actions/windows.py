"""The window of a visit: offered, wished for, agreed; its agreement is a step of its own (S0.27)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.maintenance import wording
from servicebook.maintenance.actions._base import (
    AGREEMENT_FALLS,
    MoveRefused,
    NotValid,
    check_day,
    day_of,
    decline_offers,
    heard,
    locked,
    reason,
    refuse_unless_to_do,
    settled,
    ticket_follows,
    to_another_day,
    write,
)
from servicebook.maintenance.actions.confirming import tell_what_was_done_before
from servicebook.maintenance.models import Occurrence, Window
from servicebook.maintenance.rules import windows as rules
from servicebook.maintenance.rules.windows import Span
from servicebook.maintenance.states import zone
from servicebook.maintenance.wording import Spanning
from servicebook.tickets.wording import in_house

_AGREED = gettext_lazy("window agreed with %(who)s")
_WISHED = gettext_lazy("%(who)s asked for another window")


class AlreadyAgreed(MoveRefused):
    """Another window is agreed."""

    code = "window_agreed_already"


@transaction.atomic
def offer_windows(occurrence_id: int, windows: Sequence[Span], *, by: User) -> list[Window]:
    """Offer the customer 1 to 3 windows, in the place of those that were offered before.

    Raises:
        NotValid: one has passed or is after the end of the contract, ends before it begins, or there are
            too many.
        AlreadyAgreed: a window is agreed.
        MoveRefused: there is nothing to do any more.
    """
    occurrence = locked(occurrence_id)
    refuse_unless_to_do(occurrence)
    _check(windows)
    for one in windows:
        check_day(occurrence, day_of(occurrence, one.starts_at), name="windows")
    if occurrence.window_agreed_at:
        raise _already_agreed(occurrence)
    made = _put(occurrence, windows, ours=True, by_name=by.name)
    settled(occurrence, "occurrence.windows_offered", by=by, windows=_said(occurrence, windows))
    return made


@transaction.atomic
def wish_windows(
    occurrence_id: int, windows: Sequence[Span], *, by_name: str, channel: str, by: User | None = None
) -> list[Window]:
    """Keep the 2 or 3 windows that the customer wants instead.

    A window that was agreed, and access for it, hold no longer.
    A wish that is further from the due day than the plan allows to move is kept, and the history says
    so: `is_far` tells it for a page.

    Args:
        by_name: who at the customer asks for them.
        channel: how we heard of it, of `Heard`.
        by: who of the house wrote it down; None for the customer's own link.

    Raises:
        NotValid: one has passed, ends before it begins, or there are too few or too many.
        MoveRefused: there is nothing to do any more.
    """
    occurrence = locked(occurrence_id)
    refuse_unless_to_do(occurrence)
    name, how = heard(by_name, channel)
    _check(windows, fewest=rules.FEWEST_WISHES)
    if _stands_open(occurrence, windows):
        return list(occurrence.windows.filter(state=Window.State.OPEN))
    if occurrence.window_agreed_at:
        # Who asks for another time does not count on this one.
        write(occurrence, promised_from=None, promised_until=None, **AGREEMENT_FALLS)
        ticket_follows(occurrence, because=in_house(_WISHED) % {"who": name}, by=by)
    made = _put(occurrence, windows, ours=False, by_name=name)
    far = _said(occurrence, [one for one in windows if is_far(occurrence, one)])
    settled(
        occurrence,
        "occurrence.windows_wished_far" if far else "occurrence.windows_wished",
        by=by,
        by_name=name,
        who=name,
        how=how,
        windows=_said(occurrence, windows),
        far=far,
        most=occurrence.plan.may_move_days,
    )
    return made


@transaction.atomic
def agree_window(
    occurrence_id: int,
    *,
    by_name: str,
    channel: str,
    window_id: int | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: User | None = None,
) -> Occurrence:
    """Record that the customer agreed to a window: of those on offer, or another one.

    The work goes to the day of the window, the ticket's deadline with it; the other windows are
    declined, and access that was agreed for another day is to be agreed anew. The same window agreed to
    again changes nothing.

    Args:
        by_name: who at the customer agreed.
        channel: how, of `Heard`.
        by: who of the house recorded it; None for the customer's own link, which takes only what
            still stands open, or the usual window.

    Raises:
        NotValid: no window is named, it is not of this occurrence, not on offer, it has begun, or is
            after the end of the contract.
        AlreadyAgreed: another window is agreed.
        MoveRefused: there is nothing to do any more.
    """
    occurrence = locked(occurrence_id)
    refuse_unless_to_do(occurrence)
    name, how = heard(by_name, channel)
    chosen = _chosen(occurrence, window_id, starts_at, ends_at)
    if occurrence.window_agreed_at:
        if (occurrence.window_from, occurrence.window_until) == (chosen.starts_at, chosen.ends_at):
            return occurrence
        raise _already_agreed(occurrence)
    _check([Span(chosen.starts_at, chosen.ends_at)])
    if by is None and not _is_on_offer(occurrence, chosen):
        sentence = _("This window is not on offer. Choose one of those that are, or ask for others.")
        raise NotValid(sentence, fields={"window_id": sentence})
    check_day(occurrence, day_of(occurrence, chosen.starts_at), name="windows")
    decline_offers(occurrence)
    chosen.state = Window.State.ACCEPTED
    chosen.by_name = chosen.by_name or name
    chosen.save()
    before, because = occurrence.due_on, in_house(_AGREED) % {"who": name}
    write(
        occurrence,
        window_from=chosen.starts_at,
        window_until=chosen.ends_at,
        window_agreed_at=clock.now(),
        window_agreed_by=name,
        window_channel=channel,
        **(_chosen_by_themselves(chosen) if by is None else {}),
        **to_another_day(occurrence, day_of(occurrence, chosen.starts_at), because=because),
    )
    ticket_follows(occurrence, because=because, by=by)
    settled(
        occurrence,
        "occurrence.window_agreed" if before == occurrence.due_on else "occurrence.window_agreed_and_moved",
        by=by,
        by_name=name,
        who=name,
        how=how,
        window=_said(occurrence, [chosen]),
        before=before,
        after=occurrence.due_on,
    )
    tell_what_was_done_before(occurrence, by=by)
    return occurrence


@transaction.atomic
def reopen_window(occurrence_id: int, *, because: str, by: User) -> Occurrence:
    """Take the agreement back: window and access are to be agreed again. Without one nothing changes.

    Raises:
        NotValid: no reason is given.
        MoveRefused: there is nothing to do any more.
    """
    occurrence = locked(occurrence_id)
    refuse_unless_to_do(occurrence)
    because = reason(because, _("Say why the window holds no longer."))
    if not occurrence.window_agreed_at:
        return occurrence
    decline_offers(occurrence)
    write(occurrence, **AGREEMENT_FALLS)
    ticket_follows(occurrence, because=because, by=by)
    settled(occurrence, "occurrence.window_reopened", by=by, because=because)
    return occurrence


def usual_window(occurrence: Occurrence) -> Span:
    """Return the plan's window on the due day at the site, which may go over night.

    A plan that names none: the working day.
    """
    plan = occurrence.plan
    opens, closes = plan.window_from, plan.window_until
    hours: tuple[time, time] = (opens, closes) if opens and closes else rules.WORKING_DAY
    return rules.on(occurrence.due_on, *hours, zone(occurrence))


def is_far(occurrence: Occurrence, window: Spanning) -> bool:
    """Whether a window is further from the due day than the plan allows to move."""
    day = day_of(occurrence, window.starts_at)
    return not rules.is_near(day, due_on=occurrence.due_on, may_move_days=occurrence.plan.may_move_days)


def _check(windows: Sequence[Span], *, fewest: int = 1) -> None:
    found = rules.wrong(windows, now=clock.now(), fewest=fewest)
    if found:
        sentence = _(found.text) % found.facts
        raise NotValid(sentence, fields={"windows": sentence})


def _put(occurrence: Occurrence, windows: Sequence[Span], *, ours: bool, by_name: str) -> list[Window]:
    decline_offers(occurrence)
    made = [
        Window(
            occurrence=occurrence,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            ours=ours,
            by_name=by_name,
            made_at=clock.now(),
        )
        for one in windows
    ]
    return Window.objects.bulk_create(made)


def _stands_open(occurrence: Occurrence, windows: Sequence[Span]) -> bool:
    """Whether the customer wished for exactly these already: the link was sent twice."""
    standing = occurrence.windows.filter(state=Window.State.OPEN, ours=False)
    return {(one.starts_at, one.ends_at) for one in standing} == {tuple(one) for one in windows}


def _chosen(
    occurrence: Occurrence, window_id: int | None, starts_at: datetime | None, ends_at: datetime | None
) -> Window:
    """The window that is meant: by its id, by its moments, or a new one."""
    rows = Window.objects.filter(occurrence=occurrence)
    if window_id is not None:
        found = rows.filter(pk=window_id).first()
        if found is None:
            sentence = _("This window is not one of this maintenance. Choose one of those that are.")
            raise NotValid(sentence, fields={"window_id": sentence})
        return found
    if starts_at is None or ends_at is None:
        wrong: dict[str, Any] = {
            name: _("Give the beginning and the end of the window.")
            for name, value in (("starts_at", starts_at), ("ends_at", ends_at))
            if value is None
        }
        raise NotValid(_("Choose a window, or give its beginning and end."), fields=wrong)
    same = rows.filter(starts_at=starts_at, ends_at=ends_at).order_by("-pk")
    return (
        same.filter(state=Window.State.OPEN).first()
        or same.first()
        or Window(occurrence=occurrence, starts_at=starts_at, ends_at=ends_at, ours=False)
    )


def _chosen_by_themselves(window: Window) -> dict[str, Any]:
    """What the customer sees on the page behind the link is told to them already."""
    return {"promised_from": window.starts_at, "promised_until": window.ends_at}


def _is_on_offer(occurrence: Occurrence, window: Window) -> bool:
    if window.pk and window.state == Window.State.OPEN:
        return window.ours
    # Whom other windows were offered is not expected at the usual time.
    offered = occurrence.windows.filter(state=Window.State.OPEN, ours=True).exists()
    return not offered and (window.starts_at, window.ends_at) == usual_window(occurrence)


def _already_agreed(occurrence: Occurrence) -> AlreadyAgreed:
    agreed = Window.objects.filter(occurrence=occurrence, state=Window.State.ACCEPTED)
    return AlreadyAgreed(
        _("The window %(window)s is agreed with %(who)s. Take that back first if it does not hold.")
        % {"window": _said(occurrence, agreed), "who": occurrence.window_agreed_by}
    )


def _said(occurrence: Occurrence, windows: Iterable[Spanning]) -> str:
    """Say windows as they are where the work is: 14 Oct 22:00 – 15 Oct 6:00; …"""
    return "; ".join(wording.span_in_house(one, zone(occurrence)) for one in windows)
