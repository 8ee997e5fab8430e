"""What is recorded of calls to Stripe has no secrets in it."""

import json

import pytest

from ticketing import stripe_record


@pytest.fixture
def recorded(tmp_path):
    def write(path="/v1/refunds", body="", answer=""):
        file = tmp_path / "stripe.jsonl"
        stripe_record.write(
            str(file),
            method="post",
            url=f"https://api.stripe.com{path}",
            headers={"Authorization": "Bearer sk_live_1", "Idempotency-Key": "refund:1"},
            body=body,
            status=200,
            answer=answer,
        )
        return json.loads(file.read_text().splitlines()[-1])

    return write


@pytest.mark.parametrize(
    "secret",
    ["sk_live_51Abc", "rk_test_9", "whsec_abc+/9=", "pi_3N_secret_x9Y", "seti_1_secret_2"],
)
def test_secret_is_taken_out_wherever_it_is(recorded, secret):
    entry = recorded(body=f"a={secret}&b=1", answer=f'{{"x": "{secret}"}}')

    assert secret not in json.dumps(entry)
    assert json.loads(entry["answer"]) == {"x": stripe_record.TAKEN_OUT}


def test_headers_with_the_key_are_not_written(recorded):
    assert "sk_live_1" not in json.dumps(recorded())


@pytest.mark.parametrize("path", ["/v1/account_links", "/v1/accounts/acct_1/login_links"])
def test_address_that_signs_somebody_in_is_taken_out(recorded, path):
    entry = recorded(path, answer='{"url": "https://connect.stripe.com/setup/s/abc"}')

    assert json.loads(entry["answer"]) == {"url": stripe_record.TAKEN_OUT}


def test_rest_is_written_as_it_was(recorded):
    entry = recorded("/v1/refunds?limit=1", body="amount=100", answer='{"url": "https://a"}')

    assert (entry["path"], entry["body"], entry["answer"]) == (
        "/v1/refunds?limit=1",
        "amount=100",
        '{"url": "https://a"}',
    )


def test_file_is_the_owners_alone(recorded, tmp_path):
    recorded()

    assert (tmp_path / "stripe.jsonl").stat().st_mode & 0o077 == 0
