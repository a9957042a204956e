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
CONTRACTS = LEADS | {Role.ACCOUNT_MANAGER}
SERVICE = OFFICE | {Role.ENGINEER}


def _directory(route: str, *more: str, roles: frozenset[str] = LEADS) -> dict[str, frozenset[str]]:
    """The pages of one list of reference data (`core.directory`)."""
    return {f"{route}{end}": roles for end in ("", "_add", "_change", *more)}


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
    "account_confirm_login_code": NOBODY,
    "account_email_verification_sent": NOBODY,
    # Agenda
    "agenda:agenda": LEADS,
    "agenda:run_again": LEADS,
    "agenda:balance": LEADS,
    "agenda:silence": LEADS,
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
    "customers:customers": EVERYBODY,
    "customers:pick": EVERYBODY,
    "customers:customer": EVERYBODY,
    "customers:contacts": EVERYBODY,
    "customers:contact": EVERYBODY,
    "customers:sites": EVERYBODY,
    "customers:site": EVERYBODY,
    "customers:promises": EVERYBODY,
    "customers:promise": EVERYBODY,
    "customers:keep_promise": EVERYBODY,
    "customers:drop_promise": EVERYBODY,
    "customers:move_promise": EVERYBODY,
    "customers:hand_promise": EVERYBODY,
    "customers:new_promise": EVERYBODY,
    "customers:new_customer": OFFICE,
    "customers:edit_customer": OFFICE,
    "customers:new_contact": OFFICE,
    "customers:edit_contact": OFFICE,
    "customers:replace_contact": OFFICE,
    "customers:reinstate_contact": OFFICE,
    "customers:new_site": OFFICE,
    "customers:edit_site": OFFICE,
    "customers:new_place": OFFICE,
    "customers:edit_place": OFFICE,
    "customers:remove_place": OFFICE,
    "customers:regions": LEADS,
    "customers:new_region": LEADS,
    "customers:edit_region": LEADS,
    # Messaging
    "messaging:deliveries": DESK,
    "messaging:delivery": DESK,
    "messaging:send_again": DESK,
    # Equipment
    "equipment:assets": EVERYBODY,
    "equipment:pick_asset": EVERYBODY,
    "equipment:pick_site": EVERYBODY,
    "equipment:pick_model": EVERYBODY,
    "equipment:places": EVERYBODY,
    "equipment:asset": EVERYBODY,
    "equipment:move_asset": SERVICE,
    "equipment:swap_asset": SERVICE,
    "equipment:change_state": SERVICE,
    "equipment:new_meter": SERVICE,
    "equipment:new_reading": SERVICE,
    "equipment:new_asset": OFFICE,
    "equipment:edit_asset": OFFICE,
    "equipment:new_warranty": OFFICE,
    "equipment:edit_warranty": OFFICE,
    "equipment:remove_warranty": OFFICE,
    **_directory("equipment:models", "_switch"),
    **_directory("equipment:categories"),
    # Contracts (which ones: who sees the customer; sensitive ones are for their owner and the leads)
    "contracts:contracts": EVERYBODY,
    "contracts:contract": EVERYBODY,
    "contracts:renewals": CONTRACTS,
    "contracts:balance": EVERYBODY,
    "contracts:pick": EVERYBODY,
    "contracts:case": EVERYBODY,
    "contracts:new": CONTRACTS,
    "contracts:edit": CONTRACTS,
    "contracts:preview": CONTRACTS,
    "contracts:amend": CONTRACTS,
    "contracts:act": CONTRACTS,
    **_directory("contracts:templates", "_switch"),
    **_directory("contracts:rate_card", "_switch", "_move"),
    **_directory("contracts:refusals", "_switch", "_move"),
    # Service hours
    "sla:hours": LEADS,
    "sla:new_hours": LEADS,
    "sla:edit_hours": LEADS,
    # Tickets
    "tickets:queue": EVERYBODY,
    "tickets:ticket": EVERYBODY,
    "tickets:statuses": EVERYBODY,
    **_directory("tickets:reasons", "_switch", "_move"),
    **_directory("tickets:work_types", "_switch"),
    **_directory("tickets:queue_rules", "_switch", "_move"),
    "tickets:waiting": EVERYBODY,
    "tickets:save_view": EVERYBODY,
    "tickets:remove_view": EVERYBODY,
    "tickets:new": SERVICE,
    "tickets:bulk": SERVICE,
    "tickets:say": SERVICE,
    "tickets:act": SERVICE,
    "tickets:keep": SERVICE,
    "tickets:unlink": SERVICE,
    # Insights
    "insights:renewal": CONTRACTS,
    "insights:compliance": OFFICE,
    "insights:trends": OFFICE,
    # Intake
    "intake:phone": OFFICE,
    "intake:request": EVERYBODY,
    "intake:mail": DESK,
    "intake:mail_raw": DESK,
    "intake:mail_again": DESK,
    "intake:place": DESK,
    "intake:imports": DESK,
    "intake:import": DESK,
    "intake:import_read_as": DESK,
    "intake:import_check": DESK,
    "intake:import_write": DESK,
    "intake:import_cancel": DESK,
    "intake:import_back": DESK,
    "intake:import_progress": DESK,
    "intake:import_problems": DESK,
    # API
    "api_description": PUBLIC,
    "api_reference": PUBLIC,
    # Desk
    "desk:today": EVERYBODY,
    "desk:look": EVERYBODY,
    "desk:settings": EVERYBODY,
    "desk:preferences": ADMIN,
    "desk:fields_proposal": ADMIN,
    **_directory("desk:fields", "_switch", "_move", roles=ADMIN),
}

# Operation of the API → the scope that the token needs, and the roles of which its person needs one.
API: dict[str, Need] = {
    # People
    "read_me": Need("", EVERYBODY),
    "list_users": Need("settings:read", EVERYBODY),
    "list_teams": Need("settings:read", EVERYBODY),
    # Customers
    "list_customers": Need("customers:read", EVERYBODY),
    "add_customer": Need("customers:write", OFFICE),
    "read_customer": Need("customers:read", EVERYBODY),
    "change_customer": Need("customers:write", OFFICE),
    "read_customer_history": Need("customers:read", EVERYBODY),
    "list_sites": Need("customers:read", EVERYBODY),
    "add_site": Need("customers:write", OFFICE),
    "read_site": Need("customers:read", EVERYBODY),
    "change_site": Need("customers:write", OFFICE),
    "read_site_history": Need("customers:read", EVERYBODY),
    "list_places": Need("customers:read", EVERYBODY),
    "add_place": Need("customers:write", SERVICE),
    "list_contacts": Need("customers:read", EVERYBODY),
    "add_contact": Need("customers:write", OFFICE),
    "read_contact": Need("customers:read", EVERYBODY),
    "change_contact": Need("customers:write", OFFICE),
    "replace_contact": Need("customers:write", OFFICE),
    "read_contact_history": Need("customers:read", EVERYBODY),
    "list_promises": Need("customers:read", EVERYBODY),
    "make_promise": Need("customers:write", SERVICE),
    "read_promise": Need("customers:read", EVERYBODY),
    "keep_promise": Need("customers:write", SERVICE),
    "drop_promise": Need("customers:write", SERVICE),
    "move_promise": Need("customers:write", SERVICE),
    "list_regions": Need("settings:read", EVERYBODY),
    # Equipment
    "list_assets": Need("equipment:read", EVERYBODY),
    "add_asset": Need("equipment:write", SERVICE),
    "read_asset": Need("equipment:read", EVERYBODY),
    "change_asset": Need("equipment:write", SERVICE),
    "move_asset": Need("equipment:write", SERVICE),
    "swap_asset": Need("equipment:write", SERVICE),
    "read_asset_history": Need("equipment:read", EVERYBODY),
    "list_warranties": Need("equipment:read", EVERYBODY),
    "add_warranty": Need("equipment:write", OFFICE),
    "list_meters": Need("equipment:read", EVERYBODY),
    "add_meter": Need("equipment:write", SERVICE),
    "list_readings": Need("equipment:read", EVERYBODY),
    "add_reading": Need("equipment:write", SERVICE),
    "list_models": Need("settings:read", EVERYBODY),
    "list_categories": Need("settings:read", EVERYBODY),
    # Service hours
    "list_service_hours": Need("settings:read", EVERYBODY),
    # Tickets
    "list_tickets": Need("tickets:read", EVERYBODY),
    "open_ticket": Need("tickets:write", SERVICE),
    "read_ticket": Need("tickets:read", EVERYBODY),
    "change_ticket": Need("tickets:write", SERVICE),
    "list_messages": Need("tickets:read", EVERYBODY),
    "receive_message": Need("tickets:write", SERVICE),
    "read_ticket_history": Need("tickets:read", EVERYBODY),
    "list_links": Need("tickets:read", EVERYBODY),
    "list_time": Need("tickets:read", EVERYBODY),
    "reply_to_customer": Need("tickets:write", SERVICE),
    "add_note": Need("tickets:write", SERVICE),
    "assign_ticket": Need("tickets:write", OFFICE),
    "start_ticket": Need("tickets:write", SERVICE),
    "put_back_ticket": Need("tickets:write", SERVICE),
    "ask_approval": Need("tickets:write", SERVICE),
    "wait_ticket": Need("tickets:write", SERVICE),
    "resume_ticket": Need("tickets:write", SERVICE),
    "close_ticket": Need("tickets:write", SERVICE),
    "reopen_ticket": Need("tickets:write", SERVICE),
    "merge_ticket": Need("tickets:write", OFFICE),
    "link_tickets": Need("tickets:write", SERVICE),
    "log_time": Need("tickets:write", SERVICE),
    "set_priority": Need("tickets:write", OFFICE),
    "hand_off_ticket": Need("tickets:write", SERVICE),
    "list_reasons": Need("settings:read", EVERYBODY),
    "list_work_types": Need("settings:read", EVERYBODY),
    # Documents, search, deliveries
    "list_documents": Need("files:read", EVERYBODY),
    "attach_document": Need("files:write", SERVICE),
    "read_document": Need("files:read", EVERYBODY),
    "download_document": Need("files:read", EVERYBODY),
    "search_everything": Need("search:read", EVERYBODY),
    "list_deliveries": Need("agenda:read", DESK),
}
