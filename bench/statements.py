"""How many statements an answer takes, whatever the page size, and whether each has an index."""

import re
from typing import Any

from bench.data import Known
from bench.figures import Figure

PART = "Statements"


def measure(known: Known) -> list[Figure]:
    """Count the statements of lists, one ticket and a create."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS.append("testserver")
    program = Client(headers={"Authorization": f"Bearer {known.key}"})
    customer = known.assets[0][0]
    figures = []

    def count(name: str, most: int, ask: Any) -> None:
        ask()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            answer = ask()
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"{name}: {answer.status_code} {answer.content[:300]!r}")
        ours = [one["sql"] for one in seen if not re.match(r"BEGIN|COMMIT|SAVEPOINT|RELEASE", one["sql"])]
        figures.append(Figure(PART, name, len(ours), "", most))

    for limit in (20, 200):
        address = f"/api/v1/tickets?status=closed&customer={customer}&limit={limit}"
        count(f"ticket list, {limit} rows", 4, lambda address=address: program.get(address))
    count("ticket by key", 5, lambda: program.get(f"/api/v1/tickets/{known.numbers[0]}"))
    # PostgreSQL takes the rows of several tables in one trip; on SQLite each table is a statement.
    in_one_trip = connection.vendor == "postgresql"
    for name, most, (owner, asset, contact) in (
        ("ticket created", 12 if in_one_trip else 15, known.assets[0]),
        ("ticket created under a contract", 12 if in_one_trip else 18, known.covered[0]),
    ):
        body = {"customer": owner, "asset": asset, "contact": contact, "title": "Does not start"}
        count(
            name,
            most,
            lambda body=body: program.post("/api/v1/tickets", body, content_type="application/json"),
        )
    return figures


def plans(known: Known) -> list[Figure]:
    """Every listed filter with its sort must be answered by an index."""
    from django.db import connection

    wrong = []
    for name, filters, rows in _listed(known):
        plan = _plan(rows, connection)
        if re.search(r"TEMP B-TREE FOR ORDER|\bSort\b|Seq Scan", plan) or not _has_index(filters, connection):
            wrong.append(name)
            print(f"no index for {name}:\n{plan}\n")
    return [Figure("Indexes", "listed filters with their sort without one", len(wrong), "", 0)]


def _plan(rows: Any, connection: Any) -> str:
    """The plan without the shortcuts that are good for few rows only, so that it shows the index."""
    from django.db import transaction

    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                for shortcut in ("sort", "bitmapscan", "seqscan"):
                    cursor.execute(f"SET LOCAL enable_{shortcut} = off")
        return str(rows.explain())


def _listed(known: Known) -> Any:
    """Each filter of the ticket list alone, and together with a status."""
    from servicebook.tickets.models import Ticket

    customer, asset, contact = known.assets[0]
    ticket = Ticket.objects.get(number=known.numbers[0])
    alone = {
        "customer": customer,
        "owner": ticket.owner_id,
        "asset": asset,
        "contact": contact,
        "site": ticket.site_id,
        "reason": known.reason,
        "priority": 2,
        "status": "closed",
    }
    newest = Ticket.objects.order_by("-pk")
    yield "no filter", [], newest[:21]
    for name, value in alone.items():
        yield name, [name], newest.filter(**{name: value})[:21]
        if name != "status":
            both = newest.filter(**{name: value, "status": "closed"})[:21]
            yield f"status and {name}", [name, "status"], both
    yield "number", [], Ticket.objects.filter(number=known.numbers[0]).order_by()


def _has_index(filters: list[str], connection: Any) -> bool:
    """Whether an index begins with some of the filters and gives the newest first.

    The plan alone does not say so: for a value that half of the rows have, walking back from the
    newest row is quicker than any index.
    """
    from servicebook.tickets.models import Ticket

    wanted = {Ticket._meta.get_field(name).column for name in filters}
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Ticket._meta.db_table).values()
    indexed = [one["columns"] for one in found if one["index"] and one["columns"]]
    return not wanted or any(
        columns[-1] == "id" and columns[:-1] and set(columns[:-1]) <= wanted for columns in indexed
    )
