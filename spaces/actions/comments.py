"""Comments: posting, changing, taking away. All of a Space's go through its counter's row lock."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Follow, User
from config.errors import Conflict, NotAllowed

from .. import events, permissions
from ..comment_data import as_data
from ..models import Comment, CommentCounter, Participant, Space
from ..permissions import Capability
from .changes import require_live
from .filtering import require_passing
from .rooms import join_space

# As fast as anybody may write where nothing is slowed, the crew too: each goes to every page.
COMMENTS_A_MINUTE = 30


class CommentsOff(NotAllowed):
    code = "comments_off"


class TooSoon(Conflict):
    """Comments are slowed, and this person's last one is too young."""

    status = 429
    code = "too_soon"


class TooLate(Conflict):
    """The time to change it, or to take its deletion back, is over."""

    code = "too_late"


@transaction.atomic
def post_comment(*, actor: User, space: Space, body: str, client_id: UUID) -> Comment:
    """Say something in writing. Locks: CommentCounter

    Repeat, by client_id: gives the comment that stands, and tells nobody.
    """
    counter = lock_counter(space)
    author = _writer(actor, space)
    space, now = author.space, timezone.now()
    allowed, within = _pace(author)
    recent = Comment.objects.recent_of(author, since=now - within, client_id=client_id)
    for comment in recent:
        if comment.client_id == client_id:
            return comment
    _require_may_write(author, body)
    if len(recent) >= allowed:
        raise _too_soon(recent[allowed - 1].created_at + within - now)
    counter.number += 1
    comment = Comment(
        space=space,
        author=actor,
        number=counter.number,
        client_id=client_id,
        body=body,
        created_at=now,
    )
    comment.person = author.public_id
    return _publish(counter, comment)


@transaction.atomic
def edit_comment(*, actor: User, space: Space, comment: Comment, body: str) -> Comment:
    """Say it better, for COMMENT_EDIT_S after it was posted. Repeat: harmless."""
    counter = lock_counter(space)
    author = _writer(actor, space)
    comment = _current(comment)
    _require_may_write(author, body)
    if comment.author_id != actor.pk:
        raise NotAllowed(_("Only the person who wrote a comment can change it."))
    if comment.deleted_at is not None:
        raise Conflict(_("This comment was deleted. Write a new one."))
    if comment.body == body:
        return comment
    now = timezone.now()
    if _is_over(comment.created_at, now):
        raise TooLate(
            _("The time to change this comment is over. Delete it and write a new one instead.")
        )
    comment.body, comment.edited_at = body, now
    return _publish(counter, comment)


@transaction.atomic
def delete_comment(*, actor: User, space: Space, comment: Comment) -> Comment:
    """Take a comment away from everybody. Repeat: harmless.

    Its words stay in the row, where no page can ask for them: for the way back, and for whoever
    answers for what the crew took away.
    """
    counter = lock_counter(space)
    comment = _current(comment)
    _require_charge(actor, comment)
    if comment.deleted_at is not None:
        if comment.author_id != actor.pk and comment.deleted_by_id == comment.author_id:
            # From now on it is not its author's to bring back. On the pages nothing changes.
            comment.deleted_by = actor
            comment.save(update_fields=["deleted_by"])
        return comment
    comment.deleted_at, comment.deleted_by = timezone.now(), actor
    return _publish(counter, comment)


@transaction.atomic
def restore_comment(*, actor: User, space: Space, comment: Comment) -> Comment:
    """Undo one's own deletion, for COMMENT_EDIT_S after it. Repeat: harmless."""
    counter = lock_counter(space)
    comment = _current(comment)
    _require_charge(actor, comment)
    if comment.deleted_at is None:
        return comment
    if comment.deleted_by_id != actor.pk:
        raise NotAllowed(_("Only the person who deleted a comment can bring it back."))
    if comment.author_id == actor.pk:
        # It is said anew: the rules, the filter and the author's name may be others by now.
        _require_may_write(_writer(actor, space), comment.body)
    if _is_over(comment.deleted_at, timezone.now()):
        raise TooLate(_("This comment was deleted too long ago to bring it back."))
    comment.deleted_at = comment.deleted_by = None
    return _publish(counter, comment)


def lock_counter(space: Space) -> CommentCounter:
    """Serialise a Space's comments, and nothing else of it. What is read after this is so."""
    counters = CommentCounter.objects.select_for_update().filter(space=space)
    counter = counters.first()
    if counter is None:
        # The first comment of all: whoever else makes the row now, there is one.
        CommentCounter.objects.bulk_create([CommentCounter(space=space)], ignore_conflicts=True)
        counter = counters.get()
    return counter


def _writer(actor: User, space: Space) -> Participant:
    """The person's row with what the rules ask for, as it is now; who is new comes in."""
    people = Participant.objects.filter(space=space, user=actor).with_comment_rules()
    participant = people.first()
    if participant is None:
        require_live(Space.objects.get(pk=space.pk))
        join_space(actor=actor, space=space)
        participant = people.get()
    return participant


def _require_may_write(author: Participant, body: str) -> None:
    """Raises: SpaceOver, NotAllowed, CommentsOff, HeldBack"""
    space = author.space
    host = {"host": space.host.display_name}
    require_live(space)
    permissions.require_role(Capability.COMMENT, participant=author, space=space)
    if space.who_may_comment == Space.WhoMayComment.OFF:
        raise CommentsOff(_("%(host)s switched comments off.") % host)
    if author.is_unnamed and not author.is_on_stage:
        raise NotAllowed(
            _("You are here without your name. Show it, and you can comment."), code="unnamed"
        )
    if space.who_may_comment == Space.WhoMayComment.FOLLOWERS and not (
        author.is_on_stage
        or Follow.objects.filter(follower=author.user_id, followed=space.host_id).exists()
    ):
        raise NotAllowed(
            _("Only people who follow %(host)s can comment. Follow, and you are one of them.")
            % host,
            code="followers_only",
        )
    require_passing(body, author=author, space=space)


def _require_charge(actor: User, comment: Comment) -> None:
    """Its author and the crew, while the Space lasts. Raises: SpaceOver, NotAllowed"""
    require_live(comment.space)
    if comment.author_id != actor.pk:
        permissions.require(Capability.MODERATE_COMMENTS, space=comment.space, user=actor)


def _pace(author: Participant) -> tuple[int, timedelta]:
    """How many comments they may post within which time."""
    if author.space.comment_every_s and not permissions.is_crew(author):
        return 1, timedelta(seconds=author.space.comment_every_s)
    return COMMENTS_A_MINUTE, timedelta(minutes=1)


def _too_soon(left: timedelta) -> TooSoon:
    wait_s = max(-(-left // timedelta(seconds=1)), 1)
    refusal = TooSoon(
        ngettext(
            "Comments are slowed here. You can post again in %(count)s second.",
            "Comments are slowed here. You can post again in %(count)s seconds.",
            wait_s,
        )
        % {"count": wait_s}
    )
    refusal.retry_after_s = wait_s
    return refusal


def _current(comment: Comment) -> Comment:
    """The row as it is now, read under the counter's lock."""
    return Comment.objects.with_authors().select_related("space").get(pk=comment.pk)


def _is_over(since: datetime, now: datetime) -> bool:
    return now - since > timedelta(seconds=settings.COMMENT_EDIT_S)


def _publish(counter: CommentCounter, comment: Comment) -> Comment:
    """Under the counter's lock: revisions follow the order of commits, without a gap."""
    counter.revision += 1
    counter.save(update_fields=["number", "revision"])
    comment.revision = counter.revision
    comment.save()
    events.publish_passing(comment.space, "comment", data=as_data(comment))
    return comment
