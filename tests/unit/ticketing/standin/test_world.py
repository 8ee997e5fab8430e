"""Time, fees, faults and signatures."""

import pytest
import stripe

from ticketing.standin.delivery import signature
from ticketing.standin.errors import ApiError
from ticketing.standin.faults import Faults
from ticketing.standin.store import Store
from ticketing.standin.world import DAY_S, Terms, World, new_id, shown


@pytest.fixture
def world():
    made = World(Store())
    yield made
    made.store.close()


@pytest.mark.parametrize(("amount", "fee"), [(1000, 59), (100, 33), (999, 59), (1, 30), (50, 31)])
def test_fee_is_rounded_to_whole_minor_units(amount, fee):
    assert Terms().fee_minor(amount) == fee


def test_terms_can_be_changed_to_whole_numbers_only():
    assert Terms().changed({"fee_bps": 150}).fee_minor(1000) == 45
    for wrong in ({"fee_bps": 1.5}, {"colour": 1}, {"fee_bps": -1}, {"fee_bps": True}):
        with pytest.raises(ApiError):
            Terms().changed(wrong)


def test_jobs_are_done_in_the_order_of_their_time(world, monkeypatch):
    done = []
    monkeypatch.setitem(World.jobs, "note", lambda w, subject: done.append((subject, w.now())))
    start = world.now()
    world.at(start + 2 * DAY_S, "note", "second")
    world.at(start + DAY_S, "note", "first")
    world.at(start + 9 * DAY_S, "note", "later")

    world.advance(3 * DAY_S)

    assert done == [("first", start + DAY_S), ("second", start + 2 * DAY_S)]


def test_a_job_may_bring_another_that_is_due_as_well(world, monkeypatch):
    done = []

    def again(w, subject):
        done.append(w.now())
        w.at(w.now() + DAY_S, "again", subject)

    monkeypatch.setitem(World.jobs, "again", again)
    world.at(world.now() + DAY_S, "again", "")

    world.advance(3 * DAY_S + 5)

    assert len(done) == 3


def test_a_job_that_fails_keeps_no_other(world, monkeypatch):
    done = []

    def fail(w, subject):
        w.store.add({"id": "cus_1", "object": "customer"})
        raise RuntimeError

    monkeypatch.setitem(World.jobs, "fail", fail)
    monkeypatch.setitem(World.jobs, "note", lambda w, subject: done.append(subject))
    world.at(world.now() + 1, "fail", "")
    world.at(world.now() + 2, "note", "x")

    world.advance(5)

    assert done == ["x"]
    assert world.store.get("cus_1") is None


def test_clock_and_objects_outlive_the_process(tmp_path):
    first = World(Store(tmp_path / "store.sqlite3"))
    first.advance(DAY_S)
    first.store.add({"id": "cus_1", "object": "customer"})
    ahead = first.now()
    first.store.close()

    second = World(Store(tmp_path / "store.sqlite3"))

    assert second.now() >= ahead
    assert second.find("customer", "cus_1")
    second.store.close()


def test_what_fails_inside_a_transaction_is_undone_alone(world):
    def fail():
        with world.store.transaction():
            world.store.add({"id": "cus_2", "object": "customer"})
            raise ApiError("no")

    with world.store.transaction():
        world.store.add({"id": "cus_1", "object": "customer"})
        with pytest.raises(ApiError):
            fail()

    assert world.store.get("cus_1")
    assert world.store.get("cus_2") is None


def test_an_object_of_another_account_is_not_found(world):
    world.store.add({"id": "po_1", "object": "payout"}, "acct_1")

    assert world.find("payout", "po_1", account="acct_1")
    with pytest.raises(ApiError, match="No such payout"):
        world.find("payout", "po_1")


def test_own_fields_are_not_shown():
    assert shown({"a": [{"_b": 1, "c": 2}], "_d": 3}) == {"a": [{"c": 2}]}


def test_ids_differ():
    assert len({new_id("ch") for _ in range(1000)}) == 1000


# --- Faults ---


def test_fault_strikes_so_many_times():
    faults = Faults()
    faults.add(kind="rate_limit", path="/v1/refunds*", count=2)

    struck = [faults.strike({"rate_limit"}, "POST", "/v1/refunds") for _ in range(4)]

    assert [len(found) for found in struck] == [1, 1, 0, 0]


def test_fault_strikes_only_what_it_names():
    faults = Faults()
    faults.add(kind="rate_limit", method="POST", path="/v1/refunds", count=0)

    assert not faults.strike({"rate_limit"}, "GET", "/v1/refunds")
    assert not faults.strike({"rate_limit"}, "POST", "/v1/transfers")
    assert not faults.strike({"conflict"}, "POST", "/v1/refunds")
    assert faults.strike({"rate_limit"}, "POST", "/v1/refunds")


def test_fault_by_chance_repeats_with_its_seed():
    def strikes(seed):
        faults = Faults()
        faults.add(kind="rate_limit", count=0, percent=30, seed=seed)
        return [bool(faults.strike({"rate_limit"}, "GET", "/")) for _ in range(200)]

    assert strikes(1) == strikes(1)
    assert strikes(1) != strikes(2)
    assert 30 < sum(strikes(1)) < 90


@pytest.mark.parametrize("described", [{"kind": "colour"}, {"kind": "drop", "colour": 1}])
def test_unknown_fault_is_refused(described):
    with pytest.raises(ApiError):
        Faults().add(**described)


# --- Signatures ---


def test_signature_is_what_the_package_verifies():
    header = signature(["whsec_a", "whsec_b"], '{"é": 1}', 1_000)

    for secret in ("whsec_a", "whsec_b"):
        assert stripe.WebhookSignature.verify_header('{"é": 1}', header, secret, None)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header('{"é": 1}', header, "whsec_c", None)
