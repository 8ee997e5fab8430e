"""What every template may know of the instance."""

from django.conf import settings
from django.http import HttpRequest

from . import instance as instances
from .texts import SITE_TEXTS


def instance(request: HttpRequest) -> dict[str, object]:
    current = instances.current()
    return {
        "instance": current,
        "instance_name": current.name,
        "demo": settings.DEMO,
        "site_texts": SITE_TEXTS,
    }
