"""Notifications as letters, and the mail server that takes them."""

import smtplib
from datetime import datetime
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.message import sanitize_address
from django.template.loader import render_to_string
from django.urls import reverse, reverse_lazy
from django.utils import translation

from config import brand, instance

from ..models import Delivery, User
from ..models.notifications import Subject
from .outlets import Away, NotSent, Unclear
from .telling import Told, as_read_by, one_line, tell

PREFERENCES_PATH = reverse_lazy("accounts:settings-notifications")
_SIGNER_SALT = "accounts.notifications.mail.stop"
_TEMPLATE = "accounts/email/notification"


# --- The letter ---


def letter(delivery: Delivery) -> EmailMultiAlternatives:
    """As it is sent, in its reader's language and time zone."""
    notification = delivery.notification
    person = notification.recipient
    with as_read_by(person):
        told = tell(notification)
        context = _context(told, person)
        is_live = notification.space is not None and notification.space.is_live
        message = EmailMultiAlternatives(
            subject=one_line(render_to_string(f"{_TEMPLATE}_subject.txt", context)),
            body=render_to_string(f"{_TEMPLATE}_body.txt", context).strip() + "\n",
            from_email=sender(),
            to=[person.email],
            headers={
                "Message-ID": message_id(delivery),
                "Auto-Submitted": "auto-generated",
                "Content-Language": translation.get_language(),
                "List-Unsubscribe": f"<{context['stop_url']}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
        page = render_to_string(f"{_TEMPLATE}_body.html", context | {"is_live": is_live})
        message.attach_alternative(page.strip() + "\n", "text/html")
    return message


def _context(told: Told, person: User) -> dict[str, Any]:
    current = instance.current()
    tokens = brand.house() | (brand.derive(current.accent) if current.accent else {})
    day, night = (
        {name.replace("-", "_"): getattr(shades, theme) for name, shades in tokens.items()}
        for theme in ("day", "night")
    )
    return {
        "told": told,
        "person": person,
        "subject_label": told.kind.subject.label,
        "instance_name": current.name,
        "site_url": settings.SITE_URL,
        "preferences_url": f"{settings.SITE_URL}{PREFERENCES_PATH}",
        "stop_url": stop_url(person, told.kind.subject),
        "day": day,
        "night": night,
    }


def sender() -> str:
    """The instance, whatever its name is today, at the address that sends for it."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return formataddr((one_line(instance.current().name), address))


def message_id(delivery: Delivery) -> str:
    """The same for the same delivery, wherever and however often it is written."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<delivery-{delivery.pk}-{delivery.notification.public_id.hex}@{host}>"


# --- The way out of it, without signing in ---


def stop_url(person: User, subject: str) -> str:
    """Good for as long as the letter lies about; it switches one subject, and nothing else."""
    token = signing.Signer(salt=_SIGNER_SALT).sign(f"{person.public_id.hex}:{subject}")
    return f"{settings.SITE_URL}{reverse('accounts:mail-stop', args=[token])}"


def read_stop(token: str) -> tuple[User, Subject] | None:
    """Whose letters about what; none for what we have not signed."""
    try:
        person, _, subject = signing.Signer(salt=_SIGNER_SALT).unsign(token).partition(":")
        return User.objects.active().get(public_id=person), Subject(subject)
    except (signing.BadSignature, User.DoesNotExist, ValueError):
        return None


# --- The mail server ---


class MailOutlet:
    """One connection for a run of letters, one after the other."""

    at_once = 1

    def open(self) -> None:
        self.connection = get_connection()
        try:
            self.connection.open()
        except OSError as error:
            # smtplib's errors are some, too: who is refused at the door is not let in by waiting,
            # but the letters must not suffer for it.
            raise Away(f"{type(error).__name__}: {error}") from error

    def write(self, delivery: Delivery, *, now: datetime) -> EmailMultiAlternatives:
        return letter(delivery)

    def send(self, message: EmailMultiAlternatives) -> None:
        smtp = getattr(self.connection, "connection", None)
        if isinstance(smtp, smtplib.SMTP):
            _hand_over(smtp, message)
            return
        try:
            self.connection.send_messages([message])
        except OSError as error:
            raise NotSent(str(error), retryable=True, is_away=True) from error

    def close(self) -> None:
        self.connection.close()


def _hand_over(smtp: smtplib.SMTP, letter: EmailMultiAlternatives) -> None:
    """Step by step: until the letter itself is on its way, a lost connection loses nothing.

    After that nobody can say whether it was taken. Source: RFC 5321 §4.1.1.4.
    Raises: NotSent, Unclear
    """
    sender_address = _bare(letter.from_email)
    content = letter.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own
    try:
        smtp.ehlo_or_helo_if_needed()
        # What is refused here is us, so not for good: the next letter would fare no better.
        _expect(smtp.mail(sender_address), 250, retryable=True)
        for address in letter.recipients():
            _expect(smtp.rcpt(_bare(address)), 250, 251)
        _expect(smtp.docmd("data"), 354)
    except NotSent as error:
        _start_anew(smtp)
        raise error from None
    except OSError as error:
        raise NotSent(str(error), retryable=True, is_away=True) from error
    try:
        # As smtplib's data() does it: a line of a dot alone ends the letter.
        body = smtplib._quote_periods(content)  # type: ignore[attr-defined]
        smtp.send(body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        reply = smtp.getreply()
    except OSError as error:
        raise Unclear(f"{type(error).__name__}: {error}") from error
    _expect(reply, 250)


def _expect(reply: tuple[int, bytes], *codes: int, retryable: bool = False) -> None:
    code, words = reply
    if code in codes:
        return
    raise NotSent(
        f"{code} {words.decode('ascii', 'replace')}",
        retryable=retryable or not 500 <= code < 600,
        # "Service not available, closing": and whoever does not take us takes nobody's.
        is_away=code == 421 or retryable,
    )


def _start_anew(smtp: smtplib.SMTP) -> None:
    """The next letter finds it out, should the connection be lost."""
    try:
        smtp.rset()
    except OSError:
        smtp.close()


def _bare(address: str) -> str:
    return parseaddr(str(sanitize_address(address, "utf-8")))[1]
