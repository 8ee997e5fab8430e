"""The topics somebody follows: what is live on them comes first in their lists."""

from accounts.models import User

from ..models import Topic, TopicFollow


def follow_topic(*, actor: User, topic: Topic) -> None:
    """Repeat: harmless."""
    TopicFollow.objects.get_or_create(user=actor, topic=topic)


def unfollow_topic(*, actor: User, topic: Topic) -> None:
    """Repeat: harmless."""
    TopicFollow.objects.filter(user=actor, topic=topic).delete()
