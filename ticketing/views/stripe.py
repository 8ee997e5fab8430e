"""Where Stripe tells us what happened: taken down and answered, nothing else."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .. import actions, stripe_gateway
from ..stripe_gateway import Endpoint

logger = logging.getLogger(__name__)

# Stripe's are some kilobytes.
BODY_BYTES = 1024 * 1024


@csrf_exempt
@login_not_required
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    return _accept(request, Endpoint.OWN)


@csrf_exempt
@login_not_required
@require_POST
def stripe_connect_webhook(request: HttpRequest) -> HttpResponse:
    return _accept(request, Endpoint.CONNECT)


def _accept(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """Whatever else goes wrong is a 500, after which Stripe tells us again."""
    # Not by what Content-Length says: it may be missing.
    body = request.read(BODY_BYTES + 1)
    if len(body) > BODY_BYTES:
        return HttpResponse(status=413)
    signature = request.headers.get("Stripe-Signature", "")
    try:
        event = stripe_gateway.construct_event(body, signature, endpoint=endpoint)
    except stripe_gateway.NotFromStripe:
        logger.warning("A webhook for %s was refused: not signed by Stripe, or no event.", endpoint)
        return HttpResponse(status=400)
    actions.accept_stripe_event(event=event)
    return HttpResponse(status=200)
