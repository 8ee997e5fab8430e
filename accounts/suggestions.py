"""Whom a person might follow: those whom the people they follow follow."""

from django.db.models import Count, Max, Q

from .models import Block, Follow, Mute, User

# How many of one's own follows, the latest, are looked at.
FOLLOWS_ASKED = 100


def for_user(user: User, limit: int = 5) -> list[User]:
    """Who most of those you follow follow, in two queries.

    Each has `followed_by`, one of those you follow, and `others_count`, how many more of them do.
    """
    mine = Follow.objects.filter(follower=user)
    latest = mine.order_by("-pk").values("followed")[:FOLLOWS_ASKED]
    blocks = Block.objects.filter(Q(blocker=user) | Q(blocked=user))
    ranked = list(
        Follow.objects.filter(follower__in=latest, followed__is_active=True)
        .exclude(followed=user)
        .exclude(followed__in=mine.values("followed"))
        .exclude(followed__in=blocks.values("blocked"))
        .exclude(followed__in=blocks.values("blocker"))
        .exclude(followed__in=Mute.objects.filter(muter=user).values("muted"))
        .values("followed")
        .annotate(follower_count=Count("pk"), follower=Max("follower"))
        .order_by("-follower_count", "-followed")[:limit]
    )
    people = User.objects.in_bulk(
        {pk for row in ranked for pk in (row["followed"], row["follower"])}
    )
    for row in ranked:
        people[row["followed"]].followed_by = people[row["follower"]]
        people[row["followed"]].others_count = row["follower_count"] - 1
    return [people[row["followed"]] for row in ranked]
