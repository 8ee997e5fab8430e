"""Messages as toasts: in the page or in the head of a fragment, with a way back if there is one."""

import json

import pytest
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory

from config import undo
from config.toasts import ToastMiddleware

HTMX = {"HX-Request": "true"}


@pytest.fixture
def get():
    """A request that carries messages."""

    def make(headers=None):
        request = RequestFactory().get("/", headers=headers)
        request._messages = CookieStorage(request)
        return request

    return make


def toasts(request, response=None):
    """What the head of the answer brings."""
    middleware = ToastMiddleware(lambda request: response or HttpResponse())
    return middleware(request).headers.get("HX-Trigger")


def shown(request):
    return render_to_string("components/_toasts.html", {"messages": messages.get_messages(request)})


def test_offer_is_a_form_that_posts_to_the_way_back(get):
    request = get()

    undo.offer(request, "Otto is blocked.", "/@otto/unblock/")

    assert '<form method="post" action="/@otto/unblock/" data-toast-undo>' in shown(request)


def test_message_without_a_way_back_has_no_form(get):
    request = get()

    messages.success(request, "Saved.")

    page = shown(request).partition("<template")[0]
    assert "Saved." in page
    assert "<form" not in page


def test_offer_escapes_what_people_wrote(get):
    request = get()

    undo.offer(request, "<b>Otto</b> is blocked.", "/@otto/unblock/")

    assert "&lt;b&gt;Otto&lt;/b&gt; is blocked." in shown(request)


def test_fragment_brings_its_messages_in_its_head(get):
    request = get(HTMX)
    undo.offer(request, "Jörg is blocked.", "/@otto/unblock/")

    head = toasts(request)

    assert head.isascii()
    assert json.loads(head)["toasts"]["list"] == [
        {"text": "Jörg is blocked.", "kind": "success", "undo": "/@otto/unblock/"}
    ]


def test_fragment_without_messages_has_no_such_head(get):
    assert toasts(get(HTMX)) is None


def test_page_shows_its_messages_itself(get):
    request = get()
    messages.success(request, "Saved.")

    assert toasts(request) is None
    assert "Saved." in shown(request)


def test_message_that_a_fragment_shows_is_not_shown_twice(get):
    request = get(HTMX)
    messages.success(request, "Saved.")
    shown(request)

    assert toasts(request) is None


def test_redirect_leaves_the_message_to_where_it_leads(get):
    request = get(HTMX)
    messages.success(request, "Saved.")

    assert toasts(request, HttpResponse(status=302)) is None
    assert "Saved." in shown(request)


def test_request_without_messages_passes():
    assert toasts(RequestFactory().get("/", headers=HTMX)) is None
