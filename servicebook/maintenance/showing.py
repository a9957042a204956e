"""The words for what the rules decide, as pages show them."""

from collections.abc import Mapping

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from servicebook.maintenance.queries.due import By
from servicebook.maintenance.rules.risk import Code
from servicebook.maintenance.rules.shift import Why
from servicebook.maintenance.rules.standing import Standing
from servicebook.maintenance.rules.trips import Alone

STANDINGS: Mapping[Standing, LazyText] = {
    Standing.AHEAD: _("Ahead"),
    Standing.CALLED: _("Ticket made"),
    Standing.ASKED: _("Window offered"),
    Standing.AGREED: _("Window agreed"),
    Standing.OVERDUE: _("Overdue"),
    Standing.DONE: _("Done"),
    Standing.PARTLY: _("Partly done"),
    Standing.SKIPPED: _("Skipped"),
    Standing.CANCELLED: _("Cancelled"),
    Standing.WITHDRAWN: _("Called off"),
}
RISKS: Mapping[Code, LazyText] = {
    Code.WINDOW: _("The window is not agreed"),
    Code.ACCESS: _("Access is not agreed"),
    Code.PARTS: _("Parts are not reserved"),
}
WHY_SHIFTED: Mapping[Why, LazyText] = {
    Why.DAY_OFF: _("Moved: a day off"),
    Why.WEEKDAY: _("Moved: not an allowed weekday"),
    Why.NOWHERE: _("A day off, and no working day within a month"),
    Why.KEPT: _("A day off, kept as the plan says"),
}
WHY_ALONE: Mapping[Alone, LazyText] = {
    Alone.FORBIDDEN: _("The contract forbids shared trips"),
    Alone.NOBODY_NEAR: _("Nothing else is due nearby"),
    Alone.OTHER_DAYS: _("What is due nearby cannot be moved so far"),
    Alone.FULL: _("The day is full"),
}
GROUPS: Mapping[By, LazyText] = {
    By.REGION: _("Region"),
    By.CITY: _("City"),
    By.DISTRICT: _("District"),
    By.BRAND: _("Brand"),
    By.CUSTOMER_CLASS: _("Customer class"),
}


def what_was_made(made: int, *, left: int, failed: int = 0) -> str:
    """Say how many tickets were made of many tasks, and why not of all.

    Args:
        left: how many had one already, were left out meanwhile, or rest.
        failed: how many an error stopped.
    """
    if not made and not failed:
        return gettext(
            "No ticket was made: everything here has its ticket already, or its plan or contract rests."
        )
    said = [ngettext("%(count)d ticket is made.", "%(count)d tickets are made.", made) % {"count": made}]
    if left:
        others = ngettext("%(count)d had one already, or rests.", "%(count)d had one already, or rest.", left)
        said.append(others % {"count": left})
    if failed:
        errors = ngettext(
            "%(count)d could not be made because of an error: tell your administrator.",
            "%(count)d could not be made because of errors: tell your administrator.",
            failed,
        )
        said.append(errors % {"count": failed})
    return " ".join(said)
