"""What an operator says of the instance itself, in the admin."""

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Instance(models.Model):
    """One row: who runs this place and on what terms. Read it through `config.instance`."""

    name = models.CharField(_("name"), max_length=40, blank=True)
    motto = models.CharField(_("sentence on the sign-in page"), max_length=120, blank=True)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("Write it like #0a5463."))],
    )
    logo = models.CharField(max_length=64, blank=True, editable=False)
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    terms = models.TextField(_("terms of use"), blank=True)
    privacy = models.TextField(_("privacy policy"), blank=True)
    minimum_age = models.PositiveSmallIntegerField(
        _("minimum age"), default=16, validators=[MaxValueValidator(99)]
    )

    class Meta:
        verbose_name = _("instance")
        verbose_name_plural = _("instance")
        constraints = [
            models.CheckConstraint(name="config_instance_one_row", condition=models.Q(pk=1)),
        ]

    def __str__(self) -> str:
        return self.name
