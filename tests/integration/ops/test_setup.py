"""The first admin, from a terminal or without one."""

import io
import sys

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from accounts.models import User

PASSWORD = "harbour light 17"
pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def setup(monkeypatch):
    """Run it without a terminal, the password on standard input; gives what it said."""

    def run(*options, password=PASSWORD):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        said = io.StringIO()
        call_command("setup", *options, "--password-stdin", stdout=said)
        return said.getvalue()

    return run


def test_admin_is_made_and_told_what_is_next(setup):
    said = setup("--handle=Greta", "--email=Greta@rostrum.example")

    greta = User.objects.get(handle="Greta")
    assert (greta.is_staff, greta.is_superuser, greta.check_password(PASSWORD)) == (True,) * 3
    assert "/admin/config/instance/1/change/" in said


def test_address_of_the_admin_is_verified(setup):
    setup("--handle=greta", "--email=Greta@rostrum.example")

    assert EmailAddress.objects.filter(
        email="greta@rostrum.example", verified=True, primary=True
    ).exists()


def test_answers_may_come_from_the_environment(setup, monkeypatch):
    monkeypatch.setenv("SETUP_HANDLE", "greta")
    monkeypatch.setenv("SETUP_EMAIL", "greta@rostrum.example")

    setup()

    assert User.objects.filter(handle="greta").exists()


def test_answers_are_asked_for_at_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal())
    answers = iter(["greta", "greta@rostrum.example", PASSWORD, PASSWORD])
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    monkeypatch.setattr("getpass.getpass", lambda question: next(answers))

    call_command("setup", stdout=io.StringIO())

    assert User.objects.get(handle="greta").check_password(PASSWORD)


def test_password_typed_wrongly_the_second_time_changes_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal())
    answers = iter([PASSWORD, f"{PASSWORD}!"])
    monkeypatch.setattr("getpass.getpass", lambda question: next(answers))

    with pytest.raises(CommandError, match="two different passwords"):
        call_command("setup", "--handle=greta", "--email=greta@rostrum.example")

    assert not User.objects.exists()


def test_second_run_changes_nothing(setup):
    setup("--handle=greta", "--email=greta@rostrum.example")

    said = setup("--handle=GRETA", "--email=other@rostrum.example", password="another one 18")

    assert said == "@greta is an admin already: nothing was changed.\n"
    assert User.objects.get().check_password(PASSWORD)


def test_account_of_somebody_else_is_left_alone(setup, lena):
    with pytest.raises(CommandError, match="is no admin: nothing was changed"):
        setup("--handle=lena", "--email=greta@rostrum.example")

    assert not User.objects.filter(is_staff=True).exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--email=greta@rostrum.example"], "Say it with --handle"),
        (["--handle=greta"], "Say it with --email"),
        (["--handle=g", "--email=greta@rostrum.example"], "at least 3 characters"),
        (["--handle=greta", "--email=greta"], "valid email address"),
        (["--handle=greta", "--email=lena@example.com"], "already has the address"),
    ],
)
def test_wrong_answer_is_said_in_a_sentence(setup, lena, options, sentence):
    EmailAddress.objects.create(user=lena, email="lena@example.com")

    with pytest.raises(CommandError, match=sentence):
        setup(*options)


def test_weak_password_is_refused(setup):
    with pytest.raises(CommandError, match="too common"):
        setup("--handle=greta", "--email=greta@rostrum.example", password="password")


def test_database_that_does_not_answer_is_said_in_a_sentence(setup, settings):
    settings.DATABASE_URL = "postgres://127.0.0.1:1/none"

    with pytest.raises(CommandError, match="The database does not answer: see DATABASE_URL"):
        setup("--handle=greta", "--email=greta@rostrum.example")
