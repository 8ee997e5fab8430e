"""Where a buyer comes back to from Stripe: what is said there is what Stripe says."""

import pytest
from django.urls import reverse

from tests.stripe_standin import pay
from ticketing.models import Order

from .desk import taken

pytestmark = pytest.mark.django_db(transaction=True)


def come_back(client, user, order, query=""):
    """What the page says where one ends up."""
    client.force_login(user)
    address = reverse("ticketing:checkout-back", args=[order.public_id])
    return client.get(address + query, follow=True).content.decode()


def test_who_paid_has_a_ticket(client, lena, order, address):
    pay(address)

    content = come_back(client, lena, order, "?session=cs_1")

    assert "Paid. You have a ticket." in content
    assert str(order.sale.space) in content


def test_who_did_not_pay_is_not_believed(client, lena, order, address):
    assert "You have not paid yet." in come_back(client, lena, order, "?session=cs_1")


def test_who_turned_back_has_nothing_and_owes_nothing(client, lena, order, address):
    assert "nothing was charged" in come_back(client, lena, order, "?left=1")
    assert taken(order) == 0


def test_nobody_elses_order_is_found(client, otto, order, address):
    client.force_login(otto)

    response = client.get(reverse("ticketing:checkout-back", args=[order.public_id]), {"left": 1})

    assert response.status_code == 404
    assert Order.objects.get().state == "awaiting_payment"
