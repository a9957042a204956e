"""An import whose worker is killed anywhere ends exactly as if nothing had happened."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.fault, pytest.mark.slow]

ROWS = 40
# Runs in a process of its own: works an import off, and ends itself by SIGKILL at the Nth statement.
CHILD = """
import os, signal, sys
import django
django.setup()
from django.db import connection
from servicebook.agenda.worker import run_due
from servicebook.intake.importing import actions, engine
from servicebook.intake.models import ImportRun

engine.ROWS_PER_STEP = 7
what, last = sys.argv[1], int(sys.argv[2])
count = 0

def killing(execute, sql, params, many, context):
    global count
    count += 1
    if count == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)

def release():
    # The killed worker's lease ends; here it ends at once.
    connection.cursor().execute("UPDATE agenda_obligation SET ready_at = '2020-01-01' WHERE state = 'armed'")

if what == "begin":
    from servicebook.accounts.models import Role
    from servicebook.testing import make_customer, make_user
    by = make_user(Role.ADMINISTRATOR)
    make_customer(name="Plant")
    rows = "".join(f"Site {n},Plant,R{n % 3},{'x' if n == 5 else 49.8}\\n" for n in range(ROWS))
    run = actions.take_in(("Name,Customer,Region,Latitude\\n" + rows).encode(), name="a.csv", entity="sites", by=by)
    actions.check(run.pk, mapping=run.mapping, choice="good", by=by)
    run_due()
    actions.write(run.pk, by=by)
else:
    release()
    with connection.execute_wrapper(killing):
        run_due()
    print(count)
"""


def child(home: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "DATA_DIR": str(home),
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "servicebook.settings",
    }
    code = CHILD.replace("ROWS)", f"{ROWS})")
    command = [sys.executable, "-c", code, *map(str, words)]
    root = Path(__file__).resolve().parents[4]
    return subprocess.run(
        command, env=environment, cwd=root, capture_output=True, text=True, timeout=120, check=False
    )


def books(home: Path) -> dict[str, object]:
    with sqlite3.connect(home / "servicebook.sqlite3") as database:
        one = database.execute
        return {
            "run": one(
                "SELECT state, rows_read, created, updated, unchanged, refused FROM intake_importrun"
            ).fetchall(),
            "sites": one("SELECT name, region_id IS NULL FROM customers_site ORDER BY name").fetchall(),
            "regions": one("SELECT name FROM customers_region ORDER BY name").fetchall(),
            "said": one("SELECT verb, count(*) FROM journal_entry GROUP BY verb ORDER BY verb").fetchall(),
            "found": one("SELECT count(*) FROM search_indexed").fetchall(),
            "problems": one("SELECT line, reason FROM intake_importproblem").fetchall(),
        }


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which an import is about to be written."""
    home: Path = tmp_path_factory.mktemp("begun")
    migrate = [sys.executable, "-m", "servicebook", "migrate", "-v0"]
    environment = {**os.environ, "DATA_DIR": str(home), "DATABASE_URL": ""}
    subprocess.run(migrate, env=environment, check=True, timeout=120)
    made = child(home, "begin", 0)
    assert made.returncode == 0, made.stderr
    return home


@pytest.fixture(scope="module")
def undisturbed(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], int]:
    """How the books look when nobody kills the worker, and how many statements that takes."""
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    shutil.copytree(begun, home)
    done = child(home, "go", 0)
    assert done.returncode == 0, done.stderr
    return books(home), int(done.stdout.split()[-1])


def test_the_undisturbed_import_is_what_the_file_says(undisturbed):
    found, _statements = undisturbed

    assert found["run"] == [("done", ROWS, ROWS - 1, 0, 0, 1)]
    assert found["regions"] == [("R0",), ("R1",), ("R2",)]


@pytest.mark.trust("B23")
@pytest.mark.parametrize("part", [0.03, 0.2, 0.37, 0.55, 0.71, 0.86, 0.97])
def test_a_killed_worker_loses_and_doubles_nothing(begun, undisturbed, tmp_path, part):
    expected, statements = undisturbed
    home = tmp_path / "home"
    shutil.copytree(begun, home)

    killed = child(home, "go", max(1, int(statements * part)))
    assert killed.returncode == -signal.SIGKILL
    again = child(home, "go", 0)

    assert again.returncode == 0, again.stderr
    assert books(home) == expected
