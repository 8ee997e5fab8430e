"""What an operator says of the instance itself, in the admin."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator, URLValidator, validate_email
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from . import brand, logo


def validate_contact(value: str) -> None:
    try:
        URLValidator(schemes=["https", "http"])(value) if "://" in value else validate_email(value)
    except ValidationError as error:
        raise ValidationError(
            _("Write an e-mail address, or the address of a page with https://.")
        ) from error


class Instance(models.Model):
    """One row: who runs this place and on what terms. Read it through `config.instance`."""

    name = models.CharField(
        _("name"), max_length=40, blank=True, help_text=_("On every page and in every mail.")
    )
    motto = models.CharField(
        _("motto"), max_length=120, blank=True, help_text=_("The sentence on the sign-in page.")
    )
    # Name of the picture's file, with its size, so that pages keep its place free.
    logo = models.CharField(_("logo"), max_length=64, blank=True, editable=False)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        validators=[RegexValidator(rf"\A{brand.COLOUR}\Z", _("Write it like #0a5463."))],
        help_text=_(
            "Like #0a5463. Buttons and links take its hue; it is made lighter or darker where "
            "words would be hard to read."
        ),
    )
    contact = models.CharField(
        _("contact"),
        max_length=200,
        blank=True,
        validators=[validate_contact],
        help_text=_("Where people write to you: an e-mail address or the address of a page."),
    )
    terms = models.TextField(
        _("terms of use"),
        blank=True,
        help_text=_(
            "Whoever signs up agrees to them. A blank line parts paragraphs, # begins a heading."
        ),
    )
    privacy = models.TextField(
        _("privacy policy"), blank=True, help_text=_("Written in the same way.")
    )
    minimum_age = models.PositiveSmallIntegerField(
        _("minimum age"),
        default=16,
        validators=[MaxValueValidator(99)],
        help_text=_("In years, confirmed at sign-up; 0 asks nobody."),
    )

    class Meta:
        verbose_name = _("instance")
        verbose_name_plural = _("instance")
        constraints = [
            models.CheckConstraint(name="config_instance_one_row", condition=models.Q(pk=1)),
            models.CheckConstraint(
                name="config_instance_accent_is_a_colour",
                condition=models.Q(accent="") | models.Q(accent__regex=f"^{brand.COLOUR}$"),
                violation_error_message=_("Write it like #0a5463."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def logo_size(self) -> tuple[int, int]:
        return logo.size(self.logo)

    @property
    def logo_url(self) -> str:
        return reverse("instance-logo", args=[self.logo])

    @property
    def brand_url(self) -> str:
        """The stylesheet of the accent; its address changes with what it says."""
        path = reverse("brand-css", args=[self.accent.lower().removeprefix("#")])
        return f"{path}?v={brand.version(self.accent)}"

    @property
    def contact_url(self) -> str:
        """Where the footer's link leads."""
        is_address = self.contact and "://" not in self.contact
        return f"mailto:{self.contact}" if is_address else self.contact
