"""What every test may ask for."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase
from django.utils import timezone, translation

from servicebook.accounts.api_auth import requests_of_a_token, wrong_keys_of_an_address
from servicebook.accounts.models import Role, User
from servicebook.contracts import terms
from servicebook.core import clock, memory, reference
from servicebook.journal import guard
from servicebook.testing import make_user

ALMATY = ZoneInfo("Asia/Almaty")

# A busy machine is no fault of the code: how long one example takes is not what these tests are about.
hypothesis.settings.register_profile(
    "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests that are about PostgreSQL's locks to its own run."""
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Search the memory as seldom as the product's own processes do: a run takes less time so."""
    memory.settle()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped (continuous integration), a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and os.environ.get("SERVICEBOOK_SKIP_NOTHING") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test starts with a running clock, the house's language and an empty cache of reference data.

    The cache looks for changes of other processes once, not once a second: a statement that comes
    and goes with the machine's speed could not be counted.
    """
    monkeypatch.setattr(reference, "LOOK_EVERY_SECONDS", float("inf"))
    reference.drop()
    yield
    clock.set_to(None)
    translation.deactivate()
    timezone.deactivate()
    reference.drop()
    terms.forget()
    requests_of_a_token.forget()
    wrong_keys_of_an_address.forget()


@pytest.fixture(autouse=True, scope="session")
def _flush_gets_past_the_journal() -> Iterator[None]:
    """Emptying the database after a transactional test needs the journal's triggers away."""
    teardown = TransactionTestCase._fixture_teardown

    def guarded(self: TransactionTestCase) -> None:
        guard.remove(connection)
        try:
            teardown(self)
        finally:
            guard.install(connection)

    TransactionTestCase._fixture_teardown = guarded  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def _requests_leave_the_connection_open() -> None:
    """The end of a request drops a connection that stands in a transaction; a test's own does.

    Django's test client sees to that; other programs that call the site here do not.
    """
    drop = BaseDatabaseWrapper.close_if_unusable_or_obsolete

    def drop_outside_of_tests(self: BaseDatabaseWrapper) -> None:
        if not self.in_atomic_block:
            drop(self)

    BaseDatabaseWrapper.close_if_unusable_or_obsolete = drop_outside_of_tests  # type: ignore[method-assign]


@pytest.fixture
def set_clock() -> Callable[[str], datetime]:
    """Stop the clock at a local moment of Almaty, such as "2026-10-14 09:12"."""

    def stop(moment: str) -> datetime:
        at = datetime.fromisoformat(moment).replace(tzinfo=ALMATY)
        clock.set_to(at)
        return at

    return stop


@pytest.fixture
def dispatcher(db: None) -> User:
    return make_user(Role.DISPATCHER)


@pytest.fixture
def engineer(db: None) -> User:
    return make_user(Role.ENGINEER)


@pytest.fixture
def manager(db: None) -> User:
    return make_user(Role.MANAGER)


@pytest.fixture
def administrator(db: None) -> User:
    return make_user(Role.ADMINISTRATOR)


@pytest.fixture
def real_rows(transactional_db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Rows that several threads see: committed, and on SQLite in a file of the test's own.

    Tests of the in-memory database share one connection, on which nothing can race.
    """
    if connection.vendor == "postgresql":
        yield
        return
    with _database_file(tmp_path_factory.mktemp("book")):
        yield


@contextmanager
def _database_file(folder: Path) -> Iterator[None]:
    """Point this process at a copy of the test database in a file."""
    file = folder / "book.sqlite3"
    with sqlite3.connect(file) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    wrapper = connections["default"]
    in_memory, name = wrapper.connection, wrapper.settings_dict["NAME"]
    wrapper.connection, wrapper.settings_dict["NAME"] = None, file
    try:
        yield
    finally:
        wrapper.close()
        wrapper.connection, wrapper.settings_dict["NAME"] = in_memory, name
