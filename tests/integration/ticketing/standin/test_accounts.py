"""Connected accounts: onboarded, reviewed, restricted, closed; and their pages."""

import pytest
import stripe

from tests.stripe_standin import HOUR_S, fetch, onboard


@pytest.fixture
def reload(api):
    def again(account):
        return api.accounts.retrieve(account.id)

    return again


def is_ready(account):
    return (account.capabilities.transfers, account.payouts_enabled) == ("active", True)


def test_new_account_is_not_ready(new_host):
    assert not is_ready(new_host)
    assert (new_host.type, new_host.details_submitted) == ("express", False)
    assert new_host.requirements.currently_due
    assert new_host.requirements.disabled_reason == "requirements.past_due"
    assert new_host.default_currency == "usd"


def test_onboarding_finished(api, new_host, link_of, reload):
    reply = onboard(link_of(new_host))

    account = reload(new_host)
    assert reply.location == "http://localhost/back"
    assert is_ready(account)
    assert account.details_submitted
    assert not account.requirements.currently_due
    assert len(account.external_accounts.data) == 1
    events = api.events.list({"types": ["account.updated"]}, {"stripe_account": account.id}).data
    assert [event.account for event in events] == [account.id]


def test_onboarding_left(new_host, link_of, reload):
    reply = onboard(link_of(new_host), "leave")

    assert reply.location == "http://localhost/back"
    assert not reload(new_host).details_submitted


def test_onboarding_restricted(new_host, link_of, reload):
    onboard(link_of(new_host), "restrict")

    assert not is_ready(reload(new_host))


def test_onboarding_reviewed(controls, new_host, link_of, reload):
    onboard(link_of(new_host), "review")
    waiting = reload(new_host)
    controls.advance(HOUR_S)

    assert waiting.details_submitted
    assert waiting.requirements.disabled_reason == "requirements.pending_verification"
    assert not is_ready(waiting)
    assert is_ready(reload(new_host))


def test_link_is_for_one_visit(new_host, link_of):
    url = link_of(new_host)
    first = fetch(url)

    assert (first.status, fetch(url).location) == (200, "http://localhost/again")


def test_link_lives_for_minutes(controls, new_host, link_of):
    url = link_of(new_host)
    controls.advance(301)

    assert fetch(url).location == "http://localhost/again"


def test_unvisited_link_takes_no_choice(new_host, link_of, reload):
    fetch(link_of(new_host), {"choice": "finish"})

    assert not is_ready(reload(new_host))


@pytest.mark.parametrize(
    ("verb", "ready"), [("restrict", False), ("review", False), ("complete", True)]
)
def test_account_is_changed_from_outside(controls, host, reload, verb, ready):
    controls.happen("accounts", host.id, verb)

    assert is_ready(reload(host)) is ready


def test_deauthorized_account_is_gone(api, controls, host, reload, stand_in, receiver):
    stand_in.add_webhook_endpoint(receiver.url, connect=True)

    controls.happen("accounts", host.id, "deauthorize")

    stand_in.wait_until_delivered()
    assert receiver.types() == ["account.application.deauthorized"]
    with pytest.raises(stripe.PermissionError):
        reload(host)


def test_deleted_account(api, host, reload):
    assert api.accounts.delete(host.id).deleted
    with pytest.raises(stripe.PermissionError):
        reload(host)


def test_account_with_money_is_not_deleted(api, host, make_charge):
    charge = make_charge()
    api.transfers.create(
        {
            "amount": 5,
            "currency": "usd",
            "destination": host.id,
            "source_transaction": charge.id,
        }
    )

    with pytest.raises(stripe.InvalidRequestError):
        api.accounts.delete(host.id)


def test_metadata_is_merged(api, new_host, reload):
    api.accounts.update(new_host.id, {"metadata": {"a": "1", "b": "2"}})
    api.accounts.update(new_host.id, {"metadata": {"a": "", "c": "3"}})

    assert reload(new_host).metadata.to_dict() == {"b": "2", "c": "3"}
    assert api.accounts.update(new_host.id, {"metadata": ""}).metadata.to_dict() == {}


def test_accounts_are_listed(api, new_host):
    assert [one.id for one in api.accounts.list().data] == [new_host.id]


@pytest.mark.parametrize(
    "params",
    [
        {"type": "express", "controller": {"stripe_dashboard": {"type": "express"}}},
        {"type": "standard"},
        {"type": "colour"},
        {"controller": {"stripe_dashboard": {"type": "full"}}},
        {"company": {"name": "x"}},
        {"settings": {"branding": {"primary_color": "#000000"}}},
    ],
)
def test_refused_accounts(api, params):
    with pytest.raises(stripe.InvalidRequestError):
        api.accounts.create(params)


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"account": "acct_none"}, "account"),
        ({"type": "account_update"}, "type"),
        ({"return_url": None}, "return_url"),
        ({"refresh_url": "here"}, "refresh_url"),
    ],
)
def test_refused_links(api, new_host, changed, param):
    params = {
        "account": new_host.id,
        "type": "account_onboarding",
        "refresh_url": "http://localhost/again",
        "return_url": "http://localhost/back",
    }
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.account_links.create(params | changed)

    assert refused.value.param == param


def test_dashboard_of_a_host(api, host, make_charge):
    api.transfers.create(
        {
            "amount": 900,
            "currency": "usd",
            "destination": host.id,
            "source_transaction": make_charge().id,
        }
    )

    page = fetch(api.accounts.login_links.create(host.id).url)

    assert page.status == 200
    assert "9.00 USD" in page.text
    assert "ready to be paid" in page.text


def test_dashboard_needs_onboarding(api, new_host):
    with pytest.raises(stripe.InvalidRequestError, match="onboarding"):
        api.accounts.login_links.create(new_host.id)


def test_own_account(api, host):
    assert api.accounts.retrieve_current().id != host.id
    assert api.accounts.retrieve_current(options={"stripe_account": host.id}).id == host.id
