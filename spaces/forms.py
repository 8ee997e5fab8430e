"""Untrusted input of Spaces becomes clean values here."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .models import TITLE_LENGTH, Space, Topic


class OneLineField(forms.CharField):
    """Folds what was pasted into one line, and measures that."""

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class StartSpaceForm(forms.Form):
    title = OneLineField(
        label=_("What is it about?"),
        max_length=TITLE_LENGTH,
        help_text=_("A question or a promise draws more people than a name."),
        error_messages={"required": _("Give the Space a title, so that people know why to come.")},
    )
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
