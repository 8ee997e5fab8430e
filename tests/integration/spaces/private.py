"""Spaces that are not for everyone, and everybody who may come to their door."""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import Block, Follow
from spaces.doors import Step
from spaces.models import Invitation, Participant, Space
from tests.factories import ask_to_co_host, make_participant, make_user

PUBLIC, SIGNED_IN, FOLLOWERS, INVITED = Space.Visibility.values
State = Invitation.State

TITLE = "Quiet evening"


def invite(space, user, **fields):
    return Invitation.objects.create(
        space=space, user=user, kind=Invitation.Kind.LISTENER, invited_by=space.host, **fields
    )


def follower(space):
    user = make_user("fay")
    Follow.objects.create(follower=user, followed=space.host)
    return user


def invited(space):
    user = make_user("ida")
    invite(space, user)
    return user


def co_host(space):
    user = make_user("cora")
    ask_to_co_host(space, user, state=State.ACCEPTED)
    return user


def on_stage(space):
    return make_participant(space, user=make_user("sten"), role=Participant.Role.SPEAKER).user


def called_up(space):
    participant = make_participant(space, user=make_user("callie"))
    participant.speak_requests.create(invited_by=space.host)
    return participant.user


def asking(space):
    """Asked to come up, which opens no door."""
    participant = make_participant(space, user=make_user("asker"))
    participant.speak_requests.create()
    return participant.user


def uninvited(space):
    user = make_user("una")
    invite(space, user, state=State.WITHDRAWN, answered_at=timezone.now())
    return user


def removed(space):
    """A follower, and invited once more by mistake."""
    user = make_user("remy")
    invite(space, user)
    Follow.objects.create(follower=user, followed=space.host)
    make_participant(space, user=user, removed_at=timezone.now())
    return user


def blocked(space):
    user = make_user("blake")
    invite(space, user)
    Block.objects.create(blocker=space.host, blocked=user)
    return user


PEOPLE = {
    "nobody": lambda space: AnonymousUser(),
    "stranger": lambda space: make_user("otto"),
    "host": lambda space: space.host,
    "follower": follower,
    "invited": invited,
    "co-host": co_host,
    "on stage": on_stage,
    "called up": called_up,
    "asking": asking,
    "uninvited": uninvited,
    "removed": removed,
    "blocked": blocked,
}
BARRED = {"removed": Step.REMOVED, "blocked": Step.UNKNOWN}


def steps(visibility):
    """What each of them needs by the table: nothing, or the step."""
    needs = dict.fromkeys(PEOPLE) | BARRED
    strangers = {"stranger", "asking", "uninvited"}
    if visibility != PUBLIC:
        needs["nobody"] = Step.SIGN_IN
    if visibility == FOLLOWERS:
        needs |= dict.fromkeys(strangers, Step.FOLLOW)
    if visibility == INVITED:
        needs |= dict.fromkeys({*strangers, "follower"}, Step.INVITATION)
    return needs
