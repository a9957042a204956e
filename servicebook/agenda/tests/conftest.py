"""A database that real processes share, on the engine that the run is for."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[3]
Rehearse = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def shared_database(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None
) -> Iterator[dict[str, str]]:
    """The environment of a process that works on an empty, migrated database."""
    folder = tmp_path_factory.mktemp("rehearsal")
    environment = {**os.environ, "DATA_DIR": str(folder), "PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR"}
    if connection.vendor == "sqlite":
        environment["DATABASE_URL"] = f"sqlite:///{folder}/book.sqlite3"
        played(environment, "prepare")
        yield environment
        return
    import psycopg

    own = connection.settings_dict
    name = f"{own['NAME']}_rehearsal"
    server = {"host": own["HOST"], "port": own["PORT"], "user": own["USER"], "password": own["PASSWORD"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')
        password = f":{own['PASSWORD']}" if own["PASSWORD"] else ""
        environment["DATABASE_URL"] = (
            f"postgres://{own['USER']}{password}@{own['HOST']}:{own['PORT'] or 5432}/{name}"
        )
        played(environment, "prepare")
        yield environment
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def rehearse(shared_database: dict[str, str]) -> Rehearse:
    """Play one of `rehearsal.PLAYS` in a process of its own; returns what it says."""

    def run(play: str, *, mail_url: str = "console://", **how: Any) -> dict[str, Any]:
        return played({**shared_database, "MAIL_URL": mail_url}, play, how)

    return run


def played(
    environment: dict[str, str],
    play: str,
    how: dict[str, Any] | None = None,
    *,
    app: str = "agenda",
    rehearsal: str = "rehearsal",
    seconds: int = 300,
) -> dict[str, Any]:
    """Play one of the `PLAYS` of an app's rehearsal in a process of its own; return what it says."""
    command = [sys.executable, "-m", f"servicebook.{app}.tests.{rehearsal}", play, json.dumps(how or {})]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
