"""What the API says no with: the kinds of error of Stripe's v1 interface."""

from typing import Any


class ApiError(Exception):
    """An answer with a status of 400 or more and Stripe's `error` object."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        # What happened before it was said stays so.
        keeps: bool = False,
        # Such as charge, decline_code, payment_intent.
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.keeps = keeps
        self.details = details

    def body(self) -> dict[str, Any]:
        said = {"code": self.code, "param": self.param, **self.details}
        shown = {name: value for name, value in said.items() if value is not None}
        return {"error": {"message": self.message, "type": self.kind, **shown}}


def no_key() -> ApiError:
    return ApiError(
        "You did not provide an API key. You need to provide your API key in the Authorization "
        "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        status=401,
    )


def wrong_key() -> ApiError:
    return ApiError(
        "Invalid API Key provided. This stand-in for Stripe takes only keys that begin with "
        "sk_test_standin.",
        status=401,
    )


def no_access(account: str) -> ApiError:
    return ApiError(
        f"The provided key does not have access to account '{account}' (or that account does not "
        "exist). Application access may have been revoked.",
        status=403,
        code="account_invalid",
    )


def unknown_url(method: str, path: str) -> ApiError:
    return ApiError(
        f"Unrecognized request URL ({method}: {path}). The stand-in may lack what Stripe has.",
        status=404,
    )


def not_found(noun: str, found_no: str, *, param: str, in_path: bool = False) -> ApiError:
    return ApiError(
        f"No such {noun}: '{found_no}'",
        status=404 if in_path else 400,
        code="resource_missing",
        param=param,
    )


def unknown(param: str) -> ApiError:
    return ApiError(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)


def missing(param: str) -> ApiError:
    return ApiError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def invalid(message: str, param: str, code: str | None = None) -> ApiError:
    return ApiError(message, code=code, param=param)


def not_offered(what: str, param: str | None = None) -> ApiError:
    """Stripe would take this; the stand-in says that it does not act on it, and is not silent."""
    return ApiError(
        f"The stand-in for Stripe does not offer {what}.", code="standin_limit", param=param
    )


def balance_insufficient(message: str = "") -> ApiError:
    return ApiError(
        message or "You have insufficient available funds in your Stripe account.",
        code="balance_insufficient",
    )


def rate_limited() -> ApiError:
    return ApiError(
        "Request rate limit exceeded.",
        status=429,
        kind="invalid_request_error",
        code="rate_limit",
    )


def key_in_use(key: str) -> ApiError:
    return ApiError(
        "There is currently another in-progress request using this Idempotency Key (that probably "
        f"means you submitted twice, and the other request is still going through): {key}.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def key_of_other_request(key: str) -> ApiError:
    return ApiError(
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different "
        "request.",
        kind="idempotency_error",
    )


def server_error() -> ApiError:
    return ApiError(
        "An unknown error occurred. (A fault that the stand-in was told to have.)",
        status=500,
        kind="api_error",
    )
