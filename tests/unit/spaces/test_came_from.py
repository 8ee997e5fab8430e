"""Where somebody came from: a kind of place, never an address."""

import uuid

import pytest
from django.test import RequestFactory

from spaces.came_from import Kind, kind_of, known_kind, shared_link
from spaces.models import Space

HERE = "http://testserver"


def visit(referer="", path="/spaces/x/"):
    headers = {"Referer": referer} if referer else {}
    return RequestFactory().get(path, headers=headers)


@pytest.mark.parametrize(
    ("referer", "kind"),
    [
        ("", Kind.DIRECT),
        (f"{HERE}/", Kind.HOME),
        (f"{HERE}/live/?page=2", Kind.HOME),
        (f"{HERE}/upcoming/", Kind.HOME),
        (f"{HERE}/topics/", Kind.HOME),
        (f"{HERE}/topics/coast/", Kind.TOPIC),
        (f"{HERE}/@hana", Kind.PROFILE),
        (f"{HERE}/@hana/spaces/", Kind.PROFILE),
        # A reload, or the way through the sign-in page: what led there first is not known.
        (f"{HERE}/spaces/x/", Kind.DIRECT),
        (f"{HERE}/account/login/?next=/spaces/x/", Kind.DIRECT),
        ("https://forum.example/thread?id=1", Kind.SITE),
        ("http://testserver.example/", Kind.SITE),
        ("http://testserver:8000/", Kind.SITE),
        ("android-app://com.example.mail/", Kind.DIRECT),
        ("http://[broken/", Kind.DIRECT),
        ("nonsense", Kind.DIRECT),
    ],
)
def test_kind_is_told_from_the_page_before(referer, kind):
    assert kind_of(visit(referer)) == kind


def test_link_that_was_passed_on_is_one_wherever_it_stood():
    space = Space(public_id=uuid.uuid4())
    path = shared_link(space)

    assert kind_of(visit(path=path)) == Kind.LINK
    assert kind_of(visit("https://chat.example/", path=path)) == Kind.LINK


@pytest.mark.parametrize("said", ["", "nonsense", "DIRECT", "a" * 10_000])
def test_what_a_page_makes_up_is_nothing_known(said):
    assert known_kind(said) == Kind.DIRECT


@pytest.mark.parametrize("kind", Kind)
def test_what_the_page_was_told_it_tells_the_socket(kind):
    assert known_kind(str(kind)) == kind
