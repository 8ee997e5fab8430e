"""An authenticator app and a letter box, as a person with an account has them."""

import re
import time
from urllib.parse import urlsplit

from allauth.mfa.totp.internal import auth
from django.core import mail

from accounts.models import User


def code_of(secret: str) -> str:
    """What the app shows now."""
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))


def give_app(user: User) -> str:
    """The secret of an authenticator app that is set up."""
    secret = auth.generate_totp_secret()
    auth.TOTP.activate(user, secret)
    return secret


def path_in_last_letter(part: str) -> str:
    """Of the link with this part, as it stands in the mail that was sent last."""
    return urlsplit(re.search(rf"https?://\S+/{part}/\S+", mail.outbox[-1].body)[0]).path
