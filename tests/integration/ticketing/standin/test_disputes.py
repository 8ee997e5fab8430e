"""Disputes: the money goes at once, and may come back."""

import pytest
import stripe

from tests.stripe_standin import DAY_S, DISPUTED_LATER


@pytest.fixture
def dispute(api, controls, make_charge):
    return api.disputes.retrieve(controls.happen("charges", make_charge().id, "dispute")["id"])


def total(api):
    found = api.balance.retrieve()
    return sum(part.amount for part in [*found.available, *found.pending])


def types(api):
    found = api.events.list({"limit": 100, "type": "charge.dispute.*"}).data
    return [event.type.removeprefix("charge.dispute.") for event in found][::-1]


def test_opened(api, dispute):
    assert (dispute.status, dispute.amount, dispute.reason) == (
        "needs_response",
        1000,
        "fraudulent",
    )
    assert total(api) == 941 - 1000 - 1500
    (taken,) = dispute.balance_transactions
    assert (taken.amount, taken.fee, taken.net) == (-1000, 1500, -2500)
    assert api.charges.retrieve(dispute.charge).disputed
    assert types(api) == ["created", "funds_withdrawn"]


def test_won(api, controls, dispute):
    controls.happen("disputes", dispute.id, "win")

    assert api.disputes.retrieve(dispute.id).status == "won"
    assert total(api) == 941 - 1500
    assert types(api)[2:] == ["funds_reinstated", "closed"]


def test_lost(api, controls, dispute):
    controls.happen("disputes", dispute.id, "lose")

    assert api.disputes.retrieve(dispute.id).status == "lost"
    assert total(api) == 941 - 2500
    assert types(api)[2:] == ["closed"]


def test_closed_is_closed(api, controls, dispute):
    controls.happen("disputes", dispute.id, "lose")

    with pytest.raises(stripe.InvalidRequestError):
        api.disputes.close(dispute.id)


def test_unanswered_is_lost(api, controls, dispute):
    controls.advance(8 * DAY_S)

    assert api.disputes.retrieve(dispute.id).status == "lost"


def test_answered_is_under_review(api, controls, dispute):
    api.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "She was there."}})
    controls.advance(8 * DAY_S)

    again = api.disputes.retrieve(dispute.id)
    assert (again.status, again.evidence_details.submission_count) == ("under_review", 1)
    assert again.evidence.uncategorized_text == "She was there."


def test_given_up_by_the_app(api, dispute):
    assert api.disputes.close(dispute.id).status == "lost"


def test_inquiry_takes_nothing(api, controls, make_charge):
    charge = make_charge()
    found = controls.happen("charges", charge.id, "dispute", inquiry=True)

    assert found["status"] == "warning_needs_response"
    assert total(api) == 941
    assert api.refunds.create({"charge": charge.id}).status == "succeeded"
    controls.happen("disputes", found["id"], "win")
    assert api.disputes.retrieve(found["id"]).status == "warning_closed"


def test_disputed_charge_is_not_refunded(api, dispute):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"charge": dispute.charge})

    assert refused.value.code == "charge_disputed"


def test_card_that_disputes_a_day_later(api, controls, make_charge):
    charge = make_charge(number=DISPUTED_LATER)
    before = api.disputes.list().data
    controls.advance(DAY_S)

    assert not before
    assert [one.charge for one in api.disputes.list({"charge": charge.id}).data] == [charge.id]
    assert len(api.disputes.list({"payment_intent": charge.payment_intent}).data) == 1
