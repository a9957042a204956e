"""The command `servicebook`: `up`, `worker`, `import FILE`, `receive`, `simulate` and Django's own."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["servicebook", *sys.argv[1:]])


if __name__ == "__main__":
    main()
