"""How every form of the site is drawn, and what fields several of them have."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    form_template_name = "components/_form.html"
    field_template_name = "components/_field.html"


class OneLineField(forms.CharField):
    """Folds what was pasted into one line, and measures that."""

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())
