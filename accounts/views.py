"""Pages of people, and the demo's mailbox."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from config.http import SignedInRequest

from . import actions, mailbox
from .eligibility import hosting
from .models import Follow, User


@login_not_required
@require_safe
def profile(request: HttpRequest, handle: str) -> HttpResponse:
    person = get_object_or_404(User.objects.active().by_handle(handle))
    if person.handle != handle:
        return redirect(person)
    is_me = request.user == person
    context = {
        "person": person,
        "is_me": is_me,
        "is_following": _is_following(request, person),
        "live_space": person.hosted_spaces.live().with_faces().first(),
        "hosting": hosting(person) if is_me else None,
    }
    return render(request, "accounts/profile.html", context)


def _is_following(request: HttpRequest, person: User) -> bool:
    user = request.user
    return user.is_authenticated and Follow.objects.filter(follower=user, followed=person).exists()


def _show_follow(request: SignedInRequest, person: User) -> HttpResponse:
    if not request.htmx:
        return redirect(person)
    person.refresh_from_db()
    context = {
        "person": person,
        "is_me": False,
        "is_following": _is_following(request, person),
        "user": request.user,
    }
    return render(request, "accounts/_follow.html", context)


@require_POST
def follow(request: SignedInRequest, handle: str) -> HttpResponse:
    person = get_object_or_404(User.objects.active().by_handle(handle))
    actions.follow(actor=request.user, person=person)
    return _show_follow(request, person)


@require_POST
def unfollow(request: SignedInRequest, handle: str) -> HttpResponse:
    person = get_object_or_404(User.objects.active().by_handle(handle))
    actions.unfollow(actor=request.user, person=person)
    return _show_follow(request, person)


@login_not_required
@require_safe
def mailbox_list(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    messages = mailbox.messages(settings.MAILBOX_DIR)
    return render(request, "accounts/mailbox.html", {"messages_list": messages})


@login_not_required
@require_safe
def mailbox_message(request: HttpRequest, name: str) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    message = mailbox.message(settings.MAILBOX_DIR, name)
    if message is None:
        raise Http404
    return render(request, "accounts/message.html", {"message": message})
