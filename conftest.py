"""What every test may ask for."""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import TransactionTestCase

from servicebook.accounts.models import Role, User
from servicebook.core import clock, reference
from servicebook.journal import guard
from servicebook.testing import make_user

ALMATY = ZoneInfo("Asia/Almaty")


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    """Each test starts with a running clock and an empty cache of reference data."""
    reference.drop()
    yield
    clock.set_to(None)
    reference.drop()


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
