"""allauth's hooks into our rules and our words."""

import re
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import instance
from config.errors import Conflict

from . import handles
from .models import User
from .seen import SEEN_AT

_TOO_MANY = gettext_lazy("Too many tries. The next one is possible in 5 minutes.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": gettext_lazy("This account has been closed."),
        "cannot_remove_primary_email": gettext_lazy(
            "Letters go to this address. Choose another for that first."
        ),
        "duplicate_email": gettext_lazy("This address is yours already."),
        "email_password_mismatch": gettext_lazy("That password does not go with this address."),
        "email_taken": gettext_lazy("There is an account with this address already."),
        "enter_current_password": gettext_lazy("That is not your current password."),
        "incorrect_code": gettext_lazy("That code is not right. Take the one shown now."),
        "incorrect_password": gettext_lazy("That is not your password."),
        "invalid_password_reset": gettext_lazy("This link has been used or is too old."),
        "max_email_addresses": gettext_lazy(
            "%d addresses are as many as an account has. Remove one first."
        ),
        "rate_limited": _TOO_MANY,
        "too_many_login_attempts": _TOO_MANY,
        "unverified_primary_email": gettext_lazy("Confirm this address first."),
        "username_password_mismatch": gettext_lazy("That password does not go with this handle."),
    }

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        error = super().validation_error(code, *args)
        if code in {"username_password_mismatch", "email_password_mismatch"}:
            left = self._tries_left()
            error.message = f"{error.message} " + (
                ngettext(
                    "%(left)s try left before a pause of 5 minutes.",
                    "%(left)s tries left before a pause of 5 minutes.",
                    left,
                )
                % {"left": left}
                if left
                else _("The next try is possible in 5 minutes.")
            )
        return error

    def _tries_left(self) -> int:
        """Of the handle and of the browser's address, whichever are fewer."""
        rates = ratelimit.get_rates(app="allauth.account", action="login_failed")
        used = self._login_failed_rl_usage.usage
        return min(
            rate.amount - len(cache.get(usage.cache_key, []))
            for rate, usage in zip(rates, used, strict=True)
        )

    def clean_username(self, username: str, shallow: bool = False) -> str:
        handles.check(username)
        return username

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """Without the first address nobody could be sent a new password."""
        return not email_address.primary

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Two people may take one handle in the same moment: the form of both has found it free."""
        form.record_agreement(user)
        try:
            with transaction.atomic():
                return super().save_user(request, user, form, commit)
        except IntegrityError as error:
            raise Conflict(_("Somebody has just taken this handle. Choose another.")) from error

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        request.session[SEEN_AT] = int(time.time())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        named = context | {"instance_name": instance.current().name}
        super().send_mail(template_prefix, email, named)


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "unverified_email": gettext_lazy(
            "Confirm your e-mail address first: without it a lost device would lock you out."
        ),
    }

    def _get_site_name(self) -> str:
        """What apps and devices file the secret under."""
        return instance.current().name

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey %(number)s") % {"number": number}


class OpenIDAdapter(DefaultSocialAccountAdapter):
    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": gettext_lazy(
            "It is the only way into your account. Set a password first, then disconnect it."
        ),
        "no_verified_email": gettext_lazy(
            "It is the only way into your account. Confirm an e-mail address first."
        ),
    }

    def validate_disconnect(
        self, account: SocialAccount, accounts: QuerySet[SocialAccount]
    ) -> None:
        """An operator may have taken the provider away: allauth wants its name for the letter."""
        try:
            account.get_provider()
        except SocialApp.DoesNotExist as error:
            raise ValidationError(
                _("This provider is no longer known here, so it signs nobody in.")
            ) from error

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Who owns a known address is told to sign in to that account, and never let into it.

        An address is worth what the provider says it is: some say it in letters.
        """
        for address in sociallogin.email_addresses:
            address.verified = str(address.verified).lower() == "true"
        if sociallogin.is_existing or request.user.is_authenticated:
            return
        vouched = [address.email for address in sociallogin.email_addresses if address.verified]
        known = [email for email in vouched if filter_users_by_email(email)]
        if known:
            context = {"provider": sociallogin.provider, "email": known[0]}
            page = render(request, "socialaccount/address_known.html", context, status=409)
            raise ImmediateHttpResponse(page)

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.name = str(data.get("name") or "").strip()[:50]
        user.handle = re.sub(r"[^A-Za-z0-9_]+", "_", user.handle)[:30]
        return user
