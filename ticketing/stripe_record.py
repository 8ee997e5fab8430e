"""What was said to Stripe and what it answered, as JSON lines in a file; secrets are taken out."""

import fcntl
import json
import logging
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

logger = logging.getLogger(__name__)

TAKEN_OUT = "[taken out]"
# Keys of the API, of webhooks, and of a browser for one payment; addresses that sign somebody in.
_SECRETS = (
    re.compile(r"\b(?:sk|rk|pk|ek)_(?:live|test)_\w+"),
    re.compile(r"\bwhsec_[\w+/=]+"),
    re.compile(r"\b\w+_secret_\w+"),
)
_SIGNS_IN = re.compile(r"/(?:account_links|login_links|billing_portal/sessions)$")
_URL = re.compile(r'("url":\s*")[^"]*"')


def write(
    file: str,
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: str,
    status: int | None,
    answer: str,
) -> None:
    """Add one try. status: None when no whole answer came; `answer` then says why.

    Any number of processes may write to the same file.
    """
    address = urlsplit(url)
    path = f"{address.path}?{address.query}" if address.query else address.path
    if _SIGNS_IN.search(address.path):
        answer = _URL.sub(rf'\1{TAKEN_OUT}"', answer)
    entry = {
        "at": timezone.now().isoformat(),
        "method": method.upper(),
        "path": without_secrets(path),
        "idempotency_key": headers.get("Idempotency-Key", ""),
        "account": headers.get("Stripe-Account", ""),
        "version": headers.get("Stripe-Version", ""),
        "body": without_secrets(body),
        "status": status,
        "answer": without_secrets(answer),
    }
    try:
        _append(file, entry)
    except OSError:
        # The call has been made: what it did must not be lost with a full disk.
        logger.exception("A call to Stripe could not be recorded.")


def without_secrets(text: str) -> str:
    for pattern in _SECRETS:
        text = pattern.sub(TAKEN_OUT, text)
    return text


def _append(file: str, entry: dict[str, Any]) -> None:
    line = memoryview(json.dumps(entry).encode() + b"\n")
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # One write may take a part of a long line only.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        while line:
            line = line[os.write(descriptor, line) :]
    finally:
        os.close(descriptor)
