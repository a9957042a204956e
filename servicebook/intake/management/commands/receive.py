"""Take in one mail from a pipe."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from servicebook.core.errors import Refused
from servicebook.intake.mail import actions

# What a mail server understands (sysexits.h).
BAD_DATA, TRY_LATER = 65, 75


class Command(BaseCommand):
    help = (
        "Take in one mail from standard input: servicebook receive < mail.eml. Stored first, "
        "understood second. Exit 0: it is safe here. 75: try again later. 65: it cannot be taken."
    )
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        raw = sys.stdin.buffer.read(actions.MOST_KEPT_BYTES + 1)
        try:
            mail = actions.keep(raw)
        except Refused as refused:
            self.stderr.write(str(refused))
            sys.exit(BAD_DATA)
        except (DatabaseError, OSError) as error:
            self.stderr.write(f"The mail was not stored, try again later: {error}")
            sys.exit(TRY_LATER)
        del raw
        try:
            mail = actions.understand(mail.pk)
        except (DatabaseError, OSError) as error:
            self.stdout.write(f"Stored; it will be understood as soon as the database is back ({error}).")
            return
        if mail.message is not None:
            self.stdout.write(mail.message.ticket.number)
        else:
            self.stdout.write(f"{mail.get_state_display()}: {mail.because}".rstrip(": "))
