"""What a notification says outside the site: by the language and the clock of whom it tells."""

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC

from django.conf import settings
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from config.reader import zone
from config.templatetags.rostrum import day_and_time

from ..models import Notification, User
from .kinds import Kind, kind_of


@dataclass(frozen=True, kw_only=True)
class Told:
    """In words. rich: the sentence as HTML, each name kept from turning what is around it.

    path: where the button leads, on this site.
    """

    kind: Kind
    sentence: str
    rich: SafeString
    note: str
    button: str
    path: str

    @property
    def url(self) -> str:
        return f"{settings.SITE_URL}{self.path}"


@contextmanager
def as_read_by(person: User) -> Iterator[None]:
    """What they chose, else what their browser last said, else the instance's own, and UTC."""
    reach = getattr(person, "reach", None)
    languages = dict(settings.LANGUAGES)
    wanted = (person.language, reach.language if reach else "", settings.LANGUAGE_CODE)
    here = zone(person.time_zone) or (zone(reach.time_zone) if reach else None)
    with (
        translation.override(next(language for language in wanted if language in languages)),
        timezone.override(here or UTC),
    ):
        yield


def tell(notification: Notification) -> Told:
    """In the language and zone that are active. Raises: KeyError, as `kind_of`."""
    kind = kind_of(notification)
    moment = notification.speaks_of
    actor, space = notification.actor, notification.space
    words = {
        "person": one_line(actor.display_name) if actor else "",
        "title": one_line(space.title) if space else "",
        "time": day_and_time(timezone.localtime(moment)) if moment else "",
    }
    names = {name: format_html("<bdi>{}</bdi>", word) for name, word in words.items()}
    return Told(
        kind=kind,
        sentence=one_line(str(kind.sentence) % words),
        rich=in_html(kind.sentence, names),
        note=str(kind.note),
        button=str(kind.button),
        path=kind.path(notification),
    )


def in_html(sentence: "str | Promise", parts: Mapping[str, str | int]) -> SafeString:
    """A kind's sentence, with what stands in it as HTML: escaped here if it is not."""
    safe = {
        name: part if isinstance(part, int) else conditional_escape(part)
        for name, part in parts.items()
    }
    # As a template has it: what is ours to translate is HTML.
    return mark_safe(sentence % safe)  # noqa: S308


def one_line(text: str) -> str:
    """Nothing that ends a line, or cannot be seen and stands alone: it goes into headers."""
    visible = "".join(
        sign if unicodedata.category(sign) not in {"Cc", "Cs", "Zl", "Zp"} else " " for sign in text
    )
    return " ".join(visible.split())
