"""What people are told of people."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from ..models.notifications import Subject
from .kinds import Kind

FOLLOWED = Kind(
    name="followed",
    subject=Subject.FOLLOWERS,
    sentence=_("%(person)s follows you"),
    sentence_of_many=ngettext_lazy(
        "%(person)s and %(others)d other follow you",
        "%(person)s and %(others)d others follow you",
        "others",
    ),
    button=_("See your followers"),
    path=lambda notification: reverse("accounts:followers", args=[notification.recipient.handle]),
)

ALL = (FOLLOWED,)
