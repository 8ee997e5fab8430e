"""Making an account: what a newcomer fills in and agrees to, by either door."""

from typing import Any

from allauth.account.forms import SignupForm
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import instance
from config.models import Instance

from .door_forms import EMAIL, PASSWORD_HINT, Worded
from .models import User


def agreement(current: Instance) -> SafeString | None:
    """What a newcomer agrees to, as far as the operator has said it; None where nothing is."""
    links = {"terms": reverse("terms"), "privacy": reverse("privacy"), "age": current.minimum_age}
    has_age, has_terms, has_privacy = (
        bool(current.minimum_age),
        bool(current.terms),
        bool(current.privacy),
    )
    # Whole sentences, one for each case: translators cannot put together what is cut in pieces.
    sentences = {
        (True, True, True): _(
            'I am at least {age} and agree to the <a href="{terms}">terms</a>'
            ' and the <a href="{privacy}">privacy policy</a>.'
        ),
        (True, True, False): _('I am at least {age} and agree to the <a href="{terms}">terms</a>.'),
        (True, False, True): _(
            'I am at least {age} and have read the <a href="{privacy}">privacy policy</a>.'
        ),
        (True, False, False): _("I am at least {age} years old."),
        (False, True, True): _(
            'I agree to the <a href="{terms}">terms</a>'
            ' and the <a href="{privacy}">privacy policy</a>.'
        ),
        (False, True, False): _('I agree to the <a href="{terms}">terms</a>.'),
        (False, False, True): _('I have read the <a href="{privacy}">privacy policy</a>.'),
    }
    sentence = sentences.get((has_age, has_terms, has_privacy))
    return format_html(sentence, **links) if sentence else None


class Newcomer(Worded):
    labels = {
        "email": EMAIL,
        "username": gettext_lazy("Handle"),
        "password1": gettext_lazy("Password"),
    }
    hints = {
        "username": gettext_lazy(
            "Your address here, after the @. 3 to 30 letters, digits and underscores."
        ),
        "password1": PASSWORD_HINT,
    }
    field_order = ["email", "username", "password1", "agreement"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        self.instance = instance.current()
        label = agreement(self.instance)
        if label is not None:
            self.fields["agreement"] = forms.BooleanField(
                label=label,
                error_messages={"required": _("An account needs this.")},
            )

    def record_agreement(self, user: User) -> None:
        """On the row that is about to be made. Said by this form, in its words of that moment."""
        if "agreement" not in self.fields:
            return
        if self.instance.minimum_age:
            user.confirmed_age = self.instance.minimum_age
        if self.instance.terms or self.instance.privacy:
            user.terms_accepted_at = timezone.now()


class SignUpForm(Newcomer, SignupForm):
    """By e-mail and password."""


class OpenIDSignUpForm(Newcomer, SocialSignupForm):
    """Who comes from a provider for the first time."""
