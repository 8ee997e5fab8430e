"""The books in the admin: to be looked at."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
MODELS = ["journal", "line"]


@pytest.fixture
def charge(till):
    return till.charge()


def address(model, view, *args):
    return reverse(f"admin:ticketing_{model}_{view}", args=args)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("search", ["", "somebody"])
def test_list_is_drawn(admin_client, charge, model, search):
    response = admin_client.get(address(model, "changelist"), {"q": search})

    assert response.status_code == 200
    assert response.context["cl"].result_count == (
        0 if search else {"journal": 1, "line": 4}[model]
    )


def test_journal_shows_its_lines_as_money(admin_client, charge):
    page = admin_client.get(address("journal", "change", charge.pk)).content.decode()

    for text in ("Payment", "We owe hosts", "$10.00", "−$0.59", "−$9.13"):
        assert text in page


@pytest.mark.parametrize("model", MODELS)
def test_nobody_changes_the_books(admin_client, charge, model):
    row = charge if model == "journal" else charge.lines.first()

    answers = [
        admin_client.post(address(model, "add"), {}),
        admin_client.post(address(model, "change", row.pk), {"_save": "Save"}),
        admin_client.post(address(model, "delete", row.pk), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3


@pytest.mark.parametrize("model", MODELS)
def test_lists_ask_as_much_for_many_as_for_one(
    admin_client, till, charge, model, django_assert_max_num_queries
):
    for _ in range(10):
        till.charge()

    with django_assert_max_num_queries(9):
        admin_client.get(address(model, "changelist"))
