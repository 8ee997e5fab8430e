"""Untrusted input about people becomes clean values here."""

import unicodedata
from functools import cache
from itertools import product
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config import reader
from config.forms import OneLineField

from .models import User
from .models.notifications import Channel, Subject
from .notifications import push

CONTINENTS = {
    *("Africa", "America", "Antarctica", "Arctic", "Asia"),
    *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
}
_NO_BROWSER = _("That is no browser that takes messages.")
AS_THE_BROWSER_SAYS = ("", _("As the browser says"))


def _clock() -> forms.TimeInput:
    """As browsers take it: without seconds, whatever the language."""
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class LinesField(forms.CharField):
    """Browsers send two signs for the end of a line, but count one."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class ProfileForm(forms.Form):
    name = OneLineField(
        label=_("Name"),
        max_length=50,
        required=False,
        help_text=_("As people know you. Without one, your handle is shown."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    bio = LinesField(
        label=_("About you"),
        max_length=280,
        required=False,
        help_text=_("Addresses and @handles become links."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    # Whether it can be theirs is for the action to say.
    handle = forms.CharField(
        label=_("Handle"),
        help_text=_(
            "Your address here. When you change it, the old one leads to the new one for 30 days,"
            " and nobody else can take it until then. Once a day at most."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        # Joiners and marks of direction are part of some names, but none by themselves.
        if name and not any(unicodedata.category(sign)[0] in "LNPS" for sign in name):
            raise forms.ValidationError(_("Nothing of this name can be seen. Write another."))
        return name


class PictureForm(forms.Form):
    # Whether it is one is for accounts.pictures to say, by what is in it.
    picture = forms.FileField(
        label=_("New picture"),
        help_text=_(
            "JPEG, PNG, WebP, AVIF or GIF, up to 8 MB. The middle of it is shown in a circle, and"
            " what else the file tells, such as where it was taken, is thrown away."
        ),
        error_messages={"required": _("Choose a picture first.")},
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )


class ReadingForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[AS_THE_BROWSER_SAYS, *settings.LANGUAGES],
        required=False,
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=50,
        required=False,
        help_text=_("Type a city, such as Berlin. Left empty, it is the one of your browser."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
    )
    theme = forms.ChoiceField(
        label=_("Theme"), choices=User.Theme.choices, required=False, widget=forms.RadioSelect
    )
    push_to_talk = forms.BooleanField(
        label=_("Hold the space bar to speak"),
        required=False,
        help_text=_("On stage, your microphone is open for as long as you hold it."),
    )
    listens_unnamed = forms.BooleanField(
        label=_("Listen without being named"),
        required=False,
        help_text=_(
            "In Spaces that you come into from now on you are counted, and nobody is told who you"
            " are, unless the host wants listeners named. Asking to speak names you. To comment,"
            " you show your name first."
        ),
    )

    def clean_time_zone(self) -> str:
        """The full name, however it is written, or its city alone."""
        typed = "_".join(self.cleaned_data["time_zone"].split()).lower()
        if not typed:
            return ""
        for name in time_zones():
            if typed in {name.lower(), name.rpartition("/")[2].lower()}:
                return name
        raise forms.ValidationError(
            _("No time zone has this name. Choose one from the list, or a big city near you.")
        )


class NotificationsForm(forms.Form):
    """A switch for each channel and subject, and the quiet hours."""

    has_quiet_hours = forms.BooleanField(
        label=_("Quiet hours"),
        required=False,
        help_text=_("Held back until they are over. Reminders you set yourself still come."),
    )
    quiet_from = forms.TimeField(label=_("From"), widget=_clock())
    quiet_until = forms.TimeField(label=_("Until"), widget=_clock())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for channel, subject in product(Channel, Subject):
            self.fields[f"{channel}_{subject}"] = forms.BooleanField(
                label=f"{subject.label}: {channel.label}", required=False
            )

    @property
    def rows(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        """Each subject with its switches, in the order of the channels."""
        return [
            (subject.label, [self[f"{channel}_{subject}"] for channel in Channel])
            for subject in Subject
        ]

    @property
    def choices(self) -> dict[Channel, list[Subject]]:
        return {
            channel: [subject for subject in Subject if self.cleaned_data[f"{channel}_{subject}"]]
            for channel in Channel
        }


class PushForm(forms.Form):
    """What a browser's PushSubscription says of itself."""

    endpoint = forms.CharField(max_length=1000)
    p256dh = forms.CharField(max_length=120)
    auth = forms.CharField(max_length=60)

    def clean_endpoint(self) -> str:
        endpoint: str = self.cleaned_data["endpoint"]
        try:
            push.check_endpoint(endpoint)
        except ValueError as error:
            raise forms.ValidationError(_NO_BROWSER) from error
        return endpoint

    def clean_p256dh(self) -> str:
        key: str = self.cleaned_data["p256dh"]
        try:
            push.check_public_key(key)
        except ValueError as error:
            raise forms.ValidationError(_NO_BROWSER) from error
        return key

    def clean_auth(self) -> str:
        secret: str = self.cleaned_data["auth"]
        try:
            push.check_secret(secret)
        except ValueError as error:
            raise forms.ValidationError(_NO_BROWSER) from error
        return secret


@cache
def time_zones() -> list[str]:
    """What is offered: places, without the old names and the bare offsets."""
    return sorted(
        name
        for name in reader.zone_names()
        if name == "UTC" or ("/" in name and name.partition("/")[0] in CONTINENTS)
    )
