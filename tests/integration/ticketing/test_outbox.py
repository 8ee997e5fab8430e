"""What Stripe is told to do is done once, whatever gets lost, and its answer is used once."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from config.errors import Conflict
from config.news import connection as redis
from ticketing import actions, tasks
from ticketing.actions import outbox
from ticketing.models import StripeCall
from ticketing.stripe_gateway import StripeRefused, StripeUnavailable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe")]
State = StripeCall.State
PARAMS = {"payment_intent": "pi_1", "amount": 1000, "metadata": {"refund": "1"}}


def queue(key="refund:1", kind="refund.create", params=PARAMS, **more):
    return actions.queue_call(kind, key=key, params=params, **more)


def now(key="refund:1", kind="refund.create", params=PARAMS):
    return actions.call_now(kind, key=key, params=params)


def send():
    return actions.send_stripe_calls()


def due_now(**fields):
    """Time passes."""
    unsettled = StripeCall.objects.filter(settled_at__isnull=True, next_try_at__isnull=False)
    unsettled.update(next_try_at=timezone.now(), **fields)


def a_day_later():
    due_now(first_sent_at=timezone.now() - timedelta(hours=25))


def state_of(call):
    call.refresh_from_db()
    return call.state


@pytest.fixture
def told():
    """Calls that a handler was given; `goes_wrong` is what it raises."""

    class Told(list):
        goes_wrong = None

    seen = Told()

    @outbox.on_answer("refund.create")
    def handle(call):
        if seen.goes_wrong:
            raise seen.goes_wrong
        seen.append((call.key, call.state))

    return seen


# --- Written down and sent ---


def test_queued_call_is_sent_and_its_answer_used(stripe, told, lena):
    call = queue(subject=lena)

    send()

    assert state_of(call) == State.DONE
    assert (call.response_id, call.answer) == ("re_1", {"id": "re_1", "status": "succeeded"})
    assert call.is_about(lena)
    assert stripe.requests[0][3] == "amount=1000&metadata[refund]=1&payment_intent=pi_1"
    assert told == [("refund:1", State.DONE)]
    assert call.handled_at is not None


def test_sent_call_is_not_sent_again(stripe, told):
    queue()

    send()
    send()

    assert (len(stripe.requests), len(told)) == (1, 1)


def test_call_of_a_transaction_that_fails_is_never_sent(stripe):
    def sell():
        with transaction.atomic():
            queue()
            raise LookupError

    with pytest.raises(LookupError):
        sell()

    send()

    assert stripe.requests == []


def test_queueing_twice_gives_the_same_call():
    assert queue().pk == queue().pk


@pytest.mark.parametrize(
    "other", [{"params": PARAMS | {"amount": 999}}, {"kind": "transfer.create"}]
)
def test_key_with_something_else_is_a_mistake(other):
    queue()

    with pytest.raises(outbox.KeyTaken):
        queue(**other)
    with pytest.raises(outbox.KeyTaken):
        now(**other)


def test_unknown_kind_is_a_mistake():
    with pytest.raises(KeyError):
        queue(kind="money.print")


def test_object_that_is_changed_is_named_in_the_path(stripe):
    queue("session:1:expire", "checkout.session.expire", {"id": "cs_1"})

    send()

    _, path, _, body = stripe.requests[0]
    assert (path, body) == ("/v1/checkout/sessions/cs_1/expire", "")


def test_without_a_key_it_waits(stripe, settings):
    call = queue()
    settings.STRIPE_SECRET_KEY = ""

    send()

    assert (state_of(call), stripe.requests) == (State.QUEUED, [])


def test_lost_message_is_healed_by_the_next_sweep(
    stripe, redis_server, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        queue()
    redis().flushdb()

    tasks.send_stripe_calls()

    assert stripe.effects() == {"refund:1": 1}


# --- Trouble ---


@pytest.mark.parametrize("faults", [["drop"] * 3, ["hang"] * 3, ["cut"], ["lose"] * 3])
def test_unknown_outcome_is_found_out_under_the_same_key(stripe, told, faults):
    call = queue()
    stripe.faults = list(faults)
    send()
    between = (state_of(call), list(told))

    due_now()
    send()

    assert between == (State.UNKNOWN, [])
    assert (state_of(call), stripe.effects()) == (State.DONE, {"refund:1": 1})
    assert told == [("refund:1", State.DONE)]


@pytest.mark.parametrize(("fault", "state"), [("429", State.QUEUED), ("502", State.UNKNOWN)])
def test_stripe_that_is_away_uses_up_no_try(stripe, fault, state):
    call = queue()
    stripe.faults = [fault] * 30

    for _ in range(30):
        due_now()
        send()
    between = state_of(call)
    due_now()
    send()

    assert between == state
    assert (state_of(call), call.attempts) == (State.DONE, 1)


def test_stripe_that_is_away_is_asked_once_a_run(stripe):
    for number in range(5):
        queue(f"refund:{number}")
    stripe.faults = ["429"]

    assert send() is False
    assert len(stripe.requests) == 1


def test_refusal_is_the_end_and_the_handlers(stripe, told, caplog):
    call = queue()
    stripe.faults = ["400"]

    send()
    due_now()
    send()

    assert state_of(call) == State.FAILED
    assert (call.reason, call.param, call.request_id) == ("no_such_thing", "amount", "req_1")
    assert told == [("refund:1", State.FAILED)]
    assert len(stripe.requests) == 1
    assert "ida@example.org" not in caplog.text


def test_later_try_that_arrives_nowhere_leaves_it_unknown(stripe):
    call = queue()
    stripe.faults = ["cut", "429"]
    send()

    due_now()
    send()

    assert state_of(call) == State.UNKNOWN


def test_bug_in_one_call_holds_up_no_other(stripe):
    bad = queue("session:1:expire", "checkout.session.expire", {})
    good = queue()

    send()

    assert (state_of(bad), state_of(good)) == (State.UNKNOWN, State.DONE)


# --- A stored 500 ---


def test_replayed_500_that_did_it_is_found(stripe, told):
    call = queue()
    stripe.faults = ["500"]
    send()
    due_now()
    send()
    was_replay = state_of(call) == State.UNKNOWN and call.is_replay

    due_now()
    send()

    assert was_replay
    assert (state_of(call), call.response_id) == (State.DONE, "re_1")
    assert (stripe.effects(), told) == ({"refund:1": 1}, [("refund:1", State.DONE)])


def test_500_that_did_nothing_is_not_made_again_within_the_day(stripe):
    call = queue()
    stripe.faults = ["500 before"]

    for _ in range(5):
        due_now()
        send()

    assert (state_of(call), stripe.effects()) == (State.UNKNOWN, {})


def test_500_that_did_nothing_is_made_anew_after_a_day(stripe):
    call = queue()
    stripe.faults = ["500 before"]
    send()

    stripe.forgets_keys = True
    a_day_later()
    send()

    assert (state_of(call), stripe.effects()) == (State.DONE, {"refund:1": 1})
    methods = [method for method, *_ in stripe.requests]
    assert methods == ["POST", "GET", "POST"]


def test_key_that_was_used_for_something_else_is_looked_for(stripe, told):
    """A new version of the package may write params otherwise."""
    call = queue()
    stripe.faults = ["cut", "other params"]
    send()

    due_now()
    send()
    between = (state_of(call), call.reason, list(told))
    due_now()
    send()

    assert between == (State.UNKNOWN, "idempotency_error", [])
    assert (state_of(call), stripe.effects()) == (State.DONE, {"refund:1": 1})


def test_given_up_one_is_told_and_an_operators(stripe, caplog):
    call = queue()
    stripe.faults = ["500 before"]

    for _ in range(outbox.TRIES + 2):
        due_now()
        send()

    assert (state_of(call), call.next_try_at, call.attempts) == (State.UNKNOWN, None, 20)
    assert "given up" in caplog.text


def test_given_up_one_can_be_tried_again(stripe, hana):
    call = queue()
    stripe.faults = ["500"]
    send()
    StripeCall.objects.update(next_try_at=None, is_replay=True)

    actions.try_call_again(actor=hana, call=call)
    send()

    assert state_of(call) == State.DONE


def test_waiting_and_done_ones_are_not_tried_again(stripe, hana):
    call = queue()
    with pytest.raises(Conflict):
        actions.try_call_again(actor=hana, call=call)
    send()

    with pytest.raises(Conflict):
        actions.try_call_again(actor=hana, call=call)


# --- After a day ---


def test_key_that_stripe_forgot_is_looked_for_before_it_is_sent(stripe):
    call = queue()
    stripe.faults = ["cut"]
    send()

    stripe.forgets_keys = True
    a_day_later()
    send()

    assert (state_of(call), call.response_id) == (State.DONE, "re_1")
    assert stripe.effects() == {"refund:1": 1}


def test_without_looking_it_would_be_done_twice(stripe, monkeypatch):
    """The twin."""
    queue()
    stripe.faults = ["cut"]
    send()
    monkeypatch.setattr(outbox, "_found", lambda call: None)

    stripe.forgets_keys = True
    a_day_later()
    send()

    assert stripe.effects() == {"refund:1": 2}


def test_others_in_the_list_are_not_taken_for_it(stripe):
    stripe.objects = [{"id": "re_0", "object": "refund", "metadata": {"refund": "0"}, "key": "x"}]
    call = queue()
    stripe.faults = ["500 before"]
    send()

    stripe.forgets_keys = True
    a_day_later()
    send()

    assert (state_of(call), call.response_id) == (State.DONE, "re_2")


def test_call_that_never_arrived_is_not_looked_for(stripe):
    call = queue(params={"payment_intent": "pi_1"})
    stripe.faults = ["429"]
    send()

    a_day_later()
    send()

    assert (state_of(call), len(stripe.requests)) == (State.DONE, 2)


def test_kind_has_its_own_way_to_look(stripe):
    call = queue()
    stripe.faults = ["cut"]
    send()

    @outbox.finds("refund.create")
    def find(call):
        return {"id": "re_found", "status": "pending"}

    a_day_later()
    send()

    assert (state_of(call), call.response_id) == (State.DONE, "re_found")


def test_one_that_cannot_be_looked_for_is_an_operators(stripe, caplog):
    call = queue(params={"payment_intent": "pi_1"})
    stripe.faults = ["cut"]
    send()

    a_day_later()
    send()

    assert (state_of(call), call.next_try_at, call.reason) == (
        State.UNKNOWN,
        None,
        "needs_operator",
    )
    assert "needs an operator" in caplog.text


def test_what_may_happen_twice_is_just_sent_again(stripe):
    call = queue("session:1:expire", "checkout.session.expire", {"id": "cs_1"})
    stripe.faults = ["cut"]
    send()

    a_day_later()
    send()

    assert state_of(call) == State.DONE


# --- Handed over ---


def test_answer_whose_handler_fails_is_kept_and_handed_over_again(stripe, told, caplog):
    call = queue()
    told.goes_wrong = ValueError("no such row")
    send()
    between = (state_of(call), call.handled_at)

    told.goes_wrong = None
    StripeCall.objects.update(next_try_at=timezone.now())
    send()
    send()

    assert between == (State.DONE, None)
    assert (told, len(stripe.requests)) == ([("refund:1", State.DONE)], 1)


def test_handler_that_fails_leaves_nothing_of_what_it_did(stripe, lena):
    @outbox.on_answer("refund.create")
    def handle(call):
        lena.name = "Somebody"
        lena.save()
        raise ValueError

    queue()
    send()

    lena.refresh_from_db()
    assert lena.name != "Somebody"


def test_kind_has_one_handler(told):
    with pytest.raises(RuntimeError):
        outbox.on_answer("refund.create")(lambda call: None)
    with pytest.raises(KeyError):
        outbox.on_answer("money.print")


# --- While somebody waits ---


def test_call_now_gives_the_answer_after_the_handler(stripe, told):
    answer = now()

    assert (answer["id"], answer["object"], told) == ("re_1", "refund", [("refund:1", State.DONE)])


def test_call_now_is_sent_once_however_often_it_is_asked(stripe, told):
    first = now()

    assert now() == {"id": first["id"], "status": "succeeded"}
    assert (len(stripe.requests), len(told)) == (1, 1)


def test_call_now_that_fails_is_raised_and_goes_on_by_itself(stripe, told):
    stripe.faults = ["cut"]

    with pytest.raises(StripeUnavailable) as caught:
        now()
    due_now()
    send()

    assert caught.value.is_unknown
    assert (told, stripe.effects()) == ([("refund:1", State.DONE)], {"refund:1": 1})


def test_call_now_goes_on_with_one_that_waits(stripe):
    stripe.faults = ["429"]
    with pytest.raises(StripeUnavailable):
        now()

    assert now()["id"] == "re_1"
    assert StripeCall.objects.count() == 1


def test_call_now_that_is_refused_is_refused_again_without_asking(stripe, told):
    stripe.faults = ["402"]

    for _ in range(2):
        with pytest.raises(StripeRefused) as caught:
            now()
        assert caught.value.reason == "card_declined"

    assert (len(stripe.requests), told) == (1, [("refund:1", State.FAILED)])


def test_call_now_does_not_get_in_the_way_of_a_worker(stripe):
    queue()
    outbox.claim_call(now=timezone.now())

    with pytest.raises(StripeUnavailable) as caught:
        now()

    assert (caught.value.reason, stripe.requests) == ("in_progress", [])


@pytest.mark.django_db(transaction=True)
def test_call_now_within_a_transaction_is_a_mistake(stripe):
    with pytest.raises(RuntimeError), transaction.atomic():
        now()

    assert stripe.requests == []


def test_addresses_that_sign_somebody_in_are_not_kept(stripe):
    now("link:1", "account_link.create", {"account": "acct_1"})

    assert StripeCall.objects.get().answer == {}


# --- At once ---


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
class TestAtOnce:
    def test_two_workers_send_each_once(self, stripe, at_once, told):
        keys = [queue(f"refund:{number}").key for number in range(30)]

        def worker():
            while (call := outbox.claim_call(now=timezone.now())) is not None:
                outbox._work(call)

        at_once(worker, worker)

        assert sorted(stripe.keys()) == sorted(keys)
        assert sorted(told) == sorted((key, State.DONE) for key in keys)

    def test_without_the_claim_it_would_be_more(self, stripe, at_once):
        """The twin. Stripe would still do it once: the key is the second guard."""
        queue()
        stripe.hang_s = 0.2
        stripe.faults = ["hang"] * 4

        def unlocked():
            outbox._send(StripeCall.objects.due(timezone.now()).get())

        at_once(*[unlocked] * 4)

        assert len(stripe.requests) == 4
        assert stripe.effects() == {"refund:1": 1}

    def test_clicks_at_once_are_one_call(self, stripe, at_once, told):
        stripe.hang_s = 0.2
        stripe.faults = ["hang"]

        results = at_once(*[now] * 10)

        answers = [result for result in results if isinstance(result, dict)]
        others = {type(r) for r in results if not isinstance(r, dict)}
        assert len(answers) >= 1
        assert others <= {StripeUnavailable}
        assert (len(stripe.requests), told) == (1, [("refund:1", State.DONE)])

    def test_answer_is_handled_once_by_any_number(self, stripe, at_once, told):
        told.goes_wrong = ValueError()
        queue()
        send()
        told.goes_wrong = None
        StripeCall.objects.update(next_try_at=timezone.now())

        at_once(*[outbox.hand_over_answers] * 8)

        assert told == [("refund:1", State.DONE)]

    def test_run_sends_side_by_side(self, stripe, settings, told):
        settings.STRIPE_AT_ONCE = 4
        for number in range(20):
            queue(f"refund:{number}")

        assert send() is False
        assert (len(told), set(stripe.effects().values())) == (20, {1})
