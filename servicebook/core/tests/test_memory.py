import subprocess
import sys

SAY = "import gc; print(gc.get_freeze_count() > 100_000, gc.get_threshold()[0])"


def said_after(first: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"{first}; {SAY}"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_web_process_does_not_look_through_what_it_loaded_and_seldom_through_what_is_new() -> None:
    assert said_after("import servicebook.wsgi") == "True 10000"
    assert said_after("import os") == "False 700"
