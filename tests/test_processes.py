"""The whole program as an operator starts it: killed, doubled, stopped. Real processes on SQLite."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

pytestmark = [pytest.mark.fault, pytest.mark.slow]
SERVICEBOOK = [sys.executable, "-m", "servicebook"]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells children of a dead parent")


class House:
    """A folder of its own with one Servicebook in it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "ORIGIN"}}
        self.environment = {**kept, "DATA_DIR": str(folder), "PORT": str(self.port), "MAIL_URL": "console://"}
        self.up: list[subprocess.Popen[str]] = []

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*SERVICEBOOK, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self) -> "subprocess.Popen[str]":
        log = (self.folder / "log").open("a")
        process = subprocess.Popen(
            [*SERVICEBOOK, "up", "--no-demo"], env=self.environment, stdout=log, stderr=log, text=True
        )
        log.close()
        self.up.append(process)
        return process

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/accounts/login/", timeout=2) as page:
                return bool(page.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def has_worker(self) -> bool:
        return bool(self.of("servicebook worker"))

    def stands(self) -> bool:
        return self.answers() and self.has_worker()

    def of(self, command: str) -> list[int]:
        """The processes of this house whose command line holds `command`."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if (
                    not entry.name.isdigit()
                    or f"DATA_DIR={self.folder}\0" not in (entry / "environ").read_text()
                ):
                    continue
                if command in (entry / "cmdline").read_text().replace("\0", " "):
                    found.append(int(entry.name))
        return found

    def said(self) -> str:
        return (self.folder / "log").read_text()


def soon(true: Callable[[], object], *, within: float = 60) -> bool:
    """Whether it comes true within so many seconds."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(tmp_path_factory.mktemp("house"))
    done = house.run("up", "--no-demo", "--prepare-only")
    assert done.returncode == 0, done.stderr
    assert "Sign in as" in done.stdout
    return house


@pytest.fixture
def house(prepared: House) -> Iterator[House]:
    yield prepared
    for process in prepared.up:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
    prepared.up.clear()
    soon(lambda: not prepared.of(""), within=25)
    for pid in prepared.of(""):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    soon(lambda: not prepared.of(""), within=5)
    (prepared.folder / "log").unlink(missing_ok=True)


@LINUX
@pytest.mark.parametrize("victim", ["granian", "servicebook worker"])
def test_a_killed_web_or_worker_process_starts_again(house: House, victim: str) -> None:
    up = house.start()
    assert soon(house.stands), house.said()
    killed = house.of(victim)
    os.kill(min(killed), signal.SIGKILL)
    assert soon(lambda: house.of(victim) and not set(house.of(victim)) & set(killed)), house.said()
    assert soon(house.stands), house.said()
    assert "it starts again" in house.said()
    assert up.poll() is None


@LINUX
def test_when_the_watcher_is_killed_all_ends_and_the_next_start_works(house: House) -> None:
    house.start()
    assert soon(house.stands), house.said()
    house.up[0].kill()
    house.up[0].wait()
    assert soon(lambda: not house.of("")), house.of("")
    house.start()
    assert soon(house.stands), house.said()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_within_seconds_and_leaves_nothing(house: House, number: int) -> None:
    up = house.start()
    assert soon(house.stands), house.said()
    up.send_signal(number)
    assert up.wait(15) == 0
    assert not house.of("")
    assert "Traceback" not in house.said()


def test_a_second_start_in_the_same_folder_is_refused_with_a_sentence(house: House) -> None:
    house.start()
    assert soon(house.stands), house.said()
    second = house.run("up", "--no-demo")
    assert second.returncode == 1
    assert "already" in second.stderr
    assert "DATA_DIR" in second.stderr
    assert "Traceback" not in second.stderr
    assert house.stands()


def test_a_taken_port_is_a_sentence_and_no_loop(house: House) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", house.port))
        other.listen()
        done = house.run("up", "--no-demo")
    assert done.returncode == 1
    assert f"port {house.port}" in done.stderr
    assert "PORT=" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.trust("B27")
@pytest.mark.parametrize("words", [("up",), ("worker", "--once")])
def test_a_database_that_does_not_answer_is_a_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    house = House(tmp_path)
    house.environment["DATABASE_URL"] = f"postgres://somebody@127.0.0.1:{house.port}/nothing"
    done = house.run(*words)
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.trust("B26")
def test_an_older_program_refuses_a_newer_database(house: House) -> None:
    book = sqlite3.connect(house.folder / "servicebook.sqlite3")
    book.execute(
        "INSERT INTO django_migrations (app, name, applied)"
        " VALUES ('tickets', '9999_from_the_future', '2030-01-01')"
    )
    book.commit()
    try:
        for words in [("up", "--prepare-only"), ("worker", "--once")]:
            done = house.run(*words)
            assert done.returncode == 1
            assert "newer than this program (tickets 9999_from_the_future)" in done.stderr
    finally:
        book.execute("DELETE FROM django_migrations WHERE name = '9999_from_the_future'")
        book.commit()
        book.close()
    assert house.run("worker", "--once").returncode == 0


@pytest.mark.trust("B26")
def test_a_worker_refuses_a_database_that_is_not_upgraded_yet(tmp_path: Path) -> None:
    done = House(tmp_path).run("worker", "--once")
    assert done.returncode == 1
    assert "servicebook up --prepare-only" in done.stderr


@pytest.mark.trust("B26")
def test_a_start_that_is_killed_while_it_prepares_is_finished_by_the_next(tmp_path: Path) -> None:
    house = House(tmp_path)
    first = house.start()
    assert soon(lambda: _tables(tmp_path) > 5)  # in the midst of it
    first.kill()
    first.wait()
    soon(lambda: not house.of(""))
    done = house.run("up", "--no-demo", "--prepare-only")
    assert done.returncode == 0, done.stderr
    assert house.run("check_invariants").returncode == 0


@pytest.mark.trust("B25")
def test_a_book_restored_as_the_manual_says_balances_and_one_short_of_a_file_does_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "lived").mkdir()
    (tmp_path / "restored").mkdir()
    house, restored = House(tmp_path / "lived"), House(tmp_path / "restored")
    assert house.run("migrate", "--verbosity", "0").returncode == 0
    simulated = house.run("simulate", "--days", "2", "--seed", "7")
    assert simulated.returncode == 0, simulated.stderr
    source = sqlite3.connect(house.folder / "servicebook.sqlite3")
    copy = sqlite3.connect(restored.folder / "servicebook.sqlite3")
    with closing(source), closing(copy):
        source.backup(copy)
        rows = [one.execute("SELECT count(*) FROM journal_entry").fetchone()[0] for one in (source, copy)]
    shutil.copytree(house.folder / "files", restored.folder / "files")
    shutil.copy(house.folder / "secret-key", restored.folder)

    checked = restored.run("check_invariants")
    assert (checked.returncode, rows[0] == rows[1] > 0) == (0, True), checked.stdout
    assert restored.run("up", "--prepare-only", "--no-demo").returncode == 0

    lost = next(one for one in (restored.folder / "files").rglob("*") if one.is_file())
    lost.unlink()
    checked = restored.run("check_invariants")
    assert checked.returncode == 1
    assert "BROKEN I9" in checked.stdout


def _tables(folder: Path) -> int:
    file = folder / "servicebook.sqlite3"
    if not file.exists():
        return 0
    with closing(sqlite3.connect(file)) as book:
        row = book.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
    return int(row[0])
