"""The figures at the head of Today: each says a number, what is wrong with it, and where to look."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from servicebook.accounts.models import Role, User
from servicebook.core.listing import COUNT_TO, Count
from servicebook.desk import navigation
from servicebook.desk.queries import figures
from servicebook.tickets.models import WaitingReason


@dataclass(frozen=True)
class Tile:
    label: str
    value: str
    tone: str
    remark: str
    url: str = ""


def of(user: User, midnight: datetime) -> list[Tile]:
    """The tiles for `user`; what the role may not open has no address. `midnight`: start of today."""
    return [
        _open(user),
        _overdue(user),
        _waiting(user),
        _promises(user),
        _maintenance(user),
        _closed(user, midnight),
        *([_machinery(user)] if user.has_role(Role.ADMINISTRATOR, Role.MANAGER) else []),
    ]


def place(user: User, route: str, **query: str) -> str:
    """The address of a page if the person may open it, else nothing."""
    path = navigation.address(route) if navigation.may_open(user, route) else ""
    return f"{path}?{urlencode(query)}" if path and query else path


def _open(user: User) -> Tile:
    critical = figures.critical_tickets(user)
    remark = _("%(count)s critical") % {"count": critical} if critical else _("none critical")
    return Tile(
        _("Open tickets"),
        str(figures.open_tickets(user)),
        "late" if critical else "done",
        remark,
        place(user, "tickets:queue"),
    )


def _overdue(user: User) -> Tile:
    overdue = figures.overdue_tickets(user)
    return Tile(
        _("Overdue"),
        str(overdue),
        "late" if overdue else "done",
        _("a deadline passed") if overdue else _("all deadlines kept"),
        place(user, "tickets:queue", due="0", sort="due"),
    )


def _waiting(user: User) -> Tile:
    reasons = figures.waiting_by_reason(user)
    number = reasons.total()
    most = [
        f"{WaitingReason(reason).label.lower()} {times}" for reason, times in reasons.most_common(2) if reason
    ]
    return Tile(
        _("Waiting"),
        str(Count(number, more=number >= COUNT_TO)),
        "wait" if number else "done",
        ", ".join(most) or _("nothing waits"),
        place(user, "tickets:queue", status="waiting"),
    )


def _promises(user: User) -> Tile:
    overdue = figures.overdue_promises(user)
    return Tile(
        _("Late promises"),
        str(overdue),
        "late" if overdue else "done",
        _("call before they do") if overdue else _("all in time"),
        place(user, "customers:promises", state="late"),
    )


def _maintenance(user: User) -> Tile:
    at_risk, overdue = figures.maintenance_at_risk(user), figures.maintenance_overdue(user)
    if overdue:
        remark = _("%(count)s overdue") % {"count": overdue}
    else:
        remark = _("window, access or part") if at_risk else _("all agreed")
    return Tile(
        _("Visits at risk"),
        str(at_risk),
        "late" if overdue else "risk" if at_risk else "done",
        remark,
        place(user, "maintenance:due", show="risk" if at_risk or not overdue else "overdue", horizon="14"),
    )


def _closed(user: User, midnight: datetime) -> Tile:
    closed = figures.closed_since(user, midnight)
    return Tile(
        _("Closed today"),
        str(closed),
        "done" if closed else "wait",
        _("all agreed") if closed else _("none yet"),
        place(user, "tickets:queue", status="closed", closed_within="1"),
    )


def _machinery(user: User) -> Tile:
    dead, failed = figures.undelivered(), figures.failed_obligations()
    number = Count(dead.number + failed.number, more=dead.more or failed.more)
    remark = _("%(messages)s messages, %(tasks)s tasks") % {"messages": dead, "tasks": failed}
    if failed and not dead:
        url = place(user, "agenda:agenda", state="failed")
    elif dead:
        url = place(user, "messaging:deliveries", state="dead")
    else:
        url = place(user, "messaging:deliveries")
    return Tile(
        _("Not delivered, not done"),
        str(number),
        "late" if number else "done",
        remark if number else _("everything went out"),
        url,
    )
