"""What a key for a program may be allowed to do. A key never exceeds the person behind it."""

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

# Reviewed with the API's operations, which name the scope that they need in `rights.API`.
SCOPES: dict[str, LazyText] = {
    "customers:read": _("Read customers, sites, contacts, promises and what customers were asked"),
    "customers:write": _("Add and change customers, sites, contacts and promises, and record answers"),
    "equipment:read": _("Read equipment, models, warranties and meters"),
    "equipment:write": _("Add and change equipment, warranties and readings"),
    "contracts:read": _("Read contracts, balances and what they cover"),
    "contracts:write": _("Draft, amend and move contracts"),
    "tickets:read": _("Read tickets and their messages"),
    "tickets:write": _("Open, change and close tickets"),
    "maintenance:read": _("Read maintenance plans, what is due, and worksheets"),
    "maintenance:write": _("Plan maintenance, agree windows, keep parts and record results"),
    "files:read": _("Download documents"),
    "files:write": _("Attach documents"),
    "search:read": _("Search everything that the person may see"),
    "settings:read": _("Read users, teams and reference data"),
    "settings:write": _("Change the texts of messages and the reminder rules"),
    "agenda:read": _("Read the agenda, deliveries and the journal"),
}
