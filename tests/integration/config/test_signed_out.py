"""A button pressed after the session has ended leads to the form, and back to its page."""

from urllib.parse import parse_qs, urlsplit

from django.urls import reverse


def ask_url(space) -> str:
    return reverse("spaces:ask", args=[space.public_id])


def next_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["next"][0]


def test_button_of_a_live_page_is_told_where_to_sign_in(client, space):
    page = f"http://testserver{space.get_absolute_url()}"

    response = client.post(ask_url(space), headers={"HX-Request": "true", "HX-Current-URL": page})

    assert response.status_code == 401
    assert response.json()["code"] == "login_required"
    assert next_of(response.json()["login_url"]) == space.get_absolute_url()


def test_plain_button_comes_back_to_its_page_and_not_to_its_own_address(client, space):
    page = f"http://testserver{space.get_absolute_url()}"

    response = client.post(ask_url(space), headers={"Referer": page})

    assert next_of(response.url) == space.get_absolute_url()


def test_foreign_page_is_nowhere_to_come_back_to(client, space):
    response = client.post(ask_url(space), headers={"Referer": "https://elsewhere.example/x"})

    assert next_of(response.url) == "/"
