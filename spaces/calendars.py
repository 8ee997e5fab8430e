"""What calendar programs read: announced Spaces as iCalendar has them.

Source: RFC 5545, RFC 7986
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, vCalAddress, vDuration, vText

from .models import Space

# How long it takes, nobody says beforehand; a calendar wants an end.
EVENT_LENGTH = timedelta(hours=1)
ALARM_BEFORE = timedelta(minutes=10)
# How often a program that follows a feed looks again.
READ_EVERY = timedelta(hours=1)


def draw(spaces: Sequence[Space], *, origin: str, name: str = "") -> bytes:
    """A calendar of Spaces, each announced and with its host.

    origin: of this instance's addresses, https://rostrum.example. name: of a feed; a file that is
    read once has none.
    """
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//Rostrum//Rostrum//EN")
    calendar.add("METHOD", "PUBLISH")
    if name:
        # Under their standard names, and as Apple and Outlook had them before. The library’s own
        # setters neither escape the one nor say what the other is (RFC 7986 §5.1, §5.7).
        calendar.add("NAME", vText(one_line(name)))
        calendar.add("X-WR-CALNAME", vText(one_line(name)))
        calendar.add("REFRESH-INTERVAL", READ_EVERY, {"VALUE": "DURATION"})
        calendar.add("X-PUBLISHED-TTL", vDuration(READ_EVERY))
    for space in spaces:
        calendar.add_component(_event(space, origin))
    return calendar.to_ical()


def _event(space: Space, origin: str) -> Event:
    assert space.scheduled_for is not None
    title, url = one_line(space.title), origin + space.get_absolute_url()
    event = Event()
    event.add("UID", str(space.public_id))
    # With every change that pages see: calendars take the highest.
    event.add("SEQUENCE", space.version)
    event.add("DTSTAMP", space.announced_at)
    event.add("LAST-MODIFIED", space.announced_at)
    event.add("DTSTART", space.scheduled_for)
    event.add("DTEND", space.scheduled_for + EVENT_LENGTH)
    event.add("STATUS", "CANCELLED" if space.is_cancelled else "CONFIRMED")
    event.add("SUMMARY", title)
    host = one_line(space.host.display_name)
    description = _("A live audio room hosted by %(name)s. Come in here: %(link)s")
    event.add("DESCRIPTION", description % {"name": host, "link": url})
    event.add("URL", url)
    event.add("LOCATION", url)
    event.add("CLASS", "PUBLIC" if space.visibility == Space.Visibility.PUBLIC else "PRIVATE")
    # An address of a person, and not of their mailbox: that one is nobody's business.
    organizer = vCalAddress(origin + space.host.get_absolute_url())
    organizer.params["CN"] = host
    event.add("ORGANIZER", organizer)
    if not space.is_cancelled:
        alarm = Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", title)
        alarm.add("TRIGGER", -ALARM_BEFORE)
        event.add_component(alarm)
    return event


def one_line(text: str) -> str:
    """Without the signs that the format has no place for: they would make the file unreadable."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def etag(spaces: Sequence[Space], *, origin: str, name: str = "") -> str:
    """Of what draw() would make of them: that takes longer than reading them."""
    told = [origin, name, get_language()]
    for space in spaces:
        # The version rises with the title, the time and the state.
        host = space.host
        told += [str(space.public_id), str(space.version), host.display_name, host.handle]
    return f'"{hashlib.sha256(repr(told).encode()).hexdigest()[:32]}"'
