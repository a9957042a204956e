"""`servicebook setup`: reference data, and the first people: of the demo company, or one administrator."""

import secrets
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from servicebook.accounts.models import Role, User
from servicebook.simulator import cast
from servicebook.tickets import reference

DEMO_DAYS = 25


class Command(BaseCommand):
    help = "Put reference data and first people into an empty book; says how to sign in. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="with the demo company and its last weeks")

    def handle(self, *, demo: bool, **options: Any) -> None:
        reference.ensure()
        if not User.objects.exists():
            if demo:
                self.stdout.write("Letting the demo company work for a few weeks, once …")
                self.stdout.flush()
                call_command("simulate", days=DEMO_DAYS, until_now=True, stdout=self.stdout)
            else:
                self._first_administrator()
        if User.objects.filter(email=f"admin@{cast.MAIL_DOMAIN}").exists():
            self._signs_in()

    def _first_administrator(self) -> None:
        password = secrets.token_urlsafe(12)
        User.objects.create_user(
            "admin@localhost.example",
            password,
            name="Administrator",
            roles=[Role.ADMINISTRATOR, Role.MANAGER],
        )
        self.stdout.write(f"Sign in as admin@localhost.example with {password} and change both at once.")

    def _signs_in(self) -> None:
        self.stdout.write(f"\nSign in, password {cast.PASSWORD} for all:")
        for person in cast.PEOPLE:
            roles = ", ".join(str(Role(role).label) for role in person.roles)
            address = f"{person.mailbox}@{cast.MAIL_DOMAIN}"
            self.stdout.write(f"  {roles:<18} {address:<24} {person.name}")
