"""allauth's forms in our words: what they check and do is theirs."""

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Words = dict[str, "str | _StrPromise"]

EMAIL = _("E-mail")
NEW_PASSWORD: Words = {"password1": _("New password"), "password2": _("New password, once more")}
PASSWORD_HINT = _("At least 8 characters. A few words in a row are easy to keep and hard to guess.")


class Worded(forms.Form):
    """Labels and hints of ours in the place of allauth's, and no placeholders that repeat them."""

    labels: ClassVar[Words] = {}
    hints: ClassVar[Words] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in self.labels:
                field.label = self.labels[name]
            field.help_text = self.hints.get(name, "")
            field.widget.attrs.pop("placeholder", None)


class AddEmailForm(Worded, account_forms.AddEmailForm):
    labels = {"email": _("New address")}


class ChangePasswordForm(Worded, account_forms.ChangePasswordForm):
    labels = {"oldpassword": _("Current password"), **NEW_PASSWORD}
    hints = {"password1": PASSWORD_HINT}


class SetPasswordForm(Worded, account_forms.SetPasswordForm):
    labels = NEW_PASSWORD
    hints = {"password1": PASSWORD_HINT}


class ResetPasswordForm(Worded, account_forms.ResetPasswordForm):
    labels = {"email": EMAIL}


class ResetPasswordKeyForm(Worded, account_forms.ResetPasswordKeyForm):
    labels = NEW_PASSWORD
    hints = {"password1": PASSWORD_HINT}


class ReauthenticateForm(Worded, account_forms.ReauthenticateForm):
    labels = {"password": _("Password")}


class AuthenticateForm(Worded, mfa_forms.AuthenticateForm):
    labels = {"code": _("Code")}
    hints = {"code": _("From your authenticator app, or one of your recovery codes.")}


class ReauthenticateByCodeForm(Worded, mfa_forms.ReauthenticateForm):
    labels = AuthenticateForm.labels
    hints = AuthenticateForm.hints


class ActivateTOTPForm(Worded, totp_forms.ActivateTOTPForm):
    labels = {"code": _("Code that the app shows")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


# What allauth's parser lets through of what is no credential.
UNREADABLE = (KeyError, TypeError, ValueError)
NO_PASSKEY = _("No account here knows this passkey. Sign in another way.")


class UsePasskeyForm(webauthn_forms.AuthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except UNREADABLE as error:
            raise forms.ValidationError(NO_PASSKEY) from error
        except forms.ValidationError as error:
            if error.code != "incorrect_code":
                raise
            raise forms.ValidationError(NO_PASSKEY) from error


class LoginByPasskeyForm(UsePasskeyForm, webauthn_forms.LoginWebAuthnForm):
    pass


class ReauthenticateByPasskeyForm(UsePasskeyForm, webauthn_forms.ReauthenticateWebAuthnForm):
    pass


class AddPasskeyForm(Worded, webauthn_forms.AddWebAuthnForm):
    labels = {"name": _("Name"), "passwordless": _("Sign in with it alone, without a password")}
    hints = {
        "name": _("So that you can tell it from others: “My phone”."),
        "passwordless": _("Your device then asks for your finger, your face or its PIN."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["maxlength"] = 50
        self.fields["passwordless"].initial = True

    def clean(self) -> dict[str, Any] | None:
        try:
            return super().clean()
        except UNREADABLE as error:
            raise forms.ValidationError(_("Your device sent no passkey. Try again.")) from error


class RenamePasskeyForm(Worded, webauthn_forms.EditWebAuthnForm):
    labels = {"name": _("Name")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["maxlength"] = 50
