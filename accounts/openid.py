"""Signing in by a provider: allauth's two views, with what it leaves out at their edges."""

import logging
from collections.abc import Callable

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.openid_connect import views
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods
from requests import RequestException

logger = logging.getLogger(__name__)

View = Callable[[HttpRequest, str], HttpResponse]


def _answer(request: HttpRequest, provider_id: str, view: View) -> HttpResponse:
    """allauth lets a provider's silence, or nonsense instead of its documents, through as a 500."""
    app = get_object_or_404(SocialApp, provider="openid_connect", provider_id=provider_id)
    try:
        return view(request, provider_id)
    except (RequestException, LookupError, TypeError, ValueError) as error:
        logger.warning("an OpenID provider gave no answer that makes sense", exc_info=True)
        provider = OpenIDConnectProvider(request, app)
        response: HttpResponse = render_authentication_error(request, provider, exception=error)
        response.status_code = 502
        return response


@login_not_required
@require_http_methods(["GET", "POST"])
def openid_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider, by a page of ours in between.

    A form's redirect is part of the form for `form-action 'self'`, and where a provider's door is
    only its discovery document knows: a page that goes on by itself needs no hole in the policy.
    """
    response = _answer(request, provider_id, views.login)
    if response.status_code != 302:
        return response
    return render(
        request, "socialaccount/login_redirect.html", {"redirect_to": response["Location"]}
    )


@login_not_required
@require_http_methods(["GET", "POST"])
def openid_callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _answer(request, provider_id, views.callback)
