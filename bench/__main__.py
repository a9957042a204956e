"""`make bench`: every figure beside its bare twin, in one table and in var/bench/.

    python -m bench [--tickets 1000000] [--only coverage,renewals]   all parts: PARTS

DATABASE_URL names a database that may be filled; without it, SQLite in var/bench/.
"""

import argparse
import os
import platform
from pathlib import Path

PARTS = [
    "statements",
    "deadlines",
    "coverage",
    "agenda",
    "maintenance",
    "renewals",
    "web",
    "memory",
    "import",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000)
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--count", type=int, default=600, help="requests per figure")
    parser.add_argument("--port", type=int, default=8187)
    parser.add_argument("--only", default=",".join(PARTS))
    chosen = parser.parse_args()
    parts = chosen.only.split(",")
    folder = Path("var/bench").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench-{chosen.tickets}.sqlite3")
    os.environ.setdefault("DATA_DIR", str(folder))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")
    import django

    django.setup()

    from django.core.management import call_command
    from django.db import connection

    from bench import coverage, data, deadlines, importing, renewals, server, statements, upkeep, web
    from bench.figures import Figure, keep, table
    from servicebook.core import memory

    seconds = data.prepare(customers=chosen.customers, assets=chosen.assets, tickets=chosen.tickets)
    call_command("collectstatic", verbosity=0, interactive=False)
    known = data.know()
    memory.settle()  # as the worker does when it starts
    figures = [Figure("Preparing", "seconds to fill the database", seconds, "s")]
    if "statements" in parts:
        figures += statements.measure(known) + statements.plans(known)
    if "deadlines" in parts:
        figures += deadlines.measure()
    if "coverage" in parts:
        figures += coverage.measure()
    if "agenda" in parts:
        figures += _agenda(connection.vendor)
    if "maintenance" in parts:
        figures += upkeep.measure()
    if "renewals" in parts:
        figures += renewals.measure()
    connection.close()
    if "web" in parts or "memory" in parts:
        with server.running(chosen.port) as pid:
            if "web" in parts:
                figures += web.measure(chosen.port, known, count=chosen.count)
            held = server.memory(pid)
            worker = max(megabytes for process, megabytes in held.items() if process != pid)
            figures.append(Figure("Memory", "largest web process after the load", worker, "MB", 300))
    if "import" in parts:
        figures += importing.measure(known)
    about = {
        "engine": connection.vendor,
        "tickets": chosen.tickets,
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
    }
    keep(figures, about, folder / f"{connection.vendor}-{chosen.tickets}.json")
    print(f"\n{about['engine']}, {chosen.tickets:,} tickets, {about['machine']}")
    print(table(figures))


def _agenda(vendor: str) -> "list[object]":
    from bench import agenda
    from bench.figures import Figure
    from servicebook.agenda.worker import run_due

    run_due()  # what an earlier run left due would be counted, too
    found = []
    for one in agenda.run():
        rate = one["unit"] == "1/s"
        # The rate is promised for PostgreSQL; SQLite has one writer and no promise.
        target = one["target"] if vendor == "postgresql" or not rate else None
        found.append(Figure("Agenda", one["name"], one["value"], one["unit"], target, at_least=rate))
    return found


if __name__ == "__main__":
    main()
