"""Whom a person might follow: those whom the people they follow follow."""

from django.db.models import Count, Max

from .apart import Apart, one_of
from .models import Follow, User

# How many of one's own follows, the latest, are looked at.
FOLLOWS_ASKED = 100


def for_reader(apart: Apart | None, limit: int = 5) -> list[User]:
    """Who most of those you follow follow, in two queries besides those of `apart`.

    Nobody for who is not signed in. Each has `followed_by`, one of those you follow, and
    `others_count`, how many more of them do.
    """
    if apart is None:
        return []
    mine = Follow.objects.filter(follower=apart.user)
    latest = mine.order_by("-pk").values("followed")[:FOLLOWS_ASKED]
    left_out = apart.blocked | apart.blockers | apart.muted | {apart.user.pk}
    ranked = list(
        Follow.objects.filter(follower__in=latest, followed__is_active=True)
        .exclude(one_of("followed", left_out))
        .exclude(followed__in=mine.values("followed"))
        .values("followed")
        .annotate(follower_count=Count("pk"), follower=Max("follower"))
        .order_by("-follower_count", "-followed")[:limit]
    )
    people = User.objects.for_rows().in_bulk(
        {pk for row in ranked for pk in (row["followed"], row["follower"])}
    )
    for row in ranked:
        people[row["followed"]].followed_by = people[row["follower"]]
        people[row["followed"]].others_count = row["follower_count"] - 1
    return [people[row["followed"]] for row in ranked]
