"""Who is there, what works again, what was found, and what of it the customer pays for."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.contracts.amounts import amount, money
from servicebook.rights import OFFICE
from servicebook.tickets import actions, directory, forms
from servicebook.tickets.acts.base import ANY, Act, Values
from servicebook.tickets.models import Ticket


def _arrived(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("On site."), actions.arrive(ticket.pk, at=values["at"], by=by)


def _recovered(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("It works again."), actions.recover(ticket.pk, at=values["at"], by=by)


def _found(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    found = actions.found(ticket.pk, by=by, **values)
    return _("Kept. %(verdict)s.") % {"verdict": found.get_coverage_display()}, found


def _decide(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    decided = actions.decide_again(ticket.pk, by=by)
    return _("Decided again: %(verdict)s.") % {"verdict": decided.get_coverage_display()}, decided


def _use(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    share = actions.use_contract(ticket.pk, by=by, **values)
    return shared(share, values["service"]) or _("Kept."), ticket


def shared(share: actions.Share | None, service: str) -> str:
    """Say how work was split, and what is left: live, after each use (S2.7)."""
    if share is None or not share.is_decided:
        return ""
    currency = share.charge.currency if share.charge else ""
    said = []
    if share.billed and share.charge:
        words = _("%(covered)s covered, %(billed)s billed: %(money)s.")
        said.append(
            words
            % {
                "covered": amount(service, share.covered, currency),
                "billed": amount(service, share.billed, currency),
                "money": money(share.charge.amount, currency),
            }
        )
    else:
        said.append(_("Nothing to bill."))
    if share.left is not None:
        said.append(_("Left: %(left)s.") % {"left": amount(service, share.left, currency)})
    return " ".join(said)


def _extra(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    line = directory.rate_card(ticket.customer)[values["extra"]]
    charge = actions.add_extra(ticket.pk, by=by, **{**values, "extra": line})
    return _("To be billed: %(money)s.") % {"money": money(charge.amount, charge.currency)}, ticket


def _consent(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    actions.record_consent(ticket.pk, by=by, **values)
    return _("The customer's word is kept."), ticket


def _drop_charge(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    charge = actions.drop_charge(values["charge"], because=values["because"], by=by)
    return _("Not billed: %(money)s.") % {"money": money(charge.amount, charge.currency)}, ticket


def _nobody_there(ticket: Ticket) -> bool:
    return ticket.arrived_at is None


def _does_not_work(ticket: Ticket) -> bool:
    return ticket.recovered_at is None


ACTS = {
    "arrived": Act(
        gettext_lazy("Arrived…"),
        gettext_lazy("Arrived"),
        _arrived,
        forms.HappenedForm,
        icon="map-pin-check",
        when=_nobody_there,
        about=gettext_lazy("Somebody is on site. The clock of the arrival stops."),
    ),
    "recovered": Act(
        gettext_lazy("Works again…"),
        gettext_lazy("Works again"),
        _recovered,
        forms.HappenedForm,
        icon="plug-connected",
        when=_does_not_work,
        about=gettext_lazy("It works, if only for the time being. The clock of the recovery stops."),
    ),
    "found": Act(
        gettext_lazy("What was found…"),
        gettext_lazy("Keep and decide again"),
        _found,
        forms.FoundForm,
        offered=ANY,
        icon="search",
        about=gettext_lazy("What covers the ticket is decided again by what was found."),
    ),
    "decide": Act(
        gettext_lazy("Decide coverage again"),
        gettext_lazy("Decide again"),
        _decide,
        offered=ANY,
        icon="gavel",
    ),
    "use": Act(
        gettext_lazy("Visit, diagnostic, parts…"),
        gettext_lazy("Keep"),
        _use,
        forms.UseForm,
        offered=ANY,
        icon="truck",
        about=gettext_lazy("Drawn from the contract as far as it goes; the rest is billed."),
    ),
    "extra": Act(
        gettext_lazy("Add extra work…"),
        gettext_lazy("Add to the bill"),
        _extra,
        forms.ExtraForm,
        offered=ANY,
        icon="receipt",
    ),
    "consent": Act(
        gettext_lazy("Record consent…"),
        gettext_lazy("Keep"),
        _consent,
        forms.ConsentForm,
        offered=ANY,
        icon="hand-stop",
        about=gettext_lazy("The customer's word, before the work, that it may be done and what it may cost."),
    ),
    "drop-charge": Act(
        gettext_lazy("Take off the bill…"),
        gettext_lazy("Take off the bill"),
        _drop_charge,
        forms.DropChargeForm,
        offered=ANY,
        roles=OFFICE,
        icon="receipt",
    ),
}
