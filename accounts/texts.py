"""Sentences that the scripts of people's pages write."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.texts import SITE_TEXTS

PROFILE_TEXTS: dict[str, "str | Promise"] = {
    **SITE_TEXTS,
    "copied": _("The link is copied."),
}
