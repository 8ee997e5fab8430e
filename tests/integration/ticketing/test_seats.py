"""One seat for one person, and none that is not there."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from config.errors import NotAllowed, Refusal
from tests.factories import make_sale, make_user
from tests.sample import sampled
from ticketing import actions
from ticketing.models import Order, TicketSale
from ticketing.querysets import TicketSaleQuerySet

TERMS = {"tiers": [[None, 300]], "refund_rule": "until_start"}
BUYERS, SEATS = sampled(200, part=4), sampled(50, part=4)


@pytest.fixture
def sale(db):
    return make_sale()


def reserve(user, sale, **more):
    return actions.reserve(actor=user, sale=sale, terms=TERMS, **more)


def taken(sale):
    return TicketSale.objects.get(pk=sale.pk).taken


@pytest.mark.django_db(transaction=True)
class TestOne:
    def test_seat_is_held_at_the_price_of_now(self, sale, lena):
        order = reserve(lena, sale)
        TicketSale.objects.update(price_minor=900)

        assert taken(sale) == 1
        assert (order.state, order.price_minor, order.currency) == ("held", 800, "usd")
        assert [change.became for change in order.changes.all()] == ["held"]

    def test_second_tab_has_the_same_order(self, sale, lena):
        assert reserve(lena, sale) == reserve(lena, sale)
        assert taken(sale) == 1

    def test_who_has_paid_needs_no_second_one(self, sale, lena):
        Order.objects.filter(pk=reserve(lena, sale).pk).update(state="paid")

        with pytest.raises(actions.AlreadyHeld):
            reserve(lena, sale)

    def test_host_needs_none(self, sale):
        with pytest.raises(NotAllowed):
            reserve(sale.seller, sale)

    @pytest.mark.parametrize(
        "fields",
        [
            {"state": "draft"},
            {"state": "closed"},
            {"opens_at": timezone.now() + timedelta(days=1)},
            {"closes_at": timezone.now() - timedelta(days=1)},
        ],
    )
    def test_nothing_is_sold_outside_the_window(self, sale, lena, fields):
        TicketSale.objects.update(**fields)

        with pytest.raises(actions.NotOnSale):
            reserve(lena, sale)
        assert taken(sale) == 0

    def test_sold_out_says_that_one_can_wait(self, sale, lena, otto):
        TicketSale.objects.update(capacity=1)
        reserve(lena, sale)

        with pytest.raises(actions.SoldOut, match="wait in line"):
            reserve(otto, sale)

    def test_last_seat_in_ones_other_tab_is_not_sold_out(self, sale, lena, monkeypatch):
        """Taken between the look at one's own orders and the look at the seats."""
        TicketSale.objects.update(capacity=1)
        real = TicketSaleQuerySet.take_seat

        def late(self, sale, now):
            monkeypatch.setattr(TicketSaleQuerySet, "take_seat", real)
            Order.objects.create(
                sale=sale,
                buyer=lena,
                holder=lena,
                currency="usd",
                price_minor=800,
                terms=TERMS,
                hold_until=now,
            )
            return False

        monkeypatch.setattr(TicketSaleQuerySet, "take_seat", late)

        assert reserve(lena, sale).state == "held"

    def test_released_seat_is_sold_again(self, sale, lena, otto):
        TicketSale.objects.update(capacity=1)
        order = reserve(lena, sale)

        assert actions.release(order=order, cause="left")
        assert not actions.release(order=order, cause="left")

        assert taken(sale) == 0
        assert reserve(otto, sale).state == "held"


# --- 200 buyers for 50 tickets ---


def rush(at_once, sale, count):
    people = [make_user() for _ in range(count)]
    return at_once(*[lambda user=user: reserve(user, sale) for user in people])


@pytest.mark.django_db(transaction=True)
def test_rush_sells_each_seat_once_and_tells_the_others(at_once, sale):
    TicketSale.objects.update(capacity=SEATS)

    outcomes = rush(at_once, sale, BUYERS)

    assert sum(isinstance(each, Order) for each in outcomes) == SEATS
    assert sum(isinstance(each, actions.SoldOut) for each in outcomes) == BUYERS - SEATS
    assert taken(sale) == Order.objects.with_seat().count() == SEATS


@pytest.mark.django_db(transaction=True)
def test_twin_that_counts_first_sells_too_many(at_once, sale, monkeypatch):
    """Shows that the test above would see it."""

    def take_seat(self, sale, now):
        return Order.objects.with_seat().filter(sale=sale).count() < SEATS

    monkeypatch.setattr(TicketSaleQuerySet, "take_seat", take_seat)

    rush(at_once, sale, BUYERS)

    assert Order.objects.with_seat().count() > SEATS


@pytest.mark.django_db(transaction=True)
def test_one_buyer_who_clicks_often_has_one_order(at_once, sale, lena):
    outcomes = at_once(*[lambda: reserve(lena, sale) for _ in range(sampled(200))])

    assert {each.pk for each in outcomes} == {Order.objects.get().pk}
    assert taken(sale) == 1


# --- The line ---


@pytest.fixture
def sold_out(sale, lena):
    """The only seat is Lena's."""
    TicketSale.objects.update(capacity=1)
    sale.refresh_from_db()
    sale.order = reserve(lena, sale)
    return sale


@pytest.mark.django_db(transaction=True)
class TestLine:
    def test_nobody_waits_for_what_is_on_sale(self, sale, otto):
        with pytest.raises(Refusal, match="There are tickets"):
            actions.join_line(actor=otto, sale=sale)

    def test_freed_seat_is_kept_for_who_came_first(self, sold_out, otto, sami):
        for person in (otto, sami):
            actions.join_line(actor=person, sale=sold_out)

        actions.release(order=sold_out.order, cause="left")

        assert taken(sold_out) == 1
        with pytest.raises(actions.SoldOut):
            reserve(sami, sold_out)
        assert reserve(otto, sold_out).state == "held"
        assert taken(sold_out) == 1

    def test_seat_that_nobody_came_for_goes_to_the_next_and_then_on_sale(
        self, sold_out, otto, sami, settings
    ):
        for person in (otto, sami):
            actions.join_line(actor=person, sale=sold_out)
        actions.release(order=sold_out.order, cause="left")
        later = timezone.now() + timedelta(seconds=settings.TICKET_OFFER_S + 1)

        assert actions.sweep_offers(now=later) == 1
        states = {place.person: place.state for place in sold_out.line.all()}
        assert states == {otto: "lapsed", sami: "offered"}

        assert actions.sweep_offers(now=later + timedelta(days=1)) == 1
        assert taken(sold_out) == 0

    def test_who_leaves_the_line_gives_the_kept_seat_to_the_next(self, sold_out, otto, sami):
        for person in (otto, sami):
            actions.join_line(actor=person, sale=sold_out)
        actions.release(order=sold_out.order, cause="left")

        actions.leave_line(actor=otto, sale=sold_out)
        actions.leave_line(actor=otto, sale=sold_out)

        assert reserve(sami, sold_out).state == "held"

    def test_line_of_three_is_served_before_fifty_who_click(self, sold_out, at_once):
        """While the seat comes back."""
        first, *others = [make_user() for _ in range(3)]
        for person in (first, *others):
            actions.join_line(actor=person, sale=sold_out)
        crowd = [make_user() for _ in range(sampled(50, part=2))]

        outcomes = at_once(
            lambda: actions.release(order=sold_out.order, cause="left"),
            *[lambda user=user: reserve(user, sold_out) for user in crowd],
        )

        assert outcomes[0] is True
        assert all(isinstance(each, actions.SoldOut) for each in outcomes[1:])
        assert sold_out.line.get(state="offered").person == first
        assert taken(sold_out) == 1

    def test_twin_that_frees_the_seat_before_it_looks_at_the_line_loses_it(
        self, sold_out, at_once, monkeypatch
    ):
        """Shows that the test above would see it."""
        actions.join_line(actor=make_user(), sale=sold_out)

        def free_seat(*, sale, now):
            TicketSale.objects.filter(pk=sale.pk).update(taken=F("taken") - 1)

        monkeypatch.setattr("ticketing.actions.seats.free_seat", free_seat)
        crowd = [make_user() for _ in range(5)]
        actions.release(order=sold_out.order, cause="left")

        outcomes = at_once(*[lambda user=user: reserve(user, sold_out) for user in crowd])

        assert sum(isinstance(each, Order) for each in outcomes) == 1
