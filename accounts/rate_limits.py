"""The page of whoever tried too often: it says how long to wait."""

import math
import time

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

ACCOUNT, SECOND_FACTOR = "allauth.account", "allauth.mfa"
# What allauth counts at the addresses where it answers by this page.
ACTIONS = {
    "account_login": (ACCOUNT, "login"),
    "account_signup": (ACCOUNT, "signup"),
    "account_email": (ACCOUNT, "manage_email"),
    "account_change_password": (ACCOUNT, "change_password"),
    "account_set_password": (ACCOUNT, "change_password"),
    "account_reset_password": (ACCOUNT, "reset_password"),
    "account_reset_password_from_key": (ACCOUNT, "reset_password_from_key"),
    "account_reauthenticate": (ACCOUNT, "reauthenticate"),
    "mfa_reauthenticate": (ACCOUNT, "reauthenticate"),
    "mfa_reauthenticate_webauthn": (ACCOUNT, "reauthenticate"),
    "mfa_login_webauthn": (SECOND_FACTOR, "webauthn_login"),
}


def _wait_s(request: HttpRequest) -> int:
    """Until the oldest try of the fullest count is forgotten."""
    match = request.resolver_match
    app, action = ACTIONS[match.view_name if match else ""]
    now = time.time()
    waits = [0.0]
    for rate in ratelimit.get_rates(app=app, action=action):
        # The one other count is of a typed address: only the reset of passwords has it.
        key = request.POST.get("email", "").lower()
        history = cache.get(
            ratelimit.get_cache_key(request, app=app, action=action, rate=rate, key=key), []
        )
        if len(history) >= rate.amount:
            waits.append(history[-1] + rate.duration - now)
    return max(1, math.ceil(max(waits)))


def too_many_requests(request: HttpRequest) -> HttpResponse:
    wait_s = _wait_s(request)
    context = {"minutes": math.ceil(wait_s / 60), "seconds": wait_s if wait_s < 60 else 0}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(wait_s)
    return response
