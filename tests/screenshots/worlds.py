"""The instances that pages are looked at in: two bare ones, one with too much of everything."""

import hashlib
import io
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount, SocialApp
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone
from fido2.cose import ES256
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
)
from PIL import Image

from accounts import pictures
from accounts.actions import follow
from accounts.models import Block, Follow, HostGrant, Mute, Notification, User
from accounts.notifications.mail import stop_url
from config import instance
from config.models import Instance
from spaces import actions
from spaces import notification_kinds as kinds
from spaces.models import (
    CalendarAddress,
    Participant,
    Pin,
    ReactionCount,
    Space,
    SpaceSource,
    TopicFollow,
)
from tests.factories import (
    PASSWORD,
    make_attendance,
    make_co_host,
    make_comment,
    make_host,
    make_participant,
    make_pin,
    make_reminder,
    make_request,
    make_scheduled,
    make_space,
    make_topic,
    make_user,
)

Role, State = Participant.Role, Space.State

# Known before the rows are, so that a list of addresses can name them.
(
    LIVE,
    FULL_STAGE,
    ENDED,
    SCHEDULED,
    CANCELLED,
    EMPTY_ROOM,
    HIDDEN,
    HOST_AWAY,
    FOLLOWED,
    CALLED,
    ACTED_FOR,
    MOVED,
    NO_SHOW,
) = (UUID(int=number, version=4) for number in range(1, 14))
MAIL = "20260101-120000-1.log"
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff Adolph Blaine"
LONG_TITLE = "Donaudampfschifffahrtsgesellschaft: who stays when the ferries stop?"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TERMS = "\n\n".join(
    ["# What you agree to", *["Be kind to whoever speaks, and to who listens."] * 12]
)
WORDS = (
    "I count ferries. See https://example.org/a/rather/long/address/of/timetables and ask @sami."
)

# What an address can only be filled in with once the rows are there.
Keys = dict[str, object]


def empty() -> Keys:
    """Nora has just signed up; her one Space has nobody in it but her, Inês's not even that."""
    instance_row()
    nora = make_host("nora")
    make_space(nora, public_id=EMPTY_ROOM)
    now = timezone.now()
    make_space(
        make_host("ines", name=LONG_NAME),
        public_id=HOST_AWAY,
        started_at=now - timedelta(hours=3, minutes=51),
        end_announced_at=now,
        host_away_since=now,
    )
    make_topic("Coast")
    return {}


def nobody_live() -> Keys:
    """Not even that: Lena alone."""
    instance_row()
    make_user("lena")
    make_topic("Coast")
    return {}


def full() -> Keys:
    """The longest names and titles, full stages, and everything that a list can hold."""
    instance_row(
        motto="Where harbour towns talk.",
        contact="crew@example.org",
        terms=TERMS,
        privacy=TERMS,
    )
    topics = [make_topic(name) for name in ("Coast", "Transport", "Local")]
    hana = make_host("hana", name=LONG_NAME, bio=WORDS, picture=picture("teal"))
    sami = make_user("sami", name="Sami Okonkwo", bio=WORDS, follower_count=587)
    lena = make_user("lena", name=LONG_NAME, bio=WORDS, following_count=32)
    otto = make_host("otto", name="Otto Weißmüller")
    bert = make_host("bert", name="Bert Blocked")
    make_user("nora")
    crowd = [
        make_user(f"person_{number}", name=f"Aoife Number {number}", follower_count=number)
        for number in range(34)
    ]
    everybody = [sami, lena, otto, *crowd]
    Follow.objects.bulk_create(Follow(follower=each, followed=hana) for each in everybody)
    Follow.objects.bulk_create(
        Follow(follower=lena, followed=each) for each in [sami, *crowd[:31]] if each != lena
    )
    Follow.objects.bulk_create(Follow(follower=sami, followed=each) for each in crowd[31:])
    Block.objects.bulk_create(
        [Block(blocker=hana, blocked=bert), Block(blocker=lena, blocked=bert)]
    )
    Mute.objects.create(muter=lena, muted=crowd[0])
    HostGrant.objects.create(user=otto, reason="Reads the small print aloud.")

    # The newest come first on lists.
    hidden = make_space(make_host("heidi"), public_id=HIDDEN, title="Not for Bert")
    Block.objects.create(blocker=hidden.host, blocked=bert)
    private(hana, sami, lena)
    acted_for = make_space(make_host("ines"), public_id=ACTED_FOR, host_away_since=timezone.now())
    acted_for.acting_host = make_co_host(acted_for, user=sami)
    acted_for.save()
    for number in range(12, 18):
        make_space(host=crowd[number], title=f"Night trains, part {number}").topics.set(topics)
    crowded = make_space(otto, public_id=FULL_STAGE, title="Schifffahrts" * 5)
    crowded.topics.set(topics)
    for each in crowd[:10]:
        make_participant(crowded, user=each, role=Role.SPEAKER)
    live = make_space(hana, public_id=LIVE, title=LONG_TITLE, turn_s=120)
    live.topics.set(topics)
    make_participant(live, user=sami, role=Role.SPEAKER, microphone="open")
    make_participant(live, user=lena)
    for space in (live, crowded):
        make_pin(space, url="https://www.harbour.example/", title=LONG_TITLE, site="Harbour Times")
        make_pin(space, text=WORDS)
        make_pin(space, url=f"https://{'long-' * 11}name.example/", text="", state=Pin.State.FAILED)
        for reaction in ReactionCount.Reaction.values:
            space.reactions.create(reaction=reaction, count=12_345)
    for each in crowd[:12]:
        make_request(live, user=each)
    for room, people in ((live, [sami, lena, hana]), (crowded, [lena, otto, *crowd])):
        for number, each in enumerate(people * 3):
            make_comment(room, each, body=WORDS if number % 3 else "Since 1971.")
    programme(hana, topics)
    TopicFollow.objects.create(user=lena, topic=make_topic("Transport"))
    CalendarAddress.objects.create(user=lena)
    told(lena, hana, sami, otto)
    went_well(Space.objects.get(public_id=ENDED), [sami, lena, *crowd[:8]])

    for person in (lena, sami):
        sign_in_by_hand(person)
    second_factors(lena)
    provider(lena)
    mail()
    confirmation = EmailConfirmationHMAC(
        EmailAddress.objects.create(user=otto, email="otto@new.example.org")
    )
    return {
        "email_key": confirmation.key,
        "mail_stop": stop_url(lena, "invitations").rstrip("/").rpartition("/")[2],
        "reset_key": f"{user_pk_to_url_str(sami)}-{default_token_generator.make_token(sami)}",
        "passkey": Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).pk,
    }


WORLDS: dict[str, Callable[[], Keys]] = {"nobody": nobody_live, "empty": empty, "full": full}


def told(reader: User, host: User, *others: User) -> None:
    """One of every kind, new and read, of today and long ago; called into what is live and to come.

    host has all of these Spaces.
    """
    spaces = {space.public_id: space for space in Space.objects.filter(host=host)}
    live, coming, ended = spaces[LIVE], spaces[SCHEDULED], spaces[ENDED]
    now, today = timezone.now(), timezone.now() - timedelta(minutes=2)
    for kind, space, age in (
        (kinds.STARTED, live, timedelta()),
        (kinds.SOON, coming, timedelta(minutes=1)),
        (kinds.LIVE, ended, timedelta(days=1)),
        (kinds.MOVED, spaces[MOVED], timedelta(days=2)),
        (kinds.CANCELLED, spaces[CANCELLED], timedelta(days=3)),
        (kinds.NO_SHOW, spaces[CANCELLED], timedelta(days=9)),
    ):
        Notification.objects.create(
            recipient=reader,
            kind=kind.name,
            key=f"{kind.name}:{space.pk}",
            actor=host,
            space=space,
            speaks_of=space.scheduled_for,
            created_at=today - age,
            read_at=now if age else None,
        )
    actions.invite_co_host(actor=host, space=coming, user=reader)
    actions.invite_person(actor=host, space=spaces[MOVED], user=reader)
    Follow.objects.filter(followed=reader).delete()
    for each in others:
        follow(actor=each, person=reader)
    with_requests = reader.hosted_spaces.create(title="Ferries after dark", started_at=now)
    make_participant(with_requests, user=reader, role=Role.HOST)
    make_request(with_requests, user=others[0], question="Who pays for the night boat?")
    Notification.objects.create(
        recipient=reader,
        kind=kinds.REQUEST.name,
        key=kinds.key_of(kinds.REQUEST, with_requests),
        actor=others[0],
        space=with_requests,
    )


def private(host: User, removed: User, guest: User) -> None:
    """One for who follows, one for who is called in, from where somebody was removed as well."""
    make_space(host, public_id=FOLLOWED, visibility="followers", title=LONG_TITLE, ended=True)
    coming = make_scheduled(
        host,
        public_id=CALLED,
        visibility="invited",
        title=LONG_TITLE,
        scheduled_for=timezone.now() + timedelta(days=9),
    )
    coming.invitations.create(user=guest, kind="listener", invited_by=host)
    make_participant(coming, user=removed, removed_at=timezone.now())


def instance_row(**fields: object) -> None:
    Instance.objects.update_or_create(pk=1, defaults={"minimum_age": 16, **fields})
    # The web process may have read the row of the world before.
    time.sleep(instance.KEEP_S)


def picture(colour: str) -> str:
    """Written where the instance of the test looks for it."""
    file = io.BytesIO()
    Image.new("RGB", (400, 400), colour).save(file, "PNG")
    file.seek(0)
    return pictures.store(file)


def programme(host: User, topics: list) -> None:
    """Eight announced, one of them moved, of which Lena is reminded, seven over, two called off."""
    now = timezone.now()
    for number in range(7):
        space = make_scheduled(
            host,
            title=LONG_TITLE if number == 0 else f"Harbour evening {number}",
            scheduled_for=now + timedelta(days=number, hours=2),
            **({"public_id": SCHEDULED} if number == 0 else {}),
        )
        space.topics.set(topics)
        over = make_space(
            host,
            title=LONG_TITLE if number == 0 else f"Tide tables {number}",
            started_at=now - timedelta(days=number + 1, hours=1),
            ended=True,
            **({"public_id": ENDED} if number == 0 else {}),
        )
        Space.objects.filter(pk=over.pk).update(ended_at=now - timedelta(days=number + 1))
    make_scheduled(
        host,
        public_id=CANCELLED,
        title="Called off",
        state=State.CANCELLED,
    )
    make_scheduled(
        host,
        public_id=NO_SHOW,
        title=LONG_TITLE,
        state=State.CANCELLED,
        scheduled_for=now - timedelta(hours=1),
        cancel_reason=Space.CancelReason.HOST_LATE,
    )
    moved = make_scheduled(
        host,
        public_id=MOVED,
        title=LONG_TITLE,
        scheduled_for=now + timedelta(days=12),
        moved_from=now + timedelta(days=11, hours=1),
    )
    make_reminder(moved, User.objects.get(handle="lena"), wants_early=True)


def went_well(space: Space, speakers: list[User]) -> None:
    """Over after an hour and a half, with an audience that came, stayed a while and went."""
    Space.objects.filter(pk=space.pk).update(
        started_at=space.ended_at - timedelta(hours=1, minutes=31)
    )
    space.refresh_from_db()
    for number, each in enumerate(speakers):
        make_participant(space, user=each, role=Role.SPEAKER, talk_ms=number * 127_000)
    for each in speakers:
        make_comment(space, each, body=WORDS)
    for reaction in ReactionCount.Reaction.values:
        space.reactions.create(reaction=reaction, count=12_345)
    minutes = [(round(9_000 * number * (91 - number) / 2_000), 240) for number in range(91)]
    kinds = SpaceSource.Kind.values
    sources = {kind: 17 ** (number % 4) for number, kind in enumerate(kinds)}
    make_attendance(space, minutes, sources, total=21_840, is_estimate=True)


def sign_in_by_hand(person: User) -> None:
    """A password that the instance's own hashers know, unlike the tests' cheap one."""
    hashed = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1_000)
    User.objects.filter(pk=person.pk).update(password=hashed)
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)


def second_factors(person: User) -> None:
    TOTP.activate(person, TOTP_SECRET)
    RecoveryCodes.activate(person)
    Authenticator.objects.create(
        user=person,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": "The old laptop", "passwordless": True, "credential": credential()},
    )


def credential() -> dict:
    """What a browser would have handed over for a passkey whose other half nobody has."""
    public_key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    key = AttestedCredentialData.create(Aaguid.NONE, b"k" * 16, public_key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    relying_party = hashlib.sha256(b"localhost").digest()
    answer = RegistrationResponse(
        raw_id=key.credential_id,
        response=AuthenticatorAttestationResponse(
            client_data=CollectedClientData.create(
                CollectedClientData.TYPE.CREATE, b"c" * 32, "http://localhost"
            ),
            attestation_object=AttestationObject.create(
                "none", AuthenticatorData.create(relying_party, flags, 0, key), {}
            ),
        ),
    )
    return json.loads(json.dumps(dict(answer)))


def provider(person: User) -> None:
    """Somebody's OpenID provider, which no page asks anything before its button is pressed."""
    app = SocialApp.objects.create(
        provider="openid_connect",
        provider_id="harbour",
        name="Harbour office",
        client_id="rostrum",
        settings={"server_url": "https://id.example.org"},
    )
    SocialAccount.objects.create(user=person, provider=app.provider_id, uid="lena-at-the-harbour")


def mail() -> None:
    folder = Path(settings.MAILBOX_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    head = [
        "Subject: Confirm your address",
        "To: lena@example.org",
        "Date: Thu, 01 Jan 2026 12:00:00 +0000",
    ]
    body = f"Open https://example.org/{'a' * 90}\n{'-' * 79}\n"
    (folder / MAIL).write_text("\n".join([*head, "", body]))
