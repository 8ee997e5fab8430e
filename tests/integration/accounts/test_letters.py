"""Notifications as letters: as they arrive, read back with the standard library."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from django.core import mail as django_mail
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts import actions
from accounts.models import Reach
from accounts.models.notifications import Channel
from accounts.notifications.mail import letter
from tests.factories import make_host, make_scheduled, make_space

from .deliveries import make_mail

pytestmark = pytest.mark.django_db
WHEN = datetime(2026, 12, 3, 18, 0, tzinfo=UTC)


def arrived(delivery):
    """As a mail program has it."""
    content = letter(delivery).message().as_bytes(linesep="\r\n")
    return message_from_bytes(content, policy=policy.default)


def text(message):
    return message.get_body(("plain",)).get_content()


def page(message):
    return message.get_body(("html",)).get_content()


@pytest.fixture
def invitation(hana, lena):
    space = make_scheduled(hana, title="The price of a book")
    return make_mail(lena, "invited", actor=hana, space=space)


def test_letter_says_what_is_so_and_where_it_leads(invitation):
    message = arrived(invitation)
    link = f"https://talks.example{invitation.notification.space.get_absolute_url()}"

    assert message["Subject"] == "Hana invites you to The price of a book"
    assert (message["To"], message["From"]) == ("lena@example.org", "Rostrum <noreply@localhost>")
    assert link in text(message).splitlines()
    assert f'href="{link}"' in page(message)


def test_headers_tell_machines_what_it_is(invitation):
    message = arrived(invitation)

    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert abs(message["Date"].datetime.replace(tzinfo=UTC) - timezone.now()) < timedelta(minutes=1)


def test_way_out_stands_whole_in_its_header(invitation):
    """A folded or encoded address is none to the programs that post to it."""
    raw = letter(invitation).message().as_bytes(linesep="\r\n").decode()

    found = re.search(r"^List-Unsubscribe: (?:\r\n )?<(\S+)>\r$", raw, re.MULTILINE)

    assert found is not None
    assert found[1] in text(arrived(invitation)).splitlines()


def test_same_delivery_has_the_same_id_each_time_and_another_has_another(invitation, lena):
    other = make_mail(lena)

    ids = [arrived(delivery)["Message-ID"] for delivery in (invitation, invitation, other)]

    assert ids[0] == ids[1] != ids[2]
    assert ids[0].endswith("@talks.example>")


def test_text_part_can_be_read_at_78_columns(hana, lena):
    title = "Donaudampfschifffahrtsgesellschaft: who stays when the ferries stop?"
    delivery = make_mail(lena, actor=hana, space=make_scheduled(hana, title=title))

    lines = text(arrived(delivery)).splitlines()

    assert [line for line in lines if len(line) > 78 and "://" not in line] == []


class Reader(HTMLParser):
    """What a mail program would load, and what has no words."""

    def __init__(self):
        super().__init__()
        self.loads, self.language, self.tags = [], None, set()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.add(tag)
        if tag == "html":
            self.language = (attributes["lang"], attributes["dir"])
        self.loads += [value for name, value in attrs if name in {"src", "srcset", "background"}]


def test_html_part_has_a_language_and_loads_nothing(invitation):
    reader = Reader()

    reader.feed(page(arrived(invitation)))

    assert reader.language == ("en", "ltr")
    assert reader.loads == []
    assert reader.tags.isdisjoint({"img", "link", "script", "form"})
    assert "url(" not in page(arrived(invitation))


def test_names_are_written_as_text_and_kept_apart(hana, lena):
    hana.name = "<b>Hana</b> & co"
    delivery = make_mail(lena, actor=hana, space=make_scheduled(hana, title="<script>1</script>"))
    delivery.notification.actor = hana

    content = page(arrived(delivery))

    assert (
        "<bdi>&lt;b&gt;Hana&lt;/b&gt; &amp; co</bdi> invites you to <bdi>&lt;script&gt;" in content
    )
    assert "<script" not in content


@pytest.mark.parametrize(
    ("own", "browser", "language", "direction"),
    [
        ("de", "ar", "de", "ltr"),
        ("", "ar", "ar", "rtl"),
        ("", "", "en", "ltr"),
        ("xx", "", "en", "ltr"),
    ],
)
def test_letter_is_in_the_readers_language(lena, own, browser, language, direction):
    lena.language = own
    Reach.objects.create(user=lena, language=browser)
    delivery = make_mail(lena)
    delivery.notification.recipient = lena

    message = arrived(delivery)

    assert message["Content-Language"] == language
    assert f'<html lang="{language}" dir="{direction}">' in page(message)


@pytest.mark.parametrize(
    ("own", "browser", "words"),
    [
        ("Asia/Tokyo", "Europe/Berlin", "Friday, 4 December, 03:00 JST"),
        ("", "Europe/Berlin", "Thursday, 3 December, 19:00 CET"),
        ("", "", "Thursday, 3 December, 18:00 UTC"),
    ],
)
def test_time_is_the_readers_and_says_so(hana, lena, own, browser, words):
    lena.time_zone = own
    Reach.objects.create(user=lena, time_zone=browser)
    space = make_scheduled(hana, scheduled_for=WHEN)
    delivery = make_mail(lena, "soon", space=space, speaks_of=WHEN)
    delivery.notification.recipient = lena

    message = arrived(delivery)

    assert message["Subject"] == f"The price of a book starts at {words}"
    assert "You asked to be reminded" in text(message)


def test_letter_has_the_instances_name_and_colours(invitation, instance_with):
    instance_with(name="Harbour Talks", accent="#7a1fa2")

    message = arrived(invitation)

    assert message["From"].addresses[0].display_name == "Harbour Talks"
    assert "Harbour Talks" in page(message)
    assert "#0a5463" not in page(message)


def test_button_of_what_is_live_has_the_lamps_colour(hana, lena):
    delivery = make_mail(lena, "live", actor=hana, space=make_space(hana))

    content = page(arrived(delivery))

    assert 'class="lamp" href="https://talks.example/spaces/' in content


@given(name=st.text(max_size=60), title=st.text(max_size=80))
@hypothesis_settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_name_or_title_breaks_out_of_the_headers(invitation, name, title):
    notification = invitation.notification
    notification.actor.name, notification.space.title = name, title

    message = arrived(invitation)

    assert "\n" not in message["Subject"]
    assert message.get_all("To") == ["lena@example.org"]
    assert message.keys().count("Subject") == 1
    assert text(message)


def test_due_letter_is_sent_to_the_mail_server(invitation):
    actions.send_due(channel=Channel.MAIL)

    (message,) = django_mail.outbox
    assert message.subject == "Hana invites you to The price of a book"
    assert message.alternatives[0].mimetype == "text/html"


def test_host_of_another_space_is_named(lena):
    ines = make_host("ines")
    delivery = make_mail(lena, "live", actor=ines, space=make_space(ines))

    assert arrived(delivery)["Subject"].startswith("Ines is live: ")
