"""Signing in and out, and the one door to the admin."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_rate_limits():
    cache.clear()


@pytest.fixture
def nora():
    return make_user("Nora", password=PASSWORD)


@pytest.fixture
def sign_in(client):
    def post(login, password=PASSWORD):
        return client.post(reverse("account_login"), {"login": login, "password": password})

    return post


def signed_in_as(client):
    return client.session.get("_auth_user_id")


@pytest.mark.parametrize(
    "login", ["Nora", "nora", "NORA", "Nora@example.org", "nora@example.org", "NORA@EXAMPLE.ORG"]
)
def test_person_signs_in_by_handle_or_address_in_any_case(client, nora, sign_in, login):
    response = sign_in(login)

    assert response.url == "/"
    assert signed_in_as(client) == str(nora.pk)


@pytest.mark.parametrize(
    ("login", "password"),
    [("nora", "wrong"), ("nobody", PASSWORD), ("nora@example.com", PASSWORD), ("nora", "")],
)
def test_wrong_handle_or_password_is_refused_and_the_handle_kept(
    client, nora, sign_in, login, password
):
    response = sign_in(login, password)

    assert response.status_code == 200
    assert f'value="{login}"' in response.content.decode()
    assert signed_in_as(client) is None


def test_barred_account_does_not_sign_in(client, nora, sign_in):
    nora.is_active = False
    nora.save(update_fields=["is_active"])

    sign_in("nora")

    assert signed_in_as(client) is None


def test_guessing_passwords_is_slowed_down(client, nora, sign_in):
    for _ in range(10):
        sign_in("nora", "wrong")

    sign_in("nora")

    assert signed_in_as(client) is None


def test_signing_in_leads_back_to_where_it_was_asked_for(client, nora):
    form = {"login": "nora", "password": PASSWORD, "next": "/spaces/start/"}

    response = client.post(reverse("account_login"), form)

    assert response.url == "/spaces/start/"


def test_signing_in_never_leads_to_another_site(client, nora):
    form = {"login": "nora", "password": PASSWORD, "next": "https://example.com/"}

    response = client.post(reverse("account_login"), form)

    assert response.url == "/"


def test_person_signs_out(client, nora):
    client.force_login(nora)

    response = client.post(reverse("account_logout"))

    assert response.url == "/"
    assert signed_in_as(client) is None


def test_following_a_link_signs_nobody_out(client, nora):
    client.force_login(nora)

    client.get(reverse("account_logout"))

    assert signed_in_as(client) == str(nora.pk)


def test_home_names_who_is_signed_in(client, nora):
    client.force_login(nora)

    assert "@Nora" in client.get("/").content.decode()


# --- The admin ---


def test_anonymous_admin_leads_to_the_sites_own_sign_in(client):
    response = client.get("/admin/", follow=True)

    assert response.request["PATH_INFO"] == reverse("account_login")


def test_admins_own_form_signs_nobody_in(client):
    make_user("root", password=PASSWORD, is_staff=True, is_superuser=True)

    response = client.post("/admin/login/", {"username": "root", "password": PASSWORD})

    assert response.url.startswith(reverse("account_login"))
    assert signed_in_as(client) is None


def test_staff_signs_in_by_the_site_and_reaches_the_admin(client, sign_in):
    make_user("root", password=PASSWORD, is_staff=True, is_superuser=True)

    sign_in("root")

    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/login/").url == "/admin/"


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/accounts/user/", "/admin/accounts/hostgrant/add/"]
)
def test_person_who_is_not_staff_is_refused_by_the_admin(client, nora, path):
    client.force_login(nora)

    assert client.get(path, follow=True).status_code == 403
