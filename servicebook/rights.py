"""The one table of rights: which roles may use which page. Reviewed; what is not listed is refused.

Which objects a person sees on a page is said by `visible_to` of each model. The API's operations
stand in `API` with the scope that a token needs; their roles are those of the person behind it.
"""

from servicebook.accounts.api_auth import Need
from servicebook.accounts.middleware import PUBLIC
from servicebook.accounts.models import Role

NOBODY: frozenset[str] = frozenset()
EVERYBODY = frozenset(Role.values)
ADMIN = frozenset({Role.ADMINISTRATOR})
LEADS = ADMIN | {Role.MANAGER}
DESK = LEADS | {Role.DISPATCHER}
OFFICE = DESK | {Role.ACCOUNT_MANAGER}
SERVICE = OFFICE | {Role.ENGINEER}

ROUTES: dict[str, frozenset[str]] = {
    # Sign-in (allauth)
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_signup": NOBODY,  # people are added by an administrator
    "account_inactive": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "account_change_password": EVERYBODY,
    "account_set_password": EVERYBODY,
    "account_reauthenticate": EVERYBODY,
    "account_email": NOBODY,  # an administrator changes addresses
    "account_confirm_email": NOBODY,
    "account_email_verification_sent": NOBODY,
    # Agenda
    # Files (which documents: whoever sees what they hang on)
    "files:document": EVERYBODY,
    "files:picture": EVERYBODY,
    "files:attach": EVERYBODY,
    "files:rename": EVERYBODY,
    "files:remove": EVERYBODY,
    # Search
    "search:find": EVERYBODY,
    # Accounts
    "accounts:users": ADMIN,
    "accounts:add_user": ADMIN,
    "accounts:user": ADMIN,
    "accounts:switch_user": ADMIN,
    "accounts:invite": ADMIN,
    "accounts:teams": ADMIN,
    "accounts:add_team": ADMIN,
    "accounts:team": ADMIN,
    "accounts:me": EVERYBODY,
    "accounts:tokens": EVERYBODY,  # everybody's own; an administrator sees and revokes all
    "accounts:issue_token": EVERYBODY,
    "accounts:revoke_token": EVERYBODY,
    # Customers
    "customers:customer": EVERYBODY,
    "customers:site": EVERYBODY,
    "customers:contact": EVERYBODY,
    "customers:promise": EVERYBODY,
    # Messaging
    # Equipment
    "equipment:asset": EVERYBODY,
    # Tickets
    "tickets:ticket": EVERYBODY,
    # Intake
    # API
    "api_description": PUBLIC,
    "api_reference": PUBLIC,
    # Desk
    "desk:today": EVERYBODY,
    "desk:look": EVERYBODY,
    "desk:settings": EVERYBODY,
}

# Operation of the API → the scope that the token needs, and the roles of which its person needs one.
API: dict[str, Need] = {
    # Customers
    "list_customers": Need("customers:read", EVERYBODY),
    "read_customer": Need("customers:read", EVERYBODY),
}
