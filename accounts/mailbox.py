"""The demo's mailbox: letters are files instead of being sent, and its page reads them."""

import os
import re
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage as Letter
from django.core.mail.backends.base import BaseEmailBackend

# Named by time, as Django's file backend does it, which writes this line after each message.
_NAME = re.compile(r"\A[0-9A-Za-z-]{1,60}\.log\Z")
_SEPARATOR = b"-" * 79

LISTED = 100


class FileBackend(BaseEmailBackend):
    """A file for each letter, there in whole or not at all.

    Django's own has one for each connection, and gives two that come one after the other one name.
    """

    def __init__(self, *args: Any, file_path: "str | Path | None" = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(file_path or settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[Letter]) -> int:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for letter in email_messages:
            self._write(letter.message().as_bytes())
        return len(email_messages)

    def _write(self, content: bytes) -> None:
        now = datetime.now(UTC)
        name = f"{now:%Y%m%d-%H%M%S}-{now:%f}{secrets.token_hex(4)}.log"
        descriptor, draft = tempfile.mkstemp(prefix=".draft-", dir=self.folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(draft, self.folder / name)


@dataclass(frozen=True, kw_only=True)
class Message:
    name: str
    subject: str
    to: str
    sent_at: datetime | None
    text: str


def messages(folder: Path) -> list[Message]:
    """The newest LISTED messages; what cannot be read is left out."""
    if not folder.is_dir():
        return []
    names = sorted((path.name for path in folder.iterdir() if _NAME.match(path.name)), reverse=True)
    return [found for name in names[:LISTED] if (found := message(folder, name)) is not None]


def message(folder: Path, name: str) -> Message | None:
    """One message by its file name; None for a name that is not one of ours, or a damaged file."""
    if not _NAME.match(name):
        return None
    try:
        return _read(name, (folder / name).read_bytes())
    # The email package promises to parse anything, and raises all of these for damaged headers.
    except (OSError, MessageError, ValueError, LookupError, AttributeError, TypeError):
        return None


def _read(name: str, content: bytes) -> Message:
    parsed = message_from_bytes(content.partition(_SEPARATOR)[0], policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    body = parsed.get_body(("plain",))
    return Message(
        name=name,
        subject=parsed["Subject"] or "",
        to=parsed["To"] or "",
        sent_at=parsed["Date"].datetime if parsed["Date"] else None,
        text=body.get_content() if body is not None else "",
    )
