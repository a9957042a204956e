"""All operations under /api/v1/, put together. Each app declares its own in its `api.py`."""

from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation
from ninja.renderers import JSONRenderer

from servicebook.accounts import api as accounts
from servicebook.accounts.api_auth import Bearer, TooManyRequests
from servicebook.contracts import api as contracts
from servicebook.core import api as shared
from servicebook.core.errors import NotAllowed, Refused
from servicebook.core.idempotency import HEADER, View, once
from servicebook.customers import api as customers
from servicebook.equipment import api as equipment
from servicebook.files import api as files
from servicebook.maintenance import api as maintenance
from servicebook.messaging import api as messaging
from servicebook.messaging import text_api
from servicebook.reminders import api as reminders
from servicebook.search import api as search
from servicebook.sla import api as sla
from servicebook.tickets import api as tickets

VERSION = "1"
DESCRIPTION = """Servicebook for programs.

Send `Authorization: Bearer <token>`. A token acts for a person: it sees what the person sees, and
does what its scopes and the person's roles both allow. Lists come in pages by key: send `next` as
`after`. Send an `Idempotency-Key` with each POST, so that a repeat after a broken line changes
nothing and gets the same answer. A refusal says in `code` what a program, and in `detail` what a
person needs to know."""


class Api(NinjaAPI):
    """Names its operations after their functions, which are unique."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


@dataclass(frozen=True, slots=True)
class Known:
    """An operation: its id, and what its address may ask after the question mark."""

    id: str
    asks: frozenset[str]


def operation_of(request: HttpRequest) -> str:
    """The id of the operation that a request asks for; empty if there is none."""
    match = request.resolver_match
    known = operations().get((match.route if match else "", request.method or ""))
    return known.id if known else ""


def no_unknown_filter(view: View) -> View:
    """Refuse a misspelt filter: ignored, it would list everything."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        match = request.resolver_match
        if request.GET and match:
            unknown = request.GET.keys() - operations()[match.route, request.method or ""].asks
            if unknown:
                detail = _("This address does not take that. Its reference says what it takes.")
                raise Refused(detail, code="invalid", fields=dict.fromkeys(unknown, detail))
        return view(request, *args, **values)

    return run


@cache
def operations() -> dict[tuple[str, str], Known]:
    """(route, method) → the operation."""
    found: dict[tuple[str, str], Known] = {}
    for bound in site._get_bound_routers():
        routes = {pattern.name: str(pattern.pattern) for pattern in bound.urls_paths(bound.prefix)}
        for view in bound.path_operations.values():
            for one in view.operations:
                name = site.get_openapi_operation_id(one)
                asks = frozenset(
                    field
                    for model in one.models
                    if model.__ninja_param_source__ == "query"
                    for field in model.__ninja_flatten_map__
                )
                for method in one.methods:
                    found[shared.PREFIX.removeprefix("/") + routes[name], method] = Known(name, asks)
    return found


site = Api(
    title="Servicebook",
    version=VERSION,
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    auth=Bearer(operation_of),
    renderer=JSONRenderer(),
)
site.add_decorator(once)
site.add_decorator(no_unknown_filter)
for prefix, router, tag in [
    ("/me", accounts.me, "People"),
    ("/users", accounts.users, "People"),
    ("/teams", accounts.teams, "People"),
    ("/customers", customers.customers, "Customers"),
    ("/sites", customers.sites, "Customers"),
    ("/contacts", customers.contacts, "Customers"),
    ("/promises", customers.promises, "Customers"),
    ("/regions", customers.regions, "Customers"),
    ("/assets", equipment.routes, "Equipment"),
    ("/models", equipment.models, "Equipment"),
    ("/categories", equipment.categories, "Equipment"),
    ("/service-hours", sla.service_hours, "Service hours"),
    ("/contracts", contracts.contracts, "Contracts"),
    ("/contracts", contracts.balances, "Contracts"),
    ("/coverage", contracts.coverage, "Contracts"),
    ("/contract-templates", contracts.templates, "Contracts"),
    ("/refusal-reasons", contracts.refusal_reasons, "Contracts"),
    ("/rate-card", contracts.rate_card, "Contracts"),
    ("/renewals", contracts.renewals, "Renewals"),
    ("/tickets", tickets.tickets, "Tickets"),
    ("/reasons", tickets.reasons, "Tickets"),
    ("/maintenance-plans", maintenance.plans, "Maintenance"),
    ("/due-maintenance", maintenance.occurrences, "Maintenance"),
    ("/trips", maintenance.trips, "Maintenance"),
    ("/tickets", maintenance.worksheets, "Maintenance"),
    ("/checklists", maintenance.checklists, "Maintenance"),
    ("/kits", maintenance.kits, "Maintenance"),
    ("/work-types", tickets.work_types, "Tickets"),
    ("/asks", reminders.asks, "Reminders"),
    ("/reminder-rules", reminders.rules, "Reminders"),
    ("/documents", files.routes, "Documents"),
    ("/search", search.routes, "Search"),
    ("/deliveries", messaging.routes, "Deliveries"),
    ("/texts", text_api.routes, "Texts"),
]:
    site.add_router(prefix, router, tags=[tag])


@site.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    status = 403 if isinstance(error, NotAllowed) else 422 if error.fields else 409
    return shared.problem(status, error.code, error, error.fields)


@site.exception_handler(TooManyRequests)
def _too_many(request: HttpRequest, error: TooManyRequests) -> HttpResponse:
    answer = shared.problem(429, error.code, error)
    answer.headers["Retry-After"] = str(error.wait)
    return answer


@site.exception_handler(AuthenticationError)
def _who(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    answer = shared.problem(
        401, "token_needed", _("Send the header Authorization: Bearer with a token that is in force.")
    )
    answer.headers["WWW-Authenticate"] = 'Bearer realm="Servicebook"'
    return answer


@site.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return shared.problem(404, "not_found", _("There is nothing here that this token may see."))


@site.exception_handler(IntegrityError)
def _conflict(request: HttpRequest, error: IntegrityError) -> HttpResponse:
    """A constraint was quicker than the friendly refusal: another request did it meanwhile."""
    return shared.problem(
        409, "conflict", _("This contradicts something that is there already. Read it again and retry.")
    )


@site.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return shared.problem(error.status_code, "bad_request", error)


@site.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = {_name(one["loc"]): one["msg"].removeprefix("Value error, ") for one in error.errors}
    detail = _("Not done. Mend the marked fields and send it again.")
    return shared.problem(422, "invalid", detail, fields)


def _name(place: tuple[Any, ...]) -> str:
    """("body", "body", "custom", "colour") → "custom.colour": where the caller wrote it."""
    inside = place[2:] if place[:2] == ("body", "body") else place[1:]
    return ".".join(str(part) for part in inside) or "body"


@cache
def openapi() -> dict[str, Any]:
    """The description of all operations, with the header that every POST takes."""
    whole: dict[str, Any] = site.get_openapi_schema(path_prefix=shared.PREFIX)
    key = {
        "in": "header",
        "name": HEADER,
        "required": False,
        "description": "A repeat with the same key and body gets the same answer and changes nothing.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,100}$", "minLength": 1, "maxLength": 100},
    }
    for methods in whole["paths"].values():
        if "post" in methods:
            methods["post"]["parameters"] = [*methods["post"].get("parameters", []), key]
    whole["servers"] = [{"url": "/"}]
    return whole
