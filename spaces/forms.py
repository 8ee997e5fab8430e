"""Untrusted input of Spaces becomes clean values here."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from config import reader
from config.forms import OneLineField

from . import wall_clock
from .models import TITLE_LENGTH, Space, Topic

# As <input type="datetime-local"> writes it.
WALL_FORMAT = "%Y-%m-%dT%H:%M"


class WallTimeField(forms.Field):
    """A day and a time by somebody's clock; whose, the form knows."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WALL_FORMAT)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            wall = parse_datetime(str(value))
        except ValueError:
            wall = None
        if wall is None or wall.tzinfo is not None:
            raise forms.ValidationError(
                gettext("Give a day and a time, like %(example)s."),
                params={"example": "2026-11-24 19:00"},
            )
        return wall


class StartSpaceForm(forms.Form):
    class When(TextChoices):
        NOW = "now", _("Now")
        LATER = "later", _("Later")

    title = OneLineField(
        label=_("What is it about?"),
        max_length=TITLE_LENGTH,
        help_text=_("A question or a promise draws more people than a name."),
        error_messages={"required": _("Give the Space a title, so that people know why to come.")},
    )
    when = forms.ChoiceField(
        label=_("When"),
        choices=When.choices,
        initial=When.NOW,
        required=False,
        widget=forms.RadioSelect,
    )
    scheduled_for = WallTimeField(label=_("Day and time"), required=False)
    # Whose clock it is: what the page said when it was typed, whatever the cookie says by now.
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput)
    topics = forms.ModelMultipleChoiceField(
        label=_("Topics"),
        queryset=Topic.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    who_may_speak = forms.ChoiceField(
        label=_("Who may speak"),
        choices=Space.WhoMaySpeak.choices,
        initial=Space.WhoMaySpeak.INVITED,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not its name: that of a fixed distance from UTC names no zone.
        here = ZoneInfo(str(timezone.get_current_timezone()))
        typed = self.data.get("time_zone", "") if self.is_bound else ""
        self.zone = reader.zone(typed) or here
        self.initial["time_zone"] = self.zone.key
        field = self.fields["scheduled_for"]
        field.help_text = gettext("By your clock, %(zone)s.") % {
            "zone": self.zone.key.replace("_", " ")
        }
        earliest, latest = now, now + timedelta(days=settings.SCHEDULE_DAYS_AHEAD)
        for bound, moment in (("min", earliest), ("max", latest)):
            field.widget.attrs[bound] = moment.astimezone(self.zone).strftime(WALL_FORMAT)

    def clean(self) -> dict[str, Any]:
        """`scheduled_for` becomes a moment, None for a Space that starts now."""
        cleaned = super().clean() or {}
        is_later = cleaned.pop("when", None) == self.When.LATER
        cleaned.pop("time_zone", None)
        wall = cleaned.pop("scheduled_for", None)
        cleaned["scheduled_for"] = None
        if not is_later:
            # A Space that starts now has no time to be wrong.
            self.errors.pop("scheduled_for", None)
        elif "scheduled_for" not in self.errors:
            cleaned["scheduled_for"] = self._moment(wall)
        return cleaned

    def _moment(self, wall: datetime | None) -> datetime | None:
        found = [] if wall is None else wall_clock.moments(wall, self.zone)
        if len(found) == 1:
            return found[0]
        if wall is None:
            sentence = gettext("Say when it starts.")
        elif found:
            sentence = gettext(
                "The clocks go back that day, and this time comes twice. Choose another."
            )
        else:
            sentence = gettext("The clocks go forward that day and skip this time. Choose another.")
        self.add_error("scheduled_for", sentence)
        return None

    def clean_topics(self) -> list[Topic]:
        topics = list(self.cleaned_data["topics"])
        if len(topics) > settings.MAX_TOPICS:
            raise forms.ValidationError(
                ngettext(
                    "Choose at most %(count)s topic.",
                    "Choose at most %(count)s topics.",
                    settings.MAX_TOPICS,
                ),
                params={"count": settings.MAX_TOPICS},
            )
        return topics
