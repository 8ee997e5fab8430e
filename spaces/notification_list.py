"""The page of notifications: which rows its reader may see, and what each of them says by now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.eligibility import Hosting, hosting
from accounts.models import Block, Follow, Mute, Notification, User
from accounts.notifications import Kind, kind_of, kinds_in, own
from accounts.notifications.telling import in_html
from accounts.querysets import NotificationQuerySet

from . import notification_kinds as kinds
from .models import Invitation, Space, SpeakRequest

PAGE_SIZE = 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Earlier than these days is "Earlier".
WEEK = timedelta(days=7)
# What became of the Space of a row that does not hold any more.
BECAME: "dict[str, str | Promise]" = {
    Space.State.LIVE: _("It is live now"),
    Space.State.ENDED: _("It has ended"),
    Space.State.CANCELLED: _("It was called off"),
}
ANSWERS: "dict[str, str | Promise]" = {
    "accepted": _("You accepted"),
    "declined": _("You declined"),
}


@dataclass(kw_only=True)
class Line:
    """A notification as it is drawn. person: whose face stands beside it."""

    row: Notification
    kind: Kind
    sentence: SafeString
    person: User | None
    note: "str | Promise" = ""
    # When it takes place.
    moment: datetime | None = None
    link: str = ""
    link_text: "str | Promise" = ""
    leads_to_live: bool = False
    accept_url: str = ""
    decline_url: str = ""
    # Follow them back.
    follower: User | None = None
    # The first that leads to somebody live has the page's lamp.
    is_lamp: bool = False


@dataclass(frozen=True, kw_only=True)
class Section:
    heading: "str | Promise"
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class NotificationPage:
    sections: list[Section]
    # What the next page's address says; None on the last one.
    before: str | None
    is_first: bool
    # Up to when everything is read that was told so far, shown or not; None when nothing is new.
    until: datetime | None


def page_of(reader: User, *, group: str, before: str, now: datetime) -> NotificationPage:
    """before: a cursor from an address, so anything; the first page if it is none.

    As many queries for thirty rows as for one.
    """
    # First: what is told meanwhile stays new.
    until = Notification.objects.of(reader).unread().latest_moment()
    rows = shown_to(reader).of_kinds(kinds_in(group)).with_people().latest_first()
    cursor = _read_cursor(before)
    if cursor is not None:
        rows = rows.before(*cursor)
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    lines = lines_of(shown, reader)
    live = next((line for line in lines if line.leads_to_live), None)
    if live is not None:
        live.is_lamp = True
    return NotificationPage(
        sections=_sections(lines, timezone.localdate(now)),
        before=_write_cursor(shown[-1]) if len(found) > PAGE_SIZE else None,
        is_first=cursor is None,
        until=until,
    )


def _write_cursor(row: Notification) -> str:
    # To the microsecond: through a float it would be off by one here and there.
    return f"{(row.created_at - EPOCH) // timedelta(microseconds=1)}-{row.pk}"


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    moment, _dash, key = text.partition("-")
    if not (moment.isdecimal() and key.isdecimal() and len(moment) < 17 and len(key) < 19):
        return None
    return EPOCH + timedelta(microseconds=int(moment)), int(key)


def _sections(lines: Iterable[Line], today: date) -> list[Section]:
    """By the reader's own clock."""

    def heading(line: Line) -> "str | Promise":
        day = timezone.localdate(line.row.created_at)
        if day >= today:
            return _("Today")
        return _("This week") if day > today - WEEK else _("Earlier")

    return [
        Section(heading=name, lines=list(part))
        for name, part in groupby(lines, key=lambda line: heading(line))
    ]


def shown_to(reader: User) -> NotificationQuerySet:
    """What they may still know: no Space that is shut to them by now, nobody whom they muted, and
    nobody blocked either way. Who follows and who asks to speak is looked up by name later.
    """
    space = Space.objects.listed_for(reader).filter(pk=OuterRef("space"))
    is_hidden = (
        Q(Exists(Mute.objects.filter(muter=reader, muted=OuterRef("actor"))))
        | Q(Exists(Block.objects.filter(blocker=reader, blocked=OuterRef("actor"))))
        | Q(Exists(Block.objects.filter(blocker=OuterRef("actor"), blocked=reader)))
    )
    named_later = Q(kind__in=[own.FOLLOWED.name, kinds.REQUEST.name])
    return (
        Notification.objects.of(reader)
        .filter(Q(space__isnull=True) | Q(Exists(space)))
        .filter(named_later | Q(space__host=reader) | ~is_hidden)
    )


# --- What the rows are about, a query a kind at most ---


@dataclass(frozen=True, kw_only=True)
class Named:
    """Who follows, or asks to speak: the latest, for all of them."""

    person: User
    others: int
    is_followed: bool = False
    question: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """By day, by key of the invitation or request, by key of the Space."""

    followers: dict[date, Named] = field(default_factory=dict)
    invitations: dict[int, Invitation] = field(default_factory=dict)
    calls: dict[int, SpeakRequest] = field(default_factory=dict)
    requests: dict[int, Named] = field(default_factory=dict)
    hosting: Hosting | None = None


def _facts_of(rows: list[Notification], reader: User) -> Facts:
    by_kind: dict[str, list[Notification]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    followed = by_kind.get(own.FOLLOWED.name, [])
    invited = [
        kinds.row_of(row)
        for kind in (kinds.CO_HOST, kinds.INVITED)
        for row in by_kind.get(kind.name, [])
    ]
    called = [kinds.row_of(row) for row in by_kind.get(kinds.TO_STAGE.name, [])]
    asked = [row.space_id for row in by_kind.get(kinds.REQUEST.name, []) if row.space_id]
    return Facts(
        followers=_followers(reader, {_day(row) for row in followed}) if followed else {},
        invitations=Invitation.objects.in_bulk(invited) if invited else {},
        calls=SpeakRequest.objects.in_bulk(called) if called else {},
        requests=_requests(reader, asked) if asked else {},
        hosting=hosting(reader) if followed else None,
    )


def _day(row: Notification) -> date:
    """Of which day's followers it tells, by its key."""
    return date.fromisoformat(row.key.rpartition(":")[2])


def _followers(reader: User, days: set[date]) -> dict[date, Named]:
    """Day → the latest who follows since."""
    muted = Mute.objects.filter(muter=reader, muted=OuterRef("follower"))
    back = Follow.objects.filter(follower=reader, followed=OuterRef("follower"))
    day = TruncDate("created_at", tzinfo=UTC)
    follows = (
        Follow.objects.filter(~Exists(muted), followed=reader, follower__is_active=True)
        .annotate(day=day, is_back=Exists(back))
        .filter(day__in=days)
        .annotate(
            count=Window(Count("pk"), partition_by=F("day")),
            place=Window(RowNumber(), partition_by=F("day"), order_by=F("pk").desc()),
        )
        .filter(place=1)
        .select_related("follower")
    )
    return {
        follow.day: Named(
            person=follow.follower, others=follow.count - 1, is_followed=follow.is_back
        )
        for follow in follows
    }


def _requests(reader: User, spaces: list[int]) -> dict[int, Named]:
    """Space → the latest who waits, where the reader is of the crew."""
    accepted = Invitation.objects.to_co_host().accepted()
    co_hosts = accepted.filter(user=reader, space=OuterRef("participant__space"))
    space = F("participant__space")
    waiting = (
        SpeakRequest.objects.pending()
        .asked_by_themselves()
        .with_people()
        .filter(participant__space__in=spaces)
        .filter(Q(participant__space__host=reader) | Q(Exists(co_hosts)))
        .annotate(
            count=Window(Count("pk"), partition_by=space),
            place=Window(RowNumber(), partition_by=space, order_by=F("pk").desc()),
        )
        .filter(place=1)
    )
    found = {}
    for request in waiting:
        others = request.count - 1  # type: ignore[attr-defined]  # annotated above
        found[request.participant.space_id] = Named(
            person=request.participant.user, others=others, question=request.question
        )
    return found


# --- What each of them says ---


def lines_of(rows: list[Notification], reader: User) -> list[Line]:
    """Without those that are not so any more."""
    facts = _facts_of(rows, reader)
    drawn = (SAYS.get(row.kind, _plain)(row, facts) for row in rows)
    lines = [line for line in drawn if line is not None]
    followed = next((line for line in lines if line.kind is own.FOLLOWED), None)
    if followed is not None:
        # Beside the latest alone: it is how many follow now.
        followed.note = _way_to_hosting(facts.hosting)
    return lines


def _way_to_hosting(way: Hosting | None) -> str:
    if way is None or way.allowed:
        return ""
    return _("%(followers)d of %(needed)d followers") % {
        "followers": way.followers,
        "needed": way.needed,
    }


def _plain(row: Notification, facts: Facts) -> Line | None:
    kind, space = kind_of(row), row.space
    holds = kind.holds(row)
    line = Line(
        row=row,
        kind=kind,
        sentence=sentence_of(row, kind, holds=holds),
        person=row.actor,
        note=kind.note,
        link=kind.path(row),
        link_text=kind.button,
        leads_to_live=space is not None and space.is_live,
    )
    if not holds and space is not None:
        line.note = BECAME.get(space.state, _("It is announced for"))
        line.moment = space.scheduled_for if space.is_scheduled else None
        line.link_text = _("Listen") if space.is_live else kind.button_afterwards or kind.button
    return line


def _followed(row: Notification, facts: Facts) -> Line | None:
    latest = facts.followers.get(_day(row))
    if latest is None:
        return None
    row.actor, row.others = latest.person, latest.others
    kind = own.FOLLOWED
    line = Line(row=row, kind=kind, sentence=sentence_of(row, kind), person=latest.person)
    if latest.others or latest.is_followed:
        line.link, line.link_text = kind.path(row), kind.button
    else:
        latest.person.is_followed = False
        line.follower = latest.person
    return line


def _invited(row: Notification, facts: Facts) -> Line | None:
    invitation, space = facts.invitations.get(kinds.row_of(row)), row.space
    if invitation is None or space is None or invitation.state == Invitation.State.WITHDRAWN:
        return None
    line = _to_space(row, space)
    is_open = space.is_live or space.is_scheduled
    if invitation.state in ANSWERS:
        line.note, line.moment = ANSWERS[invitation.state], None
    elif is_open and invitation.kind == Invitation.Kind.CO_HOST:
        line.accept_url = reverse("spaces:co-host-accept", args=[space.public_id])
        line.decline_url = reverse("spaces:co-host-decline", args=[space.public_id])
        line.leads_to_live = False
    elif is_open:
        line.link, line.link_text = line.kind.path(row), line.kind.button
        line.decline_url = reverse(
            "spaces:invitation-decline", args=[space.public_id, invitation.public_id]
        )
    if line.leads_to_live:
        line.link, line.link_text = line.kind.path(row), _("Listen")
    return line


def _called(row: Notification, facts: Facts) -> Line | None:
    call, space = facts.calls.get(kinds.row_of(row)), row.space
    if call is None or space is None or call.state == SpeakRequest.State.WITHDRAWN:
        return None
    line = _to_space(row, space)
    if call.state in ANSWERS:
        line.note = ANSWERS[call.state]
        if line.leads_to_live:
            line.link, line.link_text = line.kind.path(row), line.kind.button
        return line
    line.leads_to_live = False
    line.accept_url = reverse("spaces:request-accept", args=[space.public_id, call.public_id])
    line.decline_url = reverse("spaces:request-decline", args=[space.public_id, call.public_id])
    return line


def _asked(row: Notification, facts: Facts) -> Line | None:
    latest = facts.requests.get(row.space_id) if row.space_id else None
    if latest is None or row.space is None:
        return None
    row.actor, row.others = latest.person, latest.others
    line = _to_space(row, row.space)
    line.note, line.leads_to_live = latest.question, False
    line.link, line.link_text = line.kind.path(row), line.kind.button
    return line


def _to_space(row: Notification, space: Space) -> Line:
    """With when it takes place, or what became of it."""
    kind = kind_of(row)
    return Line(
        row=row,
        kind=kind,
        sentence=sentence_of(row, kind),
        person=row.actor,
        note=BECAME.get(space.state, ""),
        moment=space.scheduled_for if space.is_scheduled else None,
        leads_to_live=space.is_live,
    )


SAYS: "Mapping[str, Callable[[Notification, Facts], Line | None]]" = {
    own.FOLLOWED.name: _followed,
    kinds.CO_HOST.name: _invited,
    kinds.INVITED.name: _invited,
    kinds.TO_STAGE.name: _called,
    kinds.REQUEST.name: _asked,
}


def sentence_of(row: Notification, kind: Kind, *, holds: bool = True) -> SafeString:
    """Names in bold, the title a link to its Space, the time as the reader writes it."""
    parts: dict[str, str | int] = {"others": row.others}
    person = row.actor or (row.space.host if row.space else None)
    if person is not None:
        parts["person"] = format_html("<b><bdi>{}</bdi></b>", person.display_name)
    if row.space is not None:
        parts["title"] = format_html(
            '<a href="{}"><bdi>{}</bdi></a>', row.space.get_absolute_url(), row.space.title
        )
    if row.speaks_of is not None:
        parts["time"] = _time(row.speaks_of)
    sentence = kind.sentence if holds else kind.sentence_afterwards or kind.sentence
    if row.others and kind.sentence_of_many:
        sentence = kind.sentence_of_many
    return in_html(sentence, parts)


def _time(moment: datetime) -> SafeString:
    """The hour alone of what is today."""
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localdate()
    return format_html(
        '<time datetime="{}" data-style="{}">{}</time>',
        local.isoformat(),
        "time" if is_today else "absolute",
        date_format(local, "H:i" if is_today else "SHORT_DATETIME_FORMAT"),
    )
