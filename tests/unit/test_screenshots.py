"""The list of pictures, beside the map of addresses: no page is forgotten."""

import inspect
import re
import string

import pytest
from django.urls import URLPattern, get_resolver, resolve
from django.views.generic import RedirectView

from tests.screenshots.pages import NO_PAGE, SHOTS
from tests.screenshots.worlds import WORLDS

# Of the shapes that the rows of a world would give.
KEYS = {"email_key": "key", "reset_key": "1-key", "passkey": 1, "mail_stop": "key"}


def patterns(of, namespace=""):
    for pattern in of:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern.callback
        elif pattern.namespace != "admin":
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from patterns(pattern.url_patterns, inside)


def is_button(view):
    """It takes POST only, and says so as house style has it."""
    return re.search(r"^\s*@require_POST", inspect.getsource(inspect.unwrap(view)), re.MULTILINE)


def is_redirect(view):
    return issubclass(getattr(view, "view_class", object), RedirectView)


def addresses():
    """Names of whatever may answer a GET with a page."""
    return {
        name
        for name, view in patterns(get_resolver().url_patterns)
        if not is_button(view) and not is_redirect(view)
    }


def pictured():
    full = [shot.address.format_map(KEYS) for shot in SHOTS if not shot.template]
    addressed = [address.partition("?")[0] for address in full]
    names = {resolve(address).view_name for address in addressed if "no-such-page" not in address}
    return names | {shot.leads_to for shot in SHOTS if shot.leads_to}


def test_every_page_has_its_picture_or_a_reason():
    assert addresses() - pictured() - set(NO_PAGE) == set()


def test_no_reason_outlives_its_address():
    assert set(NO_PAGE) - addresses() == set()
    assert set(NO_PAGE) & pictured() == set()


def test_no_two_pictures_have_one_name():
    names = [shot.name for shot in SHOTS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_picture_has_a_name_that_reads_well_and_a_world(shot):
    assert set(shot.name) <= {*string.ascii_lowercase, *string.digits, *"-."}
    assert shot.state.partition("-")[0] in {"empty", "full", "refused"}
    assert shot.world in WORLDS
