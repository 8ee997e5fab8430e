"""Comments: what a page asks for, and what people do with theirs. Answered as data."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from config.http import SignedInRequest

from .. import actions
from ..comment_data import as_data, changes, follows_host, newest, older
from ..doors import space_for
from ..forms import CommentForm, CommentRangeForm, NewCommentForm
from ..models import Comment, Space
from .verbs import done, fields_of


@login_not_required
@never_cache
@require_safe
def comments(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """{items} before a number; {from, to, items, follows_host} since a revision, from a later one
    when too much happened: then they are the newest, and what the page had is old."""
    space = space_for(request, public_id)
    actions.require_live(space)
    asked = fields_of(request, CommentRangeForm)
    if asked["before"] is not None:
        return JsonResponse({"items": older(space, asked["before"])})
    news = changes(public_id, asked["since"]) or newest(space)
    return JsonResponse(news | {"follows_host": follows_host(request.user, space)})


@require_POST
def comment_post(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    space = space_for(request, public_id)
    said = fields_of(request, NewCommentForm)
    comment = actions.post_comment(actor=request.user, space=space, **said)
    return _answer(request, space, comment)


@require_POST
def comment_edit(request: SignedInRequest, public_id: UUID, comment_id: UUID) -> HttpResponse:
    space = space_for(request, public_id)
    comment = _comment(space, comment_id)
    said = fields_of(request, CommentForm)
    comment = actions.edit_comment(actor=request.user, space=space, comment=comment, **said)
    return _answer(request, space, comment)


def _comment_verb(act: Callable[..., Comment]) -> Callable[..., HttpResponse]:
    @require_POST
    def view(request: SignedInRequest, public_id: UUID, comment_id: UUID) -> HttpResponse:
        space = space_for(request, public_id)
        act(actor=request.user, space=space, comment=_comment(space, comment_id))
        return done(request, space)

    return view


comment_delete = _comment_verb(actions.delete_comment)
comment_restore = _comment_verb(actions.restore_comment)


def _comment(space: Space, comment_id: UUID) -> Comment:
    return get_object_or_404(space.comments.all(), public_id=comment_id)


def _answer(request: SignedInRequest, space: Space, comment: Comment) -> HttpResponse:
    """As news brings it: the author's page may have lost its socket."""
    data: dict[str, Any] = as_data(comment)
    return JsonResponse(data) if request.htmx else redirect(space)
