"""A new instance's first hour: its tables, and the person who runs it."""

import getpass
import sys
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from accounts import handles
from accounts.models import User
from config import embedded, env
from config.embedded import readiness


class Command(BaseCommand):
    help = "Makes the first admin, after the tables where they are missing."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--handle", help="Asked for, or SETUP_HANDLE, when left out.")
        parser.add_argument("--email", help="Asked for, or SETUP_EMAIL, when left out.")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="Read the password from standard input instead of asking for it.",
        )

    def handle(
        self, *, handle: str | None, email: str | None, password_stdin: bool, **options: Any
    ) -> None:
        self._reach_database()
        call_command("migrate", interactive=False, verbosity=0)
        handle = self._answer("Handle", handle or env.text("SETUP_HANDLE", ""), "--handle")
        if self._is_there(handle):
            return
        email = self._answer("E-mail", email or env.text("SETUP_EMAIL", ""), "--email").lower()
        admin = User(handle=handle, email=email, is_staff=True, is_superuser=True)
        _check(handles.check, handle)
        _check(validate_email, email)
        if EmailAddress.objects.filter(email__iexact=email).exists():
            raise CommandError(f"Somebody already has the address {email}.")
        admin.set_password(self._password(admin, from_stdin=password_stdin))
        with transaction.atomic():
            admin.save()
            EmailAddress.objects.create(user=admin, email=email, verified=True, primary=True)
        self._say_next_steps(admin)

    def _reach_database(self) -> None:
        try:
            # Not by the pool of the settings, which tries for ten seconds.
            readiness.ping_database(settings.DATABASE_URL)
        except embedded.Unavailable as error:
            hint = (
                "start script/server in another terminal and leave it running"
                if settings.DEMO
                else "see DATABASE_URL"
            )
            raise CommandError(f"The database does not answer: {hint}.") from error

    def _is_there(self, handle: str) -> bool:
        found = User.objects.by_handle(handle).first()
        if found is None:
            return False
        if not found.is_superuser:
            raise CommandError(
                f"{found} is there already and is no admin: nothing was changed. "
                "Choose another handle, or let an admin give the rights."
            )
        self.stdout.write(f"{found} is an admin already: nothing was changed.")
        return True

    def _answer(self, question: str, given: str, option: str) -> str:
        if not given and sys.stdin.isatty():
            given = input(f"{question}: ")
        if not given.strip():
            raise CommandError(f"Say it with {option}, or type it at a terminal.")
        return given.strip()

    def _password(self, admin: User, *, from_stdin: bool) -> str:
        if from_stdin:
            password = sys.stdin.readline().rstrip("\n")
        elif sys.stdin.isatty():
            password = getpass.getpass("Password: ")
            if getpass.getpass("Once more: ") != password:
                raise CommandError("These were two different passwords: nothing was changed.")
        else:
            raise CommandError("Give the password with --password-stdin: there is no terminal.")
        _check(lambda value: validate_password(value, admin), password)
        return password

    def _say_next_steps(self, admin: User) -> None:
        self.stdout.write(
            f"{admin} is the admin of {settings.INSTANCE_NAME}. Next, in a browser:\n"
            f"1. Sign in: {reverse('account_login')}\n"
            f"2. Set up a second step, which the admin asks for: {reverse('mfa_index')}\n"
            f"3. Say who runs this place, and on what terms: "
            f"{reverse('admin:config_instance_change', args=[1])}"
        )


def _check(validate: Any, value: str) -> None:
    try:
        validate(value)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
