"""The product beside its bare twin, over HTTP, at 1 and at 8 clients."""

from itertools import cycle, islice
from uuid import uuid4

from bench.client import Sample, alternately, hit, request
from bench.data import Known
from bench.figures import Figure

STATUSES = ["queued", "working", "closed", "waiting"]


def measure(port: int, known: Known, *, count: int = 600) -> list[Figure]:
    """Lists, one ticket, pages, creates and search."""
    figures: list[Figure] = []
    bearer = {"Authorization": f"Bearer {known.key}"}
    signed_in = {"Cookie": f"sessionid={known.cookie}"}
    rows = [request("GET", f"/bare/row/{number}", {}) for number in _of(known.numbers, count)]
    pages = [request("GET", f"/bare/page/{status}", {}) for status in _of(STATUSES, count)]
    asked = zip(_of(STATUSES, count), _of(known.customers, count), strict=True)
    lists = [
        request("GET", f"/api/v1/tickets?status={status}&customer={customer}&limit=20", bearer)
        for status, customer in asked
    ]
    tickets = [request("GET", f"/api/v1/tickets/{number}", bearer) for number in _of(known.numbers, count)]
    hit(port, [*rows[:60], *pages[:60], *lists[:60], *tickets[:60]], clients=4)
    figures += _pair(port, "Ticket list, JSON", lists, pages, "a bare page of 50", 2.5)
    figures += _pair(port, "Ticket by key, JSON", tickets, rows, "a bare row", 2.5)
    for name, paths, twin, of in (
        ("Ticket list, HTML", [f"/tickets/?status={one}" for one in STATUSES], pages, "a bare page of 50"),
        ("Ticket, HTML", [f"/tickets/{number}/" for number in known.numbers], rows, "a bare row"),
    ):
        asked_pages = [request("GET", path, signed_in) for path in _of(paths, count // 3)]
        try:
            hit(port, asked_pages[:24], clients=4)
        except RuntimeError:
            continue
        figures += _pair(port, name, asked_pages, twin[: count // 3], of, 8, most_ms=40)
    figures += _creates(port, known, bearer, count // 2)
    figures += _under_a_contract(port, known, bearer, count // 2)
    words = [request("GET", f"/api/v1/search?q={_quoted(word)}", bearer) for word in known.words]
    figures.append(Figure("Search", "p95, 1 client", hit(port, words).p95, "ms", 30))
    return figures


def _pair(
    port: int,
    part: str,
    ours: list[bytes],
    twin: list[bytes],
    of: str,
    most: float,
    most_ms: float | None = None,
) -> list[Figure]:
    figures = []
    for clients in (1, 8):
        found, bare = alternately(port, ours, twin, clients=clients)
        suffix = f"{clients} client" + ("s" if clients > 1 else "")
        ratio = found.p50 / bare.p50
        figures += [
            *_shown(part, found, suffix, most_ms if clients == 8 else None),
            Figure(part, f"p50 of {of}, {suffix}", bare.p50, "ms"),
            Figure(part, f"p50 against {of}, {suffix}", ratio, "×", most if clients == 1 else None),
        ]
    return figures


def _shown(part: str, sample: Sample, suffix: str, most_ms: float | None = None) -> list[Figure]:
    return [
        Figure(part, f"p50, {suffix}", sample.p50, "ms"),
        Figure(part, f"p95, {suffix}", sample.p95, "ms", most_ms),
        Figure(part, f"rate, {suffix}", sample.rate, "1/s"),
    ]


def _creates(port: int, known: Known, bearer: dict[str, str], count: int) -> list[Figure]:
    part, figures, rates = "Ticket created over the API", [], {}
    for clients in (1, 8):
        ours, twin = [], []
        for customer, asset, contact in _of(known.assets, count):
            ours.append(_create(bearer, customer, asset, contact))
            plain = {"customer_id": customer, "asset_id": asset, "contact_id": contact}
            plain |= {"title": "Does not start", "status": "queued", "priority": 3, "channel": "api"}
            plain |= {"reason_id": known.reason, "owner_id": known.owner, "priority_because": "bare"}
            twin.append(request("POST", "/bare/insert", {}, plain))
        found, bare = alternately(port, ours, twin, clients=clients, expect=201)
        suffix = f"{clients} client" + ("s" if clients > 1 else "")
        rates[clients] = found.rate
        figures += [
            *_shown(part, found, suffix),
            Figure(part, f"rate of a bare insert, {suffix}", bare.rate, "1/s"),
        ]
        if clients == 1:
            figures.append(Figure(part, "p50 against a bare insert, 1 client", found.p50 / bare.p50, "×", 5))
        else:
            share = found.rate / bare.rate
            figures.append(Figure(part, "rate against a bare insert, 8 clients", share, "×", 0.25, True))
    figures.append(Figure(part, "rate at 8 clients against 1", rates[8] / rates[1], "×", 1.7, True))
    return figures


def _under_a_contract(port: int, known: Known, bearer: dict[str, str], count: int) -> list[Figure]:
    """A create with coverage, balances, clocks and their obligations, beside one without a contract."""
    part, figures = "Ticket created under a contract", []
    for clients in (1, 8):
        covered, without = (
            [_create(bearer, *one) for one in _of(units, count)] for units in (known.covered, known.assets)
        )
        found, plain = alternately(port, covered, without, clients=clients, expect=201)
        suffix = f"{clients} client" + ("s" if clients > 1 else "")
        figures += [
            *_shown(part, found, suffix),
            Figure(part, f"p50 against one without, {suffix}", found.p50 / plain.p50, "×", 1.6),
        ]
    return figures


def _create(bearer: dict[str, str], customer: int, asset: int, contact: int) -> bytes:
    body = {"customer": customer, "asset": asset, "contact": contact, "title": "Does not start"}
    return request("POST", "/api/v1/tickets", {**bearer, "Idempotency-Key": uuid4().hex}, body)


def _of(things, count):  # type: ignore[no-untyped-def]
    return list(islice(cycle(things), count))


def _quoted(word: str) -> str:
    from urllib.parse import quote

    return quote(word)
