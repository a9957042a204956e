"""What customers were asked and have not answered (S0.36, S0.40)."""

from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import clock, exports
from servicebook.core.listing import Count, Listing, Sort
from servicebook.reminders import queries
from servicebook.reminders.forms.waiting import AskFilter
from servicebook.rights import LEADS

SORTS = {
    "next": Sort(gettext_lazy("Next look"), ("next_at", "pk")),
    "asked": Sort(gettext_lazy("Asked"), ("asked_at", "pk")),
}
COLUMNS = (
    exports.Column(gettext_lazy("Asked for"), lambda one: str(one.get_what_display())),
    exports.Column(gettext_lazy("Customer"), lambda one: one.customer.name),
    exports.Column(gettext_lazy("About"), lambda one: str(one.about or "")),
    exports.Column(gettext_lazy("Who was asked"), lambda one: one.contact.name if one.contact else ""),
    exports.Column(gettext_lazy("Asked"), lambda one: one.asked_at),
    exports.Column(gettext_lazy("Opened"), lambda one: one.opened_at),
    exports.Column(gettext_lazy("Owner"), lambda one: one.holder_name),
    exports.Column(gettext_lazy("Next look"), lambda one: one.next_at),
)


@require_safe
def asks(request: SignedInRequest) -> HttpResponseBase:
    """Who owes us an answer, since when, and who of us looks next."""
    listing = Listing(
        request,
        queries.asked(request.user),
        sorts=SORTS,
        filter_form=AskFilter,
        columns=COLUMNS,
        filename="waiting-for-customers",
    )
    context = {"now": clock.now(), "breaches": _breaches(request, listing.target)}
    return listing.response("reminders/asks.html", "reminders/_asks.html", context)


def _breaches(request: SignedInRequest, target: str) -> Count | None:
    """How many customers may be forgotten, for those who mend it; not counted for a part of the page."""
    is_whole = request.headers.get("HX-Target", "") != target and not request.GET.get("export")
    return queries.number_of_breaches() if is_whole and request.user.has_role(*LEADS) else None
