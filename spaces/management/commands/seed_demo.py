"""The people and the live Space that a newcomer finds in demo mode."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Follow, HostGrant, User
from config import embedded
from spaces import actions
from spaces.demo import DEMO_HOST_HANDLE
from spaces.models import Space, Topic

PEOPLE = [
    (DEMO_HOST_HANDLE, "Hana Lindqvist", "Harbour towns, timetables and the people between them."),
    ("sami", "Sami Okonkwo", "Counts ferries for a living."),
    ("lena", "Lena Sommer", "Mostly listens."),
    ("otto", "Otto Weißmüller", "Reads the small print aloud."),
]
# Hana is over the bar, Sami 13 short of it; Otto may host by a grant.
FOLLOWERS = {DEMO_HOST_HANDLE: 612, "sami": 587, "lena": 24, "otto": 3}
FIRST = [
    "Aoife",
    "Bart",
    "Chiara",
    "Dmitri",
    "Emre",
    "Freya",
    "Goran",
    "Hedda",
    "Inês",
    "Jun",
    "Kwame",
    "Layla",
    "Mirembe",
    "Nora",
]
LAST = [
    "Asante",
    "Brandt",
    "Carvalho",
    "Deshpande",
    "Eriksen",
    "Ferrari",
    "Haddad",
    "Jónsdóttir",
    "Kowalski",
    "Moreau",
]


class Command(BaseCommand):
    help = "Loads demo people and a live Space. Repeat: harmless."
    requires_system_checks = ()

    @transaction.atomic
    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo people belong in demo mode only (ROSTRUM_DEMO).")
        if not User.objects.by_handle(DEMO_HOST_HANDLE).exists():
            self.add_people()
        host = User.objects.by_handle(DEMO_HOST_HANDLE).get()
        if not Space.objects.live().filter(host=host).exists():
            space = actions.open_space(
                actor=host,
                title="Who stays when the ferries stop?",
                topics=list(Topic.objects.filter(slug__in=["coast", "local", "transport"])),
                who_may_speak=Space.WhoMaySpeak.INVITED,
            )
            actions.open_microphone(actor=host, space=space)

    def add_people(self) -> None:
        password = embedded.demo_password(settings.VAR_DIR)
        people = []
        for handle, name, bio in PEOPLE:
            user = User.objects.create_user(
                handle, f"{handle}@demo.invalid", password, name=name, bio=bio
            )
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
            people.append(user)
        crowd = User.objects.bulk_create(self.crowd(max(FOLLOWERS.values())))
        follows = [
            Follow(follower=follower, followed=user)
            for user in people
            for follower in crowd[: FOLLOWERS[user.handle]]
        ]
        Follow.objects.bulk_create(follows)
        for user in people:
            user.follower_count = FOLLOWERS[user.handle]
            user.save(update_fields=["follower_count"])
        for index, follower in enumerate(crowd):
            follower.following_count = sum(index < FOLLOWERS[user.handle] for user in people)
        User.objects.bulk_update(crowd, ["following_count"])
        HostGrant.objects.create(user=people[-1], reason="Shows what a grant does in the demo.")

    def crowd(self, size: int) -> list[User]:
        """Followers with names, who cannot sign in: an unusable password, no address."""
        crowd = []
        for number in range(size):
            first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
            user = User(handle=f"demo_{number:03}", name=f"{first} {last}")
            user.set_unusable_password()
            crowd.append(user)
        return crowd
