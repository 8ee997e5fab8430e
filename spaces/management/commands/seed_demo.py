"""The people, and the Spaces live, announced and past, that a newcomer finds in demo mode."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.actions import follow
from accounts.models import Follow, HostGrant, User
from config import embedded
from spaces import actions
from spaces.demo import DEMO_HOST_HANDLE
from spaces.models import Participant, Space, Topic

PEOPLE = [
    (DEMO_HOST_HANDLE, "Hana Lindqvist", "Harbour towns, timetables and the people between them."),
    ("sami", "Sami Okonkwo", "Counts ferries for a living."),
    ("lena", "Lena Sommer", "Mostly listens."),
    ("otto", "Otto Weißmüller", "Reads the small print aloud."),
]
# Hana is over the bar, Sami 13 short of it; Otto may host by a grant.
FOLLOWERS = {DEMO_HOST_HANDLE: 612, "sami": 587, "lena": 24, "otto": 3}
# Who follows whom among them: it makes the suggestions.
FOLLOWS = {
    "lena": (DEMO_HOST_HANDLE,),
    "otto": (DEMO_HOST_HANDLE,),
    DEMO_HOST_HANDLE: ("sami", "otto"),
    "sami": (DEMO_HOST_HANDLE, "lena"),
}
# Host, title, topics, and in how many days at which hour.
ANNOUNCED = [
    ("otto", "The small print of your rail ticket, read aloud", ("transport", "books"), 1, 19),
    (DEMO_HOST_HANDLE, "Ask a harbour pilot anything", ("coast", "science"), 4, 18),
]
# Host, title, topics, who else was heard, how many days ago, for how many minutes.
PAST = [
    (DEMO_HOST_HANDLE, "Last boat home", ("coast", "local"), ("sami", "otto"), 2, 58),
    ("otto", "What an insurer means by “flood”", ("news",), ("lena",), 6, 72),
    (DEMO_HOST_HANDLE, "Who paints the lighthouses?", ("culture", "coast"), ("sami",), 13, 41),
]
CROWD_CAME = timedelta(days=40)
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
        for announced in ANNOUNCED:
            self.announce(*announced)
        for past in PAST:
            self.add_past(*past)
        self.call_in("otto", co_hosts=(DEMO_HOST_HANDLE,))
        self.call_in(DEMO_HOST_HANDLE, co_hosts=("sami",), listeners=("lena",))

    def announce(
        self, handle: str, title: str, topics: tuple[str, ...], days: int, hour: int
    ) -> None:
        host = User.objects.by_handle(handle).get()
        if host.hosted_spaces.upcoming().exists():
            return
        moment = timezone.now() + timedelta(days=days)
        actions.schedule_space(
            actor=host,
            title=title,
            topics=list(Topic.objects.filter(slug__in=topics)),
            who_may_speak=Space.WhoMaySpeak.INVITED,
            scheduled_for=moment.replace(hour=hour, minute=0, second=0, microsecond=0),
        )

    def call_in(
        self, handle: str, *, co_hosts: tuple[str, ...], listeners: tuple[str, ...] = ()
    ) -> None:
        """Once: whoever has answered is not asked again."""
        host = User.objects.by_handle(handle).get()
        space = host.hosted_spaces.upcoming().first()
        if space is None or space.invitations.exists():
            return
        for invited, invite in (
            (co_hosts, actions.invite_co_host),
            (listeners, actions.invite_person),
        ):
            for other in invited:
                invite(actor=host, space=space, user=User.objects.by_handle(other).get())

    def add_past(
        self,
        handle: str,
        title: str,
        topics: tuple[str, ...],
        speakers: tuple[str, ...],
        days: int,
        minutes: int,
    ) -> None:
        host = User.objects.by_handle(handle).get()
        if host.hosted_spaces.filter(title=title).exists():
            return
        started_at = timezone.now() - timedelta(days=days)
        space = Space.objects.create(
            host=host,
            title=title,
            state=Space.State.ENDED,
            started_at=started_at,
            ended_at=started_at + timedelta(minutes=minutes),
        )
        space.set_topics(Topic.objects.filter(slug__in=topics))
        stage = [(host, Participant.Role.HOST)]
        stage += [(User.objects.by_handle(s).get(), Participant.Role.SPEAKER) for s in speakers]
        for user, role in stage:
            Participant.objects.create(space=space, user=user, role=role, on_stage_since=started_at)

    def add_people(self) -> None:
        password = embedded.demo_password(settings.VAR_DIR)
        people = []
        for handle, name, bio in PEOPLE:
            user = User.objects.create_user(
                handle, f"{handle}@demo.invalid", password, name=name, bio=bio
            )
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
            people.append(user)
        known = [followed for follows in FOLLOWS.values() for followed in follows]
        crowded = {handle: count - known.count(handle) for handle, count in FOLLOWERS.items()}
        crowd = User.objects.bulk_create(self.crowd(max(FOLLOWERS.values())))
        follows = [
            Follow(follower=follower, followed=user)
            for user in people
            for follower in crowd[: crowded[user.handle]]
        ]
        Follow.objects.bulk_create(follows)
        # Long ago: who is told of as following today are the people with a face.
        Follow.objects.update(created_at=timezone.now() - CROWD_CAME)
        for user in people:
            user.follower_count = crowded[user.handle]
            user.save(update_fields=["follower_count"])
        for index, follower in enumerate(crowd):
            follower.following_count = sum(index < crowded[user.handle] for user in people)
        User.objects.bulk_update(crowd, ["following_count"])
        by_handle = {user.handle: user for user in people}
        for handle, followed in FOLLOWS.items():
            for other in followed:
                follow(actor=by_handle[handle], person=by_handle[other])
        HostGrant.objects.create(user=people[-1], reason="Shows what a grant does in the demo.")

    def crowd(self, size: int) -> list[User]:
        """Followers with names, who cannot sign in: an unusable password, no address."""
        crowd = []
        for number in range(size):
            first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
            user = User(handle=f"demo_{number:03}", name=f"{first} {last}")
            user.set_unusable_password()
            user.write_search()
            crowd.append(user)
        return crowd
