"""The only writers of customers, contacts, sites, places, regions and promises."""

from servicebook.customers.actions.contacts import reinstate_contact, replace_contact, save_contact
from servicebook.customers.actions.customers import save_customer, save_region, spelled
from servicebook.customers.actions.promises import (
    NeedsDecision,
    NewPromise,
    drop_next_steps,
    drop_promise,
    drop_steps_of,
    hand_promise,
    hide_promises,
    keep_promise,
    make_promise,
    make_promises,
    move_promise,
)
from servicebook.customers.actions.sites import remove_place, save_place, save_site

__all__ = [
    "NeedsDecision",
    "NewPromise",
    "drop_next_steps",
    "drop_promise",
    "drop_steps_of",
    "hand_promise",
    "hide_promises",
    "keep_promise",
    "make_promise",
    "make_promises",
    "move_promise",
    "reinstate_contact",
    "remove_place",
    "replace_contact",
    "save_contact",
    "save_customer",
    "save_place",
    "save_region",
    "save_site",
    "spelled",
]
