"""Signing in by a provider, over real HTTP to one on loopback."""

import html
import re

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.core import mail
from django.urls import reverse

from accounts.models import User
from tests.openid_provider import Provider
from tests.second_step import give_app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]

LOGIN = "/account/oidc/harbour/login/"


@pytest.fixture(scope="module")
def running_provider():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running_provider, db):
    """The operator has named it in the admin."""
    SocialApp.objects.create(
        provider="openid_connect",
        provider_id="harbour",
        name="Harbour",
        client_id="rostrum",
        secret="the-secret",
        settings={"server_url": running_provider.url},
    )
    person = dict(running_provider.person)
    yield running_provider
    running_provider.person = person
    running_provider.replies.clear()


@pytest.fixture
def go_there(client, provider):
    """Press the button, be sent to the provider: the address one is sent to."""

    def post(process="login"):
        page = client.post(f"{LOGIN}?process={process}").content.decode()
        return html.unescape(re.search(r'content="0;url=([^"]+)"', page)[1])

    return post


@pytest.fixture
def come_back(client, provider, go_there):
    """There and back again, signed in over there."""

    def run(process="login"):
        path, query = provider.sign_in(go_there(process))
        return client.get(path, query)

    return run


@pytest.fixture
def sign_up(client, come_back):
    def run(**form):
        come_back()
        form = {"username": "nora_b", "email": "nora@example.org", "agreement": "on"} | form
        return client.post(reverse("socialaccount_signup"), form)

    return run


def signed_in_as(client):
    pk = client.session.get("_auth_user_id")
    return pk and User.objects.get(pk=pk).handle


@pytest.mark.parametrize("page", ["account_login", "account_signup"])
def test_pages_at_the_door_have_its_button(client, provider, page):
    assert "Go on with Harbour" in client.get(reverse(page)).content.decode()


def test_without_a_provider_there_is_no_button(client):
    assert "Go on with" not in client.get(reverse("account_login")).content.decode()


def test_button_leads_there_by_a_page_of_ours(client, provider, go_there):
    """A redirect would be stopped by the policy of the page with the button."""
    url = go_there()

    assert url.startswith(f"{provider.url}/authorize?")
    assert "code_challenge=" in url
    response = client.post(LOGIN)
    assert response.status_code == 200
    assert "form-action 'self'" in response["Content-Security-Policy"]


def test_following_a_link_sends_nobody_there(client, provider):
    response = client.get(LOGIN)

    assert 'http-equiv="refresh"' not in response.content.decode()


def test_newcomer_chooses_a_handle_first(client, come_back):
    response = come_back()

    form = client.get(response.url).context["form"]
    assert response.url == reverse("socialaccount_signup")
    assert (form["username"].value(), form["email"].value()) == ("nora_b", "nora@example.org")
    assert signed_in_as(client) is None


def test_newcomer_with_a_verified_address_is_in_at_once(client, sign_up):
    sign_up()

    user = User.objects.get(handle="nora_b")
    assert signed_in_as(client) == "nora_b"
    assert user.name == "Nora Beck"
    assert user.confirmed_age == 16
    assert user.emailaddress_set.get().verified


def test_newcomer_who_does_not_agree_has_no_account(client, sign_up):
    response = sign_up(agreement="")

    assert "agreement" in response.context["form"].errors
    assert not User.objects.exists()


@pytest.mark.parametrize("claim", [False, "false", None])
def test_address_that_is_not_verified_there_is_verified_here(client, provider, sign_up, claim):
    provider.person["email_verified"] = claim

    response = sign_up()

    assert response.url == reverse("account_email_verification_sent")
    assert mail.outbox[-1].to == ["nora@example.org"]
    assert signed_in_as(client) is None


def test_person_signs_in_again(client, sign_up, come_back):
    sign_up()
    client.post(reverse("account_logout"))

    come_back()

    assert signed_in_as(client) == "nora_b"
    assert User.objects.count() == 1


def test_known_address_never_opens_its_account(client, nora, come_back):
    response = come_back()

    assert response.status_code == 409
    assert "You have an account here already" in response.content.decode()
    assert signed_in_as(client) is None
    assert not SocialAccount.objects.exists()


def test_unverified_claim_of_a_known_address_learns_nothing(client, nora, provider, sign_up):
    provider.person["email_verified"] = False

    response = sign_up()

    assert response.url == reverse("account_email_verification_sent")
    assert mail.outbox[-1].subject == "You have an account on Rostrum already"


def test_person_connects_and_signs_in_by_it(client, nora, nora_client, come_back):
    come_back("connect")
    client.post(reverse("account_logout"))

    come_back()

    assert signed_in_as(client) == "Nora"


def test_second_factor_is_asked_for_here_too(client, nora, nora_client, come_back):
    come_back("connect")
    client.post(reverse("account_logout"))
    give_app(nora)

    response = come_back()

    assert response.url == reverse("mfa_authenticate")
    assert signed_in_as(client) is None


def test_one_account_there_is_one_account_here(client, otto, nora, nora_client, come_back):
    come_back("connect")
    SocialAccount.objects.update(user=otto)

    page = client.get(come_back("connect").url).content.decode()

    assert "connected to another account here" in page
    assert not nora.socialaccount_set.exists()


def test_person_disconnects(nora, nora_client, come_back):
    come_back("connect")

    nora_client.post(
        reverse("socialaccount_connections"), {"account": nora.socialaccount_set.get().pk}
    )

    assert not nora.socialaccount_set.exists()


def test_only_way_in_is_not_disconnected(client, sign_up):
    sign_up()
    account = SocialAccount.objects.get()

    response = client.post(reverse("socialaccount_connections"), {"account": account.pk})

    assert "Set a password first" in response.content.decode()
    assert SocialAccount.objects.exists()


def test_provider_that_is_gone_is_named_no_more(nora, nora_client, come_back):
    come_back("connect")
    SocialApp.objects.all().delete()

    response = nora_client.post(
        reverse("socialaccount_connections"), {"account": nora.socialaccount_set.get().pk}
    )

    assert "no longer known here" in response.content.decode()


def test_settings_lead_to_connected_accounts_where_there_is_a_provider(nora_client):
    path = reverse("socialaccount_connections")
    assert path not in nora_client.get(reverse("account_email")).content.decode()

    SocialApp.objects.create(provider="openid_connect", provider_id="harbour", name="Harbour")

    assert path in nora_client.get(reverse("account_email")).content.decode()


def test_turning_back_over_there_changes_nothing(client, provider, go_there):
    path, query = provider.sign_in(go_there())

    response = client.get(path, {"error": "access_denied", "state": query["state"]})

    assert response.url == reverse("socialaccount_login_cancelled")
    assert "You turned back" in client.get(response.url).content.decode()


def test_answer_to_another_browsers_question_is_refused(client, provider, go_there):
    path, query = provider.sign_in(go_there())

    response = client.get(path, query | {"state": "somebody-elses"})

    assert response.status_code == 401
    assert "belongs to no sign-in" in response.content.decode()


def test_forged_code_is_refused(client, provider, go_there):
    path, query = provider.sign_in(go_there())

    response = client.get(path, query | {"code": "forged"})

    assert response.status_code == 401
    assert signed_in_as(client) is None


def test_unknown_provider_is_no_page(client, provider):
    assert client.post("/account/oidc/nobody/login/").status_code == 404


@pytest.mark.parametrize("reply", [(500, "{}"), (200, "<html>"), (200, "{}")])
def test_provider_that_is_down_is_a_clear_page(client, provider, reply):
    provider.replies["/.well-known/openid-configuration"] = reply

    response = client.post(LOGIN)

    assert response.status_code == 502
    assert "Harbour does not answer" in response.content.decode()


@pytest.mark.parametrize(
    ("document", "reply"),
    [
        ("/.well-known/openid-configuration", (500, "{}")),
        ("/.well-known/openid-configuration", (200, "{}")),
        ("/token", (500, "{}")),
        ("/token", (200, "<html>")),
        ("/userinfo", (500, "{}")),
        ("/userinfo", (200, "<html>")),
        ("/userinfo", (200, '{"name": "without a subject"}')),
    ],
)
def test_provider_that_fails_on_the_way_back_is_a_clear_page(
    client, provider, go_there, document, reply
):
    path, query = provider.sign_in(go_there())
    provider.replies[document] = reply

    response = client.get(path, query)

    assert response.status_code in {401, 502}
    assert "Harbour does not answer" in response.content.decode()
    assert signed_in_as(client) is None


def test_provider_that_cannot_be_reached_is_a_clear_page(client, provider):
    SocialApp.objects.update(settings={"server_url": "http://127.0.0.1:9"})

    response = client.post(LOGIN)

    assert response.status_code == 502


def test_provider_without_an_address_is_a_clear_page(client, provider):
    """The operator has not finished the row."""
    SocialApp.objects.update(settings={})

    assert client.post(LOGIN).status_code == 502
