"""What tests of the import share."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from servicebook.accounts.models import User
from servicebook.intake.importing import actions, engine
from servicebook.intake.models import ImportRun


@pytest.fixture(autouse=True)
def _files_are_closed() -> Iterator[None]:
    yield
    engine.forget_readers()


@pytest.fixture(autouse=True)
def _files_stand_apart(tmp_path: Any, settings: Any) -> Iterator[None]:
    """Each test keeps its files in its own folder."""
    from servicebook.files import store

    store.storage.cache_clear()
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": f"file://{tmp_path}/files"})
    yield
    store.storage.cache_clear()


def csv_of(*lines: str, encoding: str = "utf-8") -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def worked_off(run: ImportRun) -> ImportRun:
    """Take every step that is left."""
    while not engine.step(run.pk):
        pass
    run.refresh_from_db()
    return run


@pytest.fixture
def bring(dispatcher: User) -> Callable[..., ImportRun]:
    """Import a file from its bytes to its end; returns the run."""

    def bring_in(
        data: bytes, entity: str = "", *, file_name: str = "list.csv", choice: str = "all", **mapping: str
    ) -> ImportRun:
        run = actions.take_in(data, name=file_name, entity=entity, by=dispatcher)
        run = actions.check(run.pk, mapping={**run.mapping, **mapping}, choice=choice, by=dispatcher)
        run = worked_off(run)
        if run.state == ImportRun.State.CHECKED and not (choice == "all" and run.refused):
            run = worked_off(actions.write(run.pk, by=dispatcher))
        return run

    return bring_in


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    """New, changed, unchanged, bad."""
    return run.created, run.updated, run.unchanged, run.refused
