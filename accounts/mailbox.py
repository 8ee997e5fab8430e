"""The demo's mailbox: reads what Django's file backend wrote instead of sending."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path

# Django's file backend names a file by time and id, and writes this line after each message.
_NAME = re.compile(r"\A[0-9A-Za-z-]{1,60}\.log\Z")
_SEPARATOR = b"-" * 79

LISTED = 100


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
