"""The one door to the admin: staff, by a second factor."""

import pytest
from django.core.checks import run_checks
from django.urls import reverse

from tests.factories import PASSWORD, make_user
from tests.second_step import code_of, give_app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_rate_limits")]


@pytest.fixture(autouse=True)
def second_factor_is_asked_for(settings):
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def root():
    return make_user("root", password=PASSWORD, is_staff=True, is_superuser=True)


@pytest.fixture
def secret(root):
    return give_app(root)


def test_anonymous_admin_leads_to_the_sites_own_sign_in(client):
    response = client.get("/admin/", follow=True)

    assert response.request["PATH_INFO"] == reverse("account_login")


def test_admins_own_form_signs_nobody_in(client, root):
    response = client.post("/admin/login/", {"username": "root", "password": PASSWORD})

    assert response.url.startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/accounts/user/", "/admin/accounts/hostgrant/add/"]
)
def test_person_who_is_not_staff_is_refused(client, otto, path):
    client.force_login(otto)

    assert client.get(path, follow=True).status_code == 403


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/accounts/user/", "/admin/accounts/hostgrant/add/", "/admin/jsi18n/"]
)
def test_password_alone_is_refused_and_told_what_to_do(client, root, sign_in, path):
    sign_in("root")

    response = client.get(path, follow=True)

    assert response.status_code == 403
    assert f'href="{reverse("mfa_index")}"' in response.content.decode()


def test_password_alone_changes_nothing(client, root, otto, sign_in):
    sign_in("root")

    client.post(f"/admin/accounts/user/{otto.pk}/change/", {"handle": "taken"}, follow=True)

    otto.refresh_from_db()
    assert otto.handle == "otto"


def test_password_and_code_reach_the_admin(client, root, secret, sign_in):
    sign_in("root")
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/login/").url == "/admin/"


def test_session_from_before_the_factor_was_set_up_is_asked_for_it(client, root, sign_in):
    sign_in("root")
    give_app(root)

    response = client.get("/admin/accounts/user/", follow=True)

    way = f"{reverse('mfa_reauthenticate')}?next=/admin/accounts/user/"
    assert response.status_code == 403
    assert f'href="{way}"' in response.content.decode()


def test_session_that_passes_it_later_goes_on_to_where_it_was_going(client, root, sign_in):
    sign_in("root")
    secret = give_app(root)

    response = client.post(
        reverse("mfa_reauthenticate"), {"code": code_of(secret), "next": "/admin/accounts/user/"}
    )

    assert response.url == "/admin/accounts/user/"
    assert client.get(response.url).status_code == 200


def test_factor_of_one_person_is_none_of_another_in_the_same_browser(client, root, secret, sign_in):
    make_user("second", password=PASSWORD, is_staff=True, is_superuser=True)
    sign_in("root")
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    client.post(reverse("account_logout"))

    sign_in("second")

    assert client.get("/admin/", follow=True).status_code == 403


def test_demo_mode_asks_for_no_second_factor(client, root, settings, sign_in):
    settings.STAFF_SECOND_FACTOR = False
    sign_in("root")

    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("demo", "second_factor", "found"),
    [(False, False, True), (False, True, False), (True, False, False)],
)
def test_check_finds_it_off_outside_demo_mode(settings, demo, second_factor, found):
    settings.DEMO, settings.STAFF_SECOND_FACTOR = demo, second_factor

    assert ("rostrum.E007" in [message.id for message in run_checks()]) is found


@pytest.mark.parametrize("model", ["usersessions/usersession", "account/emailaddress"])
def test_lists_of_allauths_rows_can_be_searched(client, root, settings, model):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(root)

    assert client.get(f"/admin/{model}/", {"q": "nora"}).status_code == 200
