"""Sentences that scripts of every page write: translated here, handed over as JSON in the page."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SITE_TEXTS: dict[str, "str | Promise"] = {
    "failed": _("That did not work. Try again."),
    "offline": _("No connection. Nothing was changed."),
    "copied": _("The link is copied."),
}
