"""Money under random calls: whatever is done in whatever order, the sums agree."""

import json
import random
from urllib.parse import urlencode

import pytest
from stripe._encode import _api_encode

from ticketing.standin.api import Api, Request
from ticketing.standin.errors import ApiError
from ticketing.standin.nouns import accounts, cards, disputes, payouts, refunds, sessions
from ticketing.standin.store import Store
from ticketing.standin.world import DAY_S, World

NUMBERS = [*(["4242424242424242"] * 5), *cards.METHODS]


class Walk:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.world = World(Store())
        self.api = Api(self.world)
        self.answers = {}
        self.hosts = [self.make_host() for _ in range(2)]

    def call(self, method, path, account=None, **params):
        headers = {"Authorization": "Bearer sk_test_standin_walk"}
        headers |= {"Stripe-Account": account} if account else {}
        text = urlencode(list(_api_encode(params)))
        request = Request(method=method, path=path, body=text.encode(), headers=headers)
        answer = self.api.answer(request)
        self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
        return json.loads(answer.body)

    def make_host(self):
        made = self.call("POST", "/v1/accounts", capabilities={"transfers": {"requested": True}})
        with self.world.store.transaction():
            accounts.complete(self.world, self.world.connected(made["id"]))
        return made["id"]

    def some(self, noun, account=None):
        found = self.world.store.select(noun, account)
        return self.chance.choice(found) if found else None

    def amount(self, most=1200):
        return self.chance.randint(1, most)

    # --- Steps ---

    def buy(self):
        data = {
            "currency": self.chance.choice(["usd", "usd", "jpy"]),
            "unit_amount": self.chance.randint(50, 1000),
            "product_data": {"name": "x"},
        }
        session = self.call(
            "POST",
            "/v1/checkout/sessions",
            mode="payment",
            line_items=[{"price_data": data, "quantity": self.chance.randint(1, 3)}],
            success_url="http://localhost/",
        )
        method = cards.METHODS[self.chance.choice(NUMBERS)]
        sessions.pay(self.world, session["id"], method, {"email": "a@b.c"})

    def refund(self):
        if charge := self.some("charge", ""):
            self.call("POST", "/v1/refunds", charge=charge["id"], amount=self.amount())

    def transfer(self):
        if charge := self.some("charge", ""):
            source = {"source_transaction": charge["id"]} if self.chance.random() < 0.7 else {}
            self.call(
                "POST",
                "/v1/transfers",
                amount=self.amount(),
                currency=charge["currency"],
                destination=self.chance.choice(self.hosts),
                **source,
            )

    def reverse(self):
        if sent := self.some("transfer"):
            self.call("POST", f"/v1/transfers/{sent['id']}/reversals", amount=self.amount())

    def pay_out(self):
        account = self.chance.choice([None, *self.hosts])
        self.call("POST", "/v1/payouts", account, amount=self.amount(), currency="usd")

    def happen(self):
        """What the app does not start."""
        kind = self.chance.choice(["dispute", "close", "refund fails", "payout fails"])
        with self.world.store.transaction():
            if kind == "dispute" and (charge := self.some("charge", "")):
                disputes.open_(self.world, charge, inquiry=self.chance.random() < 0.3)
            if kind == "close" and (dispute := self.some("dispute")):
                disputes.close(self.world, dispute, won=self.chance.random() < 0.5)
            refund = self.some("refund", "")
            if kind == "refund fails" and refund and refund["status"] != "failed":
                refunds.fail(self.world, refund, "unknown")
            if kind == "payout fails" and (payout := self.some("payout")):
                payouts.fail(self.world, payout["id"])

    def advance(self):
        self.world.advance(self.chance.randint(1, 2 * DAY_S))

    def step(self):
        steps = [self.buy, self.refund, self.transfer, self.reverse, self.pay_out, self.happen]
        try:
            self.chance.choice([*steps, self.buy, self.transfer, self.advance])()
        except ApiError:
            self.answers["refused"] = self.answers.get("refused", 0) + 1

    # --- What must be so ---

    def all(self, noun, account=None):
        return self.world.store.select(noun, account)

    def check(self):
        for account in ["", *self.hosts]:
            self.check_balance(account)
        for charge in self.all("charge", ""):
            self.check_charge(charge)
        for sent in self.all("transfer"):
            back = [one for one in self.all("transfer_reversal") if one["transfer"] == sent["id"]]
            assert sum(one["amount"] for one in back) == sent["amount_reversed"] <= sent["amount"]

    def check_balance(self, account):
        kept = dict(
            self.world.store.run(
                "SELECT currency, sum(net) FROM entries WHERE account = ? GROUP BY currency",
                account,
            )
        )
        told = {}
        for one in self.all("balance_transaction", account):
            assert one["net"] == one["amount"] - one["fee"]
            told[one["currency"]] = told.get(one["currency"], 0) + one["net"]
        assert kept == told
        if account:
            assert min(kept.values(), default=0) >= 0

    def check_charge(self, charge):
        given_back = [
            one
            for one in self.all("refund", "")
            if one["charge"] == charge["id"] and one["status"] != "failed"
        ]
        assert sum(one["amount"] for one in given_back) == charge["amount_refunded"]
        assert charge["amount_refunded"] <= charge["amount"]
        sent = [one for one in self.all("transfer") if one["source_transaction"] == charge["id"]]
        left = sum(one["amount"] - one["amount_reversed"] for one in sent)
        assert left <= charge["amount"]


@pytest.mark.parametrize("seed", range(4))
def test_sums_agree_whatever_is_done(seed):
    walk = Walk(seed)

    for place in range(300):
        walk.step()
        if place % 30 == 29:
            walk.check()

    # Every step was an answer, never a bug; and enough of them did something.
    assert set(walk.answers) <= {200, 400, 404, "refused"}
    assert walk.answers[200] > 60
    walk.world.store.close()
