"""What every template may know of the instance."""

from django.conf import settings
from django.http import HttpRequest

from .texts import SITE_TEXTS


def instance(request: HttpRequest) -> dict[str, object]:
    return {
        "instance_name": settings.INSTANCE_NAME,
        "demo": settings.DEMO,
        "site_texts": SITE_TEXTS,
    }
