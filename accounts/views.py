"""Pages of people, one's own settings, and the demo's mailbox."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config import reader, undo
from config.errors import Refusal
from config.http import SignedInRequest
from config.images import BadImage
from config.middleware import page_of_button
from config.views import for_good

from . import actions, devices, handles, mailbox, pictures, suggestions
from .apart import apart_of
from .eligibility import hosting
from .forms import (
    NotificationsForm,
    PictureForm,
    ProfileForm,
    PushForm,
    ReadingForm,
    time_zones,
)
from .models import PushSubscription, User
from .notifications import choices, mail, push
from .paging import page_of
from .querysets import UserQuerySet
from .seen import PUSHES_TO, session_of

View = Callable[..., HttpResponse]

# On the profile itself; more are on a page of their own.
PAST_SPACES_SHOWN = 5


def _of_person(view: View) -> View:
    """The handle of the address becomes the person, as the reader sees them.

    Written differently, or a former one, it leads to the same page under the handle of today.
    """

    @wraps(view)
    def find(request: HttpRequest, handle: str) -> HttpResponse:
        person = handles.person_of(handle, User.objects.active().seen_by(request.user))
        if person is None:
            raise Http404
        if person.handle != handle and request.method in {"GET", "HEAD"}:
            return redirect(resolve(request.path_info).view_name, person.handle)
        return view(request, person)

    return find


@login_not_required
@require_safe
@_of_person
def profile(request: HttpRequest, person: User) -> HttpResponse:
    is_me = request.user == person
    context: dict[str, object] = {"person": person, "is_me": is_me}
    if not person.is_blocked:
        spaces = person.hosted_spaces.visible_to(request)
        past = list(spaces.ended_lately()[: PAST_SPACES_SHOWN + 1])
        context |= {
            "live_space": spaces.live().with_faces().first(),
            "upcoming": spaces.upcoming().reminding(request.user),
            "past": past[:PAST_SPACES_SHOWN],
            "has_more_past": len(past) > PAST_SPACES_SHOWN,
        }
    if is_me:
        context |= {
            "hosting": hosting(person),
            "suggestions": suggestions.for_reader(apart_of(request)),
        }
    return render(request, "accounts/profile.html", context)


@login_not_required
@require_safe
@_of_person
def profile_spaces(request: HttpRequest, person: User) -> HttpResponse:
    spaces = person.hosted_spaces.visible_to(request).ended_lately()
    page = Paginator(spaces, 30).get_page(request.GET.get("page"))
    context = {"person": person, "is_me": request.user == person, "page": page}
    return render(request, "accounts/profile_spaces.html", context)


def _people(request: HttpRequest, person: User, people: UserQuerySet) -> dict[str, object]:
    shown = people.active().for_rows().seen_by(request.user).not_blocked()
    return {
        "person": person,
        "is_me": request.user == person,
        "page": page_of(shown, request.GET.get("before", "")),
    }


@login_not_required
@require_safe
@_of_person
def followers(request: HttpRequest, person: User) -> HttpResponse:
    context = _people(request, person, User.objects.followers_of(person))
    return render(request, "accounts/followers.html", context)


@login_not_required
@require_safe
@_of_person
def following(request: HttpRequest, person: User) -> HttpResponse:
    context = _people(request, person, User.objects.followed_by(person))
    return render(request, "accounts/following.html", context)


# --- Buttons about somebody: one action, then the page the button is on ---


def _back(request: HttpRequest, person: User) -> HttpResponse:
    return redirect(page_of_button(request, default=person.get_absolute_url()))


def _show_follow(request: SignedInRequest, person: User) -> HttpResponse:
    if not request.htmx:
        return _back(request, person)
    context = {
        "person": User.objects.seen_by(request.user).get(pk=person.pk),
        "has_count": "has_count" in request.POST,
    }
    return render(request, "accounts/_follow_changed.html", context)


@require_POST
@_of_person
def follow(request: SignedInRequest, person: User) -> HttpResponse:
    actions.follow(actor=request.user, person=person)
    return _show_follow(request, person)


@require_POST
@_of_person
def unfollow(request: SignedInRequest, person: User) -> HttpResponse:
    actions.unfollow(actor=request.user, person=person)
    news = _("You no longer follow %(name)s.") % {"name": person.display_name}
    undo.offer(request, news, reverse("accounts:follow", args=[person.handle]))
    return _show_follow(request, person)


def _verb(act: Callable[..., None], news: "str | Promise", *, taken_back_by: str) -> View:
    """A button of the menu on somebody's page, or of the list it put them on."""

    @require_POST
    @_of_person
    def view(request: SignedInRequest, person: User) -> HttpResponse:
        act(actor=request.user, person=person)
        url = reverse(f"accounts:{taken_back_by}", args=[person.handle])
        undo.offer(request, str(news) % {"name": person.display_name}, url)
        return _back(request, person)

    return view


block = _verb(
    actions.block,
    gettext_lazy("You blocked %(name)s. Neither of you follows the other now."),
    taken_back_by="unblock",
)
unblock = _verb(
    actions.unblock, gettext_lazy("You no longer block %(name)s."), taken_back_by="block"
)
mute = _verb(
    actions.mute,
    gettext_lazy("You muted %(name)s. Your lists leave their Spaces out, and nobody is told."),
    taken_back_by="unmute",
)
unmute = _verb(actions.unmute, gettext_lazy("You no longer mute %(name)s."), taken_back_by="mute")


# --- One's own settings ---


@require_http_methods(["GET", "HEAD", "POST"])
def settings_profile(request: SignedInRequest) -> HttpResponse:
    user = request.user
    initial = {"name": user.name, "bio": user.bio, "handle": user.handle}
    form = ProfileForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_profile(actor=user, **form.cleaned_data)
        except actions.HandleRefused as refusal:
            form.add_error("handle", str(refusal.message))
            status = refusal.status
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:settings-profile")
    return render(request, "accounts/settings_profile.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def settings_picture(request: SignedInRequest) -> HttpResponse:
    is_sent = request.method == "POST"
    form = PictureForm(request.POST, request.FILES) if is_sent else PictureForm()
    if form.is_valid():
        try:
            actions.set_picture(actor=request.user, upload=form.cleaned_data["picture"])
        except BadImage as error:
            form.add_error("picture", error)
        else:
            messages.success(request, _("This is your picture now."))
            return redirect("accounts:settings-profile")
    return render(request, "accounts/settings_picture.html", {"form": form})


@require_POST
def picture_remove(request: SignedInRequest) -> HttpResponse:
    actions.remove_picture(actor=request.user)
    messages.success(request, _("Your picture is gone. Your initials stand in for it."))
    return redirect("accounts:settings-profile")


@require_http_methods(["GET", "HEAD", "POST"])
def settings_reading(request: SignedInRequest) -> HttpResponse:
    names = ("language", "time_zone", "theme", "push_to_talk", "listens_unnamed")
    initial = {name: getattr(request.user, name) for name in names}
    # Bound by the method: a form without any choice is one, too.
    form = ReadingForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        actions.choose_reading(actor=request.user, **form.cleaned_data)
        response = redirect("accounts:settings-reading")
        _keep_language(request, response, form.cleaned_data["language"])
        messages.success(request, _("Saved."))
        return response
    context = {"form": form, "time_zones": time_zones()}
    return render(request, "accounts/settings_reading.html", context)


def _keep_language(request: HttpRequest, response: HttpResponse, language: str) -> None:
    """What is said from here on is in the new language; its cookie is for when signed out."""
    cookie = settings.LANGUAGE_COOKIE_NAME
    if language:
        response.set_cookie(
            cookie,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
    else:
        response.delete_cookie(cookie, samesite="Lax")
        request.COOKIES.pop(cookie, None)
    translation.activate(language or translation.get_language_from_request(request))


@require_safe
def settings_people(request: SignedInRequest) -> HttpResponse:
    user = request.user
    context = {
        "blocked": page_of(User.objects.blocked_by(user).active(), request.GET.get("blocked", "")),
        "muted": page_of(User.objects.muted_by(user).active(), request.GET.get("muted", "")),
    }
    return render(request, "accounts/settings_people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def settings_notifications(request: SignedInRequest) -> HttpResponse:
    user = request.user
    reach, chosen = choices.reach_of(user), choices.chosen_by(user)
    initial: dict[str, object] = {
        name: getattr(reach, name) for name in ("has_quiet_hours", "quiet_from", "quiet_until")
    }
    initial |= {
        f"{channel}_{subject}": True for channel, subjects in chosen.items() for subject in subjects
    }
    # Bound by the method: a form without any choice is one, too.
    form = NotificationsForm(request.POST if request.method == "POST" else None, initial=initial)
    here = request.COOKIES.get(reader.TIME_ZONE_COOKIE, "")
    here = here if reader.zone(here) else ""
    if form.is_valid():
        quiet = {name: form.cleaned_data[name] for name in form.base_fields}
        actions.choose_notifications(actor=user, choices=form.choices, time_zone=here, **quiet)
        messages.success(request, _("Saved."))
        return redirect("accounts:settings-notifications")
    context = {"form": form, "clock": user.time_zone or here or reach.time_zone}
    return render(request, "accounts/settings_notifications.html", context)


# --- Messages to a browser that is not here ---


@require_safe
def push_state(request: SignedInRequest) -> HttpResponse:
    """What the switch in the settings shows: the key to subscribe with, and what we have."""
    here = PushSubscription.objects.of_session(request.session.session_key)
    endpoint = here.values_list("endpoint", flat=True).first()
    return JsonResponse({"key": push.public_key(), "endpoint": endpoint})


@require_POST
def push_subscribe(request: SignedInRequest) -> HttpResponse:
    form = PushForm(request.POST)
    if not form.is_valid():
        (sentence, *_others), *_fields = form.errors.values()
        raise Refusal(str(sentence), code="no_browser")
    device = devices.device(request.headers.get("User-Agent", ""))
    subscription = actions.subscribe(
        actor=request.user, session=session_of(request), browser=str(device), **form.cleaned_data
    )
    request.session[PUSHES_TO] = subscription.endpoint
    return HttpResponse(status=204)


@require_POST
def push_unsubscribe(request: SignedInRequest) -> HttpResponse:
    actions.unsubscribe(session_key=request.session.session_key)
    request.session.pop(PUSHES_TO, None)
    return HttpResponse(status=204)


# --- From a letter ---


@never_cache
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_stop(request: HttpRequest, token: str) -> HttpResponse:
    """A page with one button, since whoever looks through mail for harm opens every link in it.

    Mail programs post to it by themselves, without cookies (RFC 8058): the token is the proof.
    """
    found = mail.read_stop(token)
    if found is None:
        raise Http404
    person, subject = found
    is_on = True
    if request.method == "POST":
        is_on = "again" in request.POST
        actions.choose_mail(actor=person, subject=subject, is_on=is_on)
    context = {
        "person": person,
        "subject": subject.label,
        "is_on": is_on,
        "preferences_path": mail.PREFERENCES_PATH,
    }
    return render(request, "accounts/mail_stop.html", context)


# --- Pictures ---


@login_not_required
@require_safe
@for_good
def picture(request: HttpRequest, name: str, size_px: str) -> HttpResponse:
    """A name is used once, so what it names never changes."""
    try:
        return HttpResponse(pictures.read(name, int(size_px)), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error


# --- The demo's mailbox ---


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
