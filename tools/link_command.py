"""Put the command `servicebook` into .venv/bin, running the code of this checkout."""

import sys
from pathlib import Path

checkout = Path(__file__).resolve().parent.parent
command = Path(sys.executable).parent / "servicebook"
command.write_text(
    f"""#!{sys.executable}
import sys

sys.path.insert(0, {str(checkout)!r})
from servicebook.__main__ import main

main()
"""
)
command.chmod(0o755)
