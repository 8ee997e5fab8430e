"""Each call of the API and its answer, a line of JSON each, without what must stay secret."""

import json
import re
import threading
from pathlib import Path

from config.embedded import private_dir

from .api import Answer, Request

_SECRETS = re.compile(r"\b((?:sk|rk|whsec)_)[A-Za-z0-9_]+|(_secret_)[A-Za-z0-9_]+")


class Recorder:
    def __init__(self, path: Path) -> None:
        private_dir(path.parent)
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8")

    def write(self, request: Request, answer: Answer) -> None:
        headers = request.headers
        line = {
            "method": request.method,
            "path": request.path + (f"?{request.query}" if request.query else ""),
            "body": request.body.decode(errors="replace"),
            "idempotency_key": headers.get("Idempotency-Key"),
            "account": headers.get("Stripe-Account"),
            "version": headers.get("Stripe-Version"),
            "status": answer.status,
            "answer": answer.body,
            "request_id": answer.headers.get("Request-Id"),
            "faults": [fault.kind for fault in answer.faults],
        }
        text = _SECRETS.sub(lambda found: f"{found[1] or found[2]}…", json.dumps(line))
        with self._lock:
            self._file.write(text + "\n")
            self._file.flush()

    def close(self) -> None:
        self._file.close()
