"""What pages are told of comments, as data: pages of them, and what changed since a revision."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.urls import reverse

from accounts.models import User

from .models import COMMENT_LENGTH, Comment, CommentCounter, Space
from .querysets import blocked_by, muted_by

PAGE = 50
# Who missed more than this is shown the newest page instead.
MOST_CHANGES = 200

Data = dict[str, Any]


def as_data(comment: Comment) -> Data:
    """A comment for everybody's page; of a deleted one only that it was there.

    n: its number, rev: the revision of its last change. Needs: with_authors()
    """
    data: Data = {"n": comment.number, "rev": comment.revision, "id": str(comment.public_id)}
    if comment.deleted_at is not None:
        return data | {"deleted": True}
    author = comment.author
    return data | {
        "person": str(comment.person or ""),
        "handle": author.handle,
        "name": author.display_name,
        "initials": author.initials,
        "hue": author.hue,
        "picture": reverse("accounts:picture", args=[author.picture, 96]) if author.picture else "",
        "body": comment.body,
        "at": comment.created_at.isoformat(),
        "edited": comment.edited_at is not None,
    }


def newest(space: Space) -> Data:
    """{from, to, items}: the last page, with the revision it holds at least."""
    revision = _revision(space.public_id)
    items = _page(space.comments.newest_first())
    return {"from": revision, "to": revision, "items": items}


def comments_for(reader: User | AnonymousUser, space: Space) -> Data:
    """What a page starts with: `newest`, and what of it is its reader's own.

    hidden: handles of the people whose comments this reader's page leaves out.
    """
    page = newest(space) | {"length": COMMENT_LENGTH, "edit_s": settings.COMMENT_EDIT_S}
    mine: Data = {"reader": "", "hidden": [], "follows_host": False}
    if isinstance(reader, User):
        left_out = Q(pk__in=muted_by(reader)) | Q(pk__in=blocked_by(reader))
        mine = {
            "reader": reader.handle,
            "hidden": list(User.objects.filter(left_out).values_list("handle", flat=True)),
            "follows_host": follows_host(reader, space),
        }
    return page | mine


def follows_host(reader: User | AnonymousUser, space: Space) -> bool:
    return isinstance(reader, User) and reader.follows_made.filter(followed=space.host).exists()


def older(space: Space, number: int) -> list[Data]:
    """The page before a comment, oldest first."""
    return _page(space.comments.newest_first().filter(number__lt=number))


def changes(public_id: uuid.UUID, since: int) -> Data | None:
    """{from, to, items}: all that changed, each comment once; None when it is too much.

    Revisions are given under a lock that is held until the commit: up to the newest that is seen
    here, none is missing.
    """
    revision = _revision(public_id)
    comments = Comment.objects.filter(space__public_id=public_id).changed_since(since)
    items = [as_data(comment) for comment in comments.with_authors()[: MOST_CHANGES + 1]]
    if len(items) > MOST_CHANGES:
        return None
    return {"from": since, "to": max([revision, *(item["rev"] for item in items)]), "items": items}


def _revision(public_id: uuid.UUID) -> int:
    """To be read before the comments, so that it is never the newer one."""
    counters = CommentCounter.objects.filter(space__public_id=public_id)
    return counters.values_list("revision", flat=True).first() or 0


def _page(comments: Any) -> list[Data]:
    return [as_data(comment) for comment in reversed(comments.with_authors()[:PAGE])]
