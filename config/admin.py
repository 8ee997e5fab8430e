"""The one form in which an operator says who runs this place."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import brand, images, logo
from . import instance as instances
from .models import Instance


class InstanceForm(forms.ModelForm):
    logo_upload = forms.FileField(
        label=_("New logo"),
        required=False,
        help_text=_("PNG, WebP or JPEG; drawn 32 pixels high, by day and by night."),
    )
    remove_logo = forms.BooleanField(label=_("Back to the mark of Rostrum"), required=False)

    def clean_accent(self) -> str:
        accent: str = self.cleaned_data["accent"].lower()
        # What is no colour at all is the model's to refuse, which comes later.
        if not re.fullmatch(brand.COLOUR, accent):
            return accent
        try:
            brand.derive(accent)
        except brand.NoReadableShade as error:
            raise ValidationError(
                _("No shade of this colour can be read on these pages.")
            ) from error
        return accent

    def clean_logo_upload(self) -> Any:
        upload = self.cleaned_data["logo_upload"]
        if not upload:
            return None
        return images.reencode(
            upload, max_bytes=logo.MAX_BYTES, max_pixels=logo.MAX_PIXELS, formats=logo.FORMATS
        )


@admin.register(Instance)
class InstanceAdmin(admin.ModelAdmin):
    form = InstanceForm
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "motto",
                    "shown_logo",
                    "logo_upload",
                    "remove_logo",
                    "accent",
                    "derived_colours",
                )
            },
        ),
        (_("On what terms"), {"fields": ("contact", "minimum_age", "terms", "privacy")}),
    )
    readonly_fields = ("shown_logo", "derived_colours")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Instance | None = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:config_instance_change", 1)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Instance | None:
        return instances.stored() if object_id == "1" else None

    def save_model(
        self, request: HttpRequest, obj: Instance, form: InstanceForm, change: bool
    ) -> None:
        picture = form.cleaned_data["logo_upload"]
        if picture or form.cleaned_data["remove_logo"]:
            instances.save_logo(obj, picture)
        else:
            instances.save(obj)

    @admin.display(description=_("logo"))
    def shown_logo(self, obj: Instance) -> str:
        if not obj.logo:
            return gettext("The mark of Rostrum")
        width, height = obj.logo_size
        return format_html(
            '<img src="{}" width="{}" height="{}" alt="">', obj.logo_url, width, height
        )

    @admin.display(description=_("derived colours"))
    def derived_colours(self, obj: Instance) -> str:
        """By day and by night: action, the words on it, its tint."""
        if not obj.accent:
            return gettext("Those of Rostrum")
        return format_html_join(
            "",
            '<p><svg width="96" height="24" role="img" aria-label="{0}: {1}, {2}">'
            '<rect width="48" height="24" fill="{1}" stroke="#6b8084"/>'
            '<rect x="48" width="48" height="24" fill="{2}" stroke="#6b8084"/></svg>'
            " --{0}: {1} · {2}</p>",
            ((name, *shades) for name, shades in brand.derive(obj.accent).items()),
        )
