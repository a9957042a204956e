import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from servicebook.core import clock

ROOT = Path(__file__).resolve().parents[3]


def test_the_clock_can_be_stopped_and_runs_on_afterwards():
    moment = datetime(2026, 10, 14, 9, 12, tzinfo=ZoneInfo("Asia/Almaty"))

    with clock.stopped_at(moment):
        assert clock.now() == moment
        assert clock.now().tzinfo is UTC

    assert clock.now() != moment


@pytest.mark.trust("B24")
@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Almaty", date(2026, 3, 1)),
        ("Pacific/Kiritimati", date(2026, 3, 1)),  # +14
        ("Asia/Kathmandu", date(2026, 3, 1)),  # +05:45
        ("Pacific/Midway", date(2026, 2, 28)),  # -11
    ],
)
def test_today_is_the_date_where_the_zone_is_kept(zone, expected):
    with clock.stopped_at(datetime(2026, 2, 28, 20, 0, tzinfo=UTC)):
        assert clock.today(ZoneInfo(zone)) == expected


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        clock.set_to(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import datetime\n\ndatetime.now()",
        "from datetime import date\n\ndate.today()",
        "from django.utils import timezone\n\ntimezone.now()",
        "import time\n\ntime.time()",
        "from django.db.models.functions import Now\n\nNow()",
    ],
)
def test_lint_bans_every_other_source_of_now(line, tmp_path):
    found = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--config",
            ROOT / "pyproject.toml",
            "--select",
            "TID251",
            "-",
        ],
        input=line,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "core.clock" in found.stdout
