"""allauth's pages in our clothes: each of them, by walking its addresses and its templates."""

import re
from pathlib import Path

import allauth
import pytest
from allauth import urls
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.urls import URLPattern, reverse

from tests.factories import PASSWORD
from tests.second_step import give_app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]

# Nothing that is switched on here leads to these.
UNUSED = {
    *("account/base_confirm_code", "account/confirm_email_verification_code"),
    *("account/confirm_login_code", "account/confirm_password_reset_code"),
    *("account/confirm_phone_verification_code", "account/email_change", "account/phone_change"),
    *("account/request_login_code", "account/signup_by_passkey", "account/signup_closed"),
    *("account/verified_email_required", "mfa/trust", "mfa/webauthn/signup_form"),
    *("mfa/webauthn/snippets/login_script", "mfa/webauthn/snippets/scripts"),
    *("account/snippets/already_logged_in", "account/snippets/warn_no_email"),
    *("socialaccount/snippets/login", "socialaccount/snippets/login_extra"),
    "socialaccount/snippets/provider_list",
}
# Only say what they extend, or what their pages' title is.
BASES = re.compile(r"/base(_\w+)?$")


def page_templates():
    folder = Path(allauth.__file__).parent / "templates"
    for area in ("account", "mfa", "socialaccount", "usersessions"):
        for path in (folder / area).rglob("*.html"):
            yield str(path.relative_to(folder).with_suffix(""))


def test_every_page_is_ours_or_never_shown():
    ours = settings.BASE_DIR / "templates"
    theirs = {name for name in page_templates() if not BASES.search(name)}

    assert {name for name in theirs - UNUSED if not (ours / f"{name}.html").is_file()} == set()


@pytest.mark.parametrize("kind", ["email", "messages"])
def test_every_letter_and_toast_is_ours_or_never_sent(kind):
    folder = Path(allauth.__file__).parent / "templates"
    unused = re.compile(r"login_code|reset_code|phone|email_confirm_(m|s)|connected_updated")
    theirs = [
        path.relative_to(folder)
        for area in ("account", "mfa", "socialaccount", "usersessions")
        for path in (folder / area / kind).glob("*.txt")
        if not unused.search(path.name)
    ]

    assert theirs
    assert [str(p) for p in theirs if not (settings.BASE_DIR / "templates" / p).is_file()] == []


def plain_names(patterns):
    """Of the addresses without a key in them."""
    for pattern in patterns:
        if pattern.pattern.regex.groups:
            continue
        if isinstance(pattern, URLPattern):
            yield pattern.name
        else:
            yield from plain_names(pattern.url_patterns)


NAMES = sorted({name for name in plain_names(urls.urlpatterns) if name})


@pytest.fixture
def provider(db):
    return SocialApp.objects.create(
        provider="openid_connect", provider_id="harbour", name="Harbour", client_id="rostrum"
    )


def is_whole(response):
    """Leads on, or is a page of ours whose forms can all be sent."""
    if response.status_code in {302, 404} or response["Content-Type"] != "text/html; charset=utf-8":
        return True
    page = response.content.decode()
    words = re.sub("<[^>]*>", "", page)
    forms = re.findall(r'<form\b[^>]*method="post".*?</form>', page, re.DOTALL)
    return (
        response.status_code in {200, 401}
        and "css/tokens.css" in page
        and "example.com" not in page
        and not re.search(r"[Uu]sername|\bEmail\b|[Ss]uccessfully", words)
        and all('name="csrfmiddlewaretoken"' in form for form in forms)
        and re.search(r"<title>\s*\S.* · Rostrum</title>", page)
    )


@pytest.mark.parametrize("name", NAMES)
def test_page_for_somebody_who_is_not_in(client, provider, name):
    assert is_whole(client.get(reverse(name)))


@pytest.mark.parametrize("name", NAMES)
def test_page_for_somebody_who_is_in(nora, nora_client, provider, name):
    assert is_whole(nora_client.get(reverse(name)))


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("mfa_")])
def test_page_for_somebody_with_a_second_factor(nora, nora_client, provider, name):
    give_app(nora)

    assert is_whole(nora_client.get(reverse(name)))


def test_page_of_the_second_step(nora, sign_in, client):
    give_app(nora)
    sign_in("nora", PASSWORD)

    response = client.get(reverse("mfa_authenticate"))

    assert response.status_code == 200
    assert is_whole(response)
