"""What every template may know of the instance."""

from allauth.socialaccount.models import SocialApp
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
        "is_for_search": is_for_search(request),
        # Asked for on settings pages only: a template calls it where it stands.
        "has_openid": SocialApp.objects.exists,
    }


def is_for_search(request: HttpRequest) -> bool:
    """Search engines may list what everybody sees, and not the doors to an account."""
    match = request.resolver_match
    if match is None:
        return False
    is_public = not getattr(match.func, "login_required", True)
    return is_public and not match.route.startswith("account/")
