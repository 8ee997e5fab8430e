"""The mailbox: demo mode's alone."""

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(settings, tmp_path):
    """What Django's file backend leaves; gives the name of the file."""
    settings.MAILBOX_DIR = tmp_path
    body = "Go to http://localhost:8000/account/confirm-email/MQ:key/ please."
    message = EmailMessage("Confirm Grüße", body, "us@example.org", ["nora@example.org"])
    EmailBackend(file_path=str(tmp_path)).send_messages([message])
    return next(tmp_path.iterdir()).name


@pytest.fixture
def demo(settings):
    settings.DEMO = True


def test_demo_lists_letters(client, demo, letter):
    content = client.get("/mailbox/").content.decode()

    assert "Confirm Grüße" in content
    assert f"/mailbox/{letter}/" in content


def test_letters_link_can_be_followed(client, demo, letter):
    content = client.get(f"/mailbox/{letter}/").content.decode()

    assert 'href="http://localhost:8000/account/confirm-email/MQ:key/"' in content


def test_empty_mailbox_says_what_brings_a_letter(client, demo, settings, tmp_path):
    settings.MAILBOX_DIR = tmp_path / "missing"

    assert "No letters yet" in client.get("/mailbox/").content.decode()


@pytest.mark.parametrize("name", ["nothing.log", "..%2F..%2Fsecret.log", ".log", "20240101.txt"])
def test_unknown_letter_is_not_found(client, demo, letter, name):
    assert client.get(f"/mailbox/{name}/").status_code == 404


def test_real_instance_has_no_mailbox(client, letter):
    assert client.get("/mailbox/").status_code == 404
    assert client.get(f"/mailbox/{letter}/").status_code == 404
