"""Terms and privacy: there when an operator wrote them."""

import pytest

PAGES = ["terms", "privacy"]


@pytest.mark.parametrize("page", PAGES)
def test_page_that_nobody_wrote_is_none_and_not_linked(client, db, page):
    response = client.get(f"/{page}/")

    assert response.status_code == 404
    assert f'href="/{page}/"' not in response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_page_is_read_and_linked(client, db, instance_with, page):
    instance_with(**{page: "Be kind.\n\n# Who we are\nHarbour Talks."})

    content = client.get(f"/{page}/").content.decode()

    assert '<p dir="auto">Be kind.</p>' in content
    assert '<h2 dir="auto">Who we are</h2>' in content
    assert f'href="/{page}/"' in content


def test_what_an_operator_typed_is_text(client, db, instance_with):
    instance_with(terms="# <b>\n<script>alert(1)</script> https://talks.example")

    content = client.get("/terms/").content.decode()

    assert "<script>alert" not in content
    assert "&lt;b&gt;" in content
    assert '<a href="https://talks.example" rel="nofollow">' in content
