"""Real processes, really killed, and mails built to cost too much."""

import base64
import os
import sys

import pytest

from servicebook.agenda.tests.conftest import ROOT, played, shared_database

__all__ = ["shared_database"]  # a fixture


@pytest.fixture
def rehearse(shared_database):
    def run(play, **how):
        return played(shared_database, play, how, app="intake")

    return run


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.trust("B6")
@pytest.mark.req("S0.44")
def test_a_receiver_killed_at_any_commit_loses_and_doubles_nothing(rehearse):
    played = rehearse("kill_at_every_point", again=True)

    assert {"before commit", "after commit"} <= set(played["points"])
    for run in played["runs"]:
        assert run["killed"] == -9, run
        assert run["ended"] == [0, 0], run
        assert (run["kept"], run["states"]) == (1, ["understood"]), run
        assert (run["messages"], run["tickets"], run["receipts"]) == (1, 1, 1), run


@pytest.mark.fault
@pytest.mark.slow
def test_what_was_kept_before_the_kill_is_understood_without_the_mail_server(rehearse):
    played = rehearse("kill_at_every_point", again=False)

    kept = [run for run in played["runs"] if run["kept"]]
    assert kept
    for run in kept:
        assert (run["states"], run["messages"]) == (["understood"], 1), run
    for run in played["runs"]:
        assert run["messages"] == run["kept"], run


@pytest.mark.fault
@pytest.mark.slow
def test_the_same_mail_received_by_many_at_once_is_one_message(rehearse):
    played = rehearse("race", processes=6, guarded=True)

    assert played["codes"] == [0] * 6
    assert (played["kept"], played["messages"], played["receipts"]) == (1, 1, 1)


@pytest.mark.fault
@pytest.mark.slow
def test_without_the_hash_it_is_several(rehearse):
    played = rehearse("race", processes=6, guarded=False)

    assert played["messages"] > 1


HEAD = b"From: Bolat <bolat@plant.example>\r\nSubject: Pump\r\n"


def nested(levels: int, lines: int = 0) -> bytes:
    raw = HEAD + b"MIME-Version: 1.0\r\n"
    for level in range(levels):
        raw += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
    return raw + b"Content-Type: text/plain\r\n\r\nhello\r\n" + b"a line of text\r\n" * lines


def large(megabytes: int) -> bytes:
    data = base64.encodebytes(os.urandom(1024 * 1024)) * megabytes
    return (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        + b"Content-Type: text/plain\r\n\r\nSee the file.\r\n"
        + b"--b\r\nContent-Type: application/pdf; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + data
        + b"--b--\r\n"
    )


HOSTILE = {
    "200 nested parts": lambda: nested(200),
    "90 nested parts around 600 000 lines": lambda: nested(90, 600_000),
    "5 000 nested parts": lambda: nested(5_000),
    "a million header lines": lambda: HEAD + b"X-A: b\r\n" * 1_000_000 + b"\r\nhello",
    "a part with 650 000 header lines": lambda: nested(1)[: -len(b"\r\nhello\r\n")] + b"X: y\r\n" * 650_000,
    "50 MB of base64": lambda: large(37),
    "25 MB attached": lambda: large(24),
    "10 000 recipients": lambda: (
        HEAD + b"To: " + b", ".join(b"<n%d@x.example>" % n for n in range(10_000)) + b"\r\n\r\nhi"
    ),
    "80 000 nested marks": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 80_000 + b"hello",
    "marks that never end": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!--" * 95_000,
    "a subject of half words": lambda: b"Subject: " + b"=?a?b?" * 40_000 + b"\r\n" + HEAD + b"\r\nhello",
    "attributions without end": lambda: HEAD + b"\r\n" + b"On Monday he wrote\n" * 60_000,
}


# `servicebook receive` that writes its highest memory (kB) into a file when it ends. What wait4 says
# would count the memory of the process that spawned it, too.
MEASURED = """
import atexit, re, sys
file, sys.argv = sys.argv[1], ["servicebook", "receive"]
peak = lambda: re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
atexit.register(lambda: open(file, "w").write(peak()))
from servicebook.__main__ import main
main()
"""


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.trust("B6")
@pytest.mark.parametrize("name", HOSTILE)
def test_one_mail_does_not_eat_the_server(name, shared_database, tmp_path):
    raw = HOSTILE[name]()
    file = tmp_path / "mail.eml"
    file.write_bytes(raw)
    del raw
    said, peak = tmp_path / "said", tmp_path / "peak"
    with file.open("rb") as stream, said.open("wb") as errors:
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", MEASURED, str(peak)],
            {**shared_database, "PYTHONPATH": str(ROOT)},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, stream.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, errors.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, errors.fileno(), 2),
            ],
        )
        _pid, status, used = os.wait4(pid, 0)
    text = said.read_text()

    assert os.waitstatus_to_exitcode(status) == 0, text
    assert "Traceback" not in text
    assert int(peak.read_text()) / 1024 <= 300, f"{peak.read_text()} kB"
    assert used.ru_utime + used.ru_stime <= 5 + START_SECONDS


# Python and Django have to start first.
START_SECONDS = 2.5
