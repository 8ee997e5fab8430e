"""Untrusted input of Spaces becomes clean values here."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.querysets import UserQuerySet
from config import reader
from config.forms import OneLineField
from config.terms import Query
from config.words import fold

from . import wall_clock
from .actions import places
from .models import (
    COMMENT_LENGTH,
    QUESTION_LENGTH,
    TITLE_LENGTH,
    UPDATE_LENGTH,
    URL_LENGTH,
    Space,
    Topic,
)

# As <input type="datetime-local"> writes it.
WALL_FORMAT = "%Y-%m-%dT%H:%M"
# As long as a title.
SEARCH_LENGTH = TITLE_LENGTH
FILTER_WORDS = 100
FILTER_WORD_LENGTH = 40
TURNS_S = [
    (0, _("No limit")),
    (60, _("1 minute each")),
    (120, _("2 minutes each")),
    (180, _("3 minutes each")),
    (300, _("5 minutes each")),
    (600, _("10 minutes each")),
]
COMMENTS_EVERY_S = [
    (0, _("As many as they like")),
    (5, _("One every 5 seconds")),
    (15, _("One every 15 seconds")),
    (30, _("One every 30 seconds")),
    (60, _("One every minute")),
    (300, _("One every 5 minutes")),
]


class WallTimeField(forms.Field):
    """A day and a time by somebody's clock; whose, the form knows."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WALL_FORMAT)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            wall = parse_datetime(str(value))
        except ValueError:
            wall = None
        if wall is None or wall.tzinfo is not None:
            raise forms.ValidationError(
                gettext("Give a day and a time, like %(example)s."),
                params={"example": "2026-11-24 19:00"},
            )
        return wall


class RulesForm(forms.Form):
    """How a Space is set, at its start and later."""

    who_may_speak = forms.ChoiceField(
        label=_("Who may speak"),
        choices=Space.WhoMaySpeak.choices,
        initial=Space.WhoMaySpeak.INVITED,
        widget=forms.RadioSelect,
    )
    takes_requests = forms.BooleanField(
        label=_("Others may ask to speak"), initial=True, required=False
    )
    stage_size = forms.ChoiceField(label=_("Stage"), initial=Space.StageSize.STANDARD)
    who_may_comment = forms.ChoiceField(
        label=_("Who may comment"),
        choices=Space.WhoMayComment.choices,
        initial=Space.WhoMayComment.EVERYONE,
    )
    allows_unnamed = forms.BooleanField(
        label=_("Listeners may stay unnamed"),
        help_text=_("They are counted, and nobody sees who they are."),
        initial=True,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage_size"].choices = _stage_sizes()  # type: ignore[attr-defined]


def _stage_sizes() -> list[tuple[str, str]]:
    small, standard, large = (
        places(Space(stage_size=size))[0]
        for size in (Space.StageSize.SMALL, Space.StageSize.STANDARD, Space.StageSize.LARGE)
    )
    return [
        (
            Space.StageSize.SMALL,
            ngettext("Small, %(count)s person", "Small, %(count)s people", small)
            % {"count": small},
        ),
        (
            Space.StageSize.STANDARD,
            ngettext("Standard, %(count)s person", "Standard, %(count)s people", standard)
            % {"count": standard},
        ),
        (
            Space.StageSize.LARGE,
            ngettext("Large, %(count)s person", "Large, %(count)s people", large)
            % {"count": large},
        ),
    ]


class SettingsForm(RulesForm):
    """Of a Space that is announced or live. words: the host's comment filter; None: not theirs."""

    first_timers_first = forms.BooleanField(
        label=_("First-time speakers go first"),
        help_text=_("Whoever was never on a stage here stands before the others in line."),
        required=False,
    )
    turn_s = forms.TypedChoiceField(label=_("Speaking time"), choices=TURNS_S, coerce=int)
    comment_every_s = forms.TypedChoiceField(
        label=_("Comments per person"), choices=COMMENTS_EVERY_S, coerce=int
    )
    words = forms.CharField(
        label=_("Words that hold a comment back"),
        help_text=_(
            "One word or phrase a line. They hold in all your Spaces, for questions and pins too."
        ),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )

    def __init__(self, *args: Any, space: Space, words: list[str] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["takes_requests"].help_text = gettext(
            "When you turn this off, who is in line stays there."
        )
        if words is None:
            del self.fields["words"]
        # Only what was changed here is saved: a bar or another page may have set the rest since.
        for field in self.fields.values():
            field.show_hidden_initial = True
        self.initial = {name: getattr(space, name, None) for name in self.fields}
        self.initial["words"] = "\n".join(words or [])

    @property
    def former_speakers(self) -> SafeString:
        """The initial value that a group of radios, drawn one by one, does not bring along."""
        return self["who_may_speak"].as_hidden(only_initial=True)

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def clean_words(self) -> list[str]:
        """As `fold` leaves them: what is compared is what is measured and shown again."""
        lines = dict.fromkeys(fold(line) for line in self.cleaned_data["words"].splitlines())
        words = [word for word in lines if word]
        if len(words) > FILTER_WORDS:
            raise forms.ValidationError(
                ngettext(
                    "At most %(count)s word or phrase.",
                    "At most %(count)s words and phrases.",
                    FILTER_WORDS,
                ),
                params={"count": FILTER_WORDS},
            )
        too_long = [word for word in words if len(word) > FILTER_WORD_LENGTH]
        if too_long:
            raise forms.ValidationError(
                gettext("“%(word)s” is longer than %(count)s characters. Shorten it."),
                params={"word": too_long[0][:FILTER_WORD_LENGTH], "count": FILTER_WORD_LENGTH},
            )
        return words


class SearchForm(forms.Form):
    """What to look for; clean, it is a `Query` with at least one term."""

    q = OneLineField(
        label=_("Spaces, people, topics"),
        max_length=SEARCH_LENGTH,
        widget=forms.SearchInput(
            attrs={
                "aria-keyshortcuts": "/",
                "autocapitalize": "none",
                "autocomplete": "off",
                "data-search": True,
                "dir": "auto",
                "enterkeyhint": "search",
                "spellcheck": "false",
            }
        ),
        error_messages={
            "required": _("Type what you are looking for."),
            "max_length": _("A search has at most %(limit_value)s characters. Leave words out."),
            "null_characters_not_allowed": _("Only text can be searched for."),
        },
    )

    def clean_q(self) -> Query:
        query = Query.read(self.cleaned_data["q"])
        if not query.terms:
            raise forms.ValidationError(gettext("Search for letters or digits, not for signs."))
        return query


class QuestionForm(forms.Form):
    """What somebody in line wants to ask; it may be left empty."""

    question = OneLineField(
        label=_("Your question"),
        max_length=QUESTION_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off", "autofocus": True}),
    )


class MoveForm(forms.Form):
    """To which place in line: to the first, unless it says."""

    to = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)

    def clean_to(self) -> int:
        return self.cleaned_data["to"] or 1


class AnnouncementForm(forms.Form):
    """What a Space is about, and by whose clock it starts when."""

    title = OneLineField(
        label=_("What is it about?"),
        max_length=TITLE_LENGTH,
        help_text=_("A question or a promise draws more people than a name."),
        error_messages={"required": _("Give the Space a title, so that people know why to come.")},
    )
    scheduled_for = WallTimeField(label=_("Day and time"), required=False)
    # Whose clock it is: what the page said when it was typed, whatever the cookie says by now.
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput)
    topics = forms.ModelMultipleChoiceField(
        label=_("Topics"),
        queryset=Topic.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not its name: that of a fixed distance from UTC names no zone.
        here = ZoneInfo(str(timezone.get_current_timezone()))
        typed = self.data.get("time_zone", "") if self.is_bound else ""
        self.zone = reader.zone(typed) or here
        self.initial["time_zone"] = self.zone.key
        self.fields["scheduled_for"].help_text = gettext("By your clock, %(zone)s.") % {
            "zone": self.zone.key.replace("_", " ")
        }
        self.offer(now, now + timedelta(days=settings.SCHEDULE_DAYS_AHEAD))

    def offer(self, earliest: datetime, latest: datetime) -> None:
        """What the browser lets people choose from."""
        widget = self.fields["scheduled_for"].widget
        for bound, moment in (("min", earliest), ("max", latest)):
            widget.attrs[bound] = moment.astimezone(self.zone).strftime(WALL_FORMAT)

    def moment(self, wall: datetime | None) -> datetime | None:
        """None, and what is wrong is said on the field."""
        found = [] if wall is None else wall_clock.moments(wall, self.zone)
        if len(found) == 1:
            return found[0]
        if wall is None:
            sentence = gettext("Say when it starts.")
        elif found:
            sentence = gettext(
                "The clocks go back that day, and this time comes twice. Choose another."
            )
        else:
            sentence = gettext("The clocks go forward that day and skip this time. Choose another.")
        self.add_error("scheduled_for", sentence)
        return None

    def clean_topics(self) -> list[Topic]:
        topics = list(self.cleaned_data["topics"])
        if len(topics) > settings.MAX_TOPICS:
            raise forms.ValidationError(
                ngettext(
                    "Choose at most %(count)s topic.",
                    "Choose at most %(count)s topics.",
                    settings.MAX_TOPICS,
                ),
                params={"count": settings.MAX_TOPICS},
            )
        return topics


class EditAnnouncementForm(AnnouncementForm):
    def __init__(self, *args: Any, space: Space, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, now=now, **kwargs)
        assert space.scheduled_for is not None
        self.announced_for = space.scheduled_for
        self.announced_wall = space.scheduled_for.astimezone(self.zone).replace(
            second=0, microsecond=0, tzinfo=None, fold=0
        )
        self.initial.update(
            title=space.title, topics=space.topics.all(), scheduled_for=self.announced_wall
        )
        # The time that it has may stay, however near it is.
        latest = now + timedelta(days=settings.SCHEDULE_DAYS_AHEAD)
        self.offer(min(now, space.scheduled_for), max(latest, space.scheduled_for))

    def clean(self) -> dict[str, Any]:
        """`scheduled_for` becomes a moment: to the second that of before, if it was left alone."""
        cleaned = super().clean() or {}
        cleaned.pop("time_zone", None)
        wall = cleaned.pop("scheduled_for", None)
        if "scheduled_for" not in self.errors:
            is_left = wall == self.announced_wall
            cleaned["scheduled_for"] = self.announced_for if is_left else self.moment(wall)
        return cleaned


class StartSpaceForm(AnnouncementForm, RulesForm):
    class When(TextChoices):
        NOW = "now", _("Now")
        LATER = "later", _("Later")

    when = forms.ChoiceField(
        label=_("When"),
        choices=When.choices,
        initial=When.NOW,
        required=False,
        widget=forms.RadioSelect,
    )
    visibility = forms.ChoiceField(
        label=_("Who may come in"),
        choices=Space.Visibility.choices,
        initial=Space.Visibility.PUBLIC,
        help_text=_("Whoever may not come in learns neither its title nor who is there."),
    )
    # Folded away on the page, until one of them is wrong.
    MORE = ("takes_requests", "stage_size", "who_may_comment", "allows_unnamed")
    # Left out, they are as `Space` has them.
    MAY_BE_LEFT_OUT = ("visibility", "stage_size", "who_may_comment")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.MAY_BE_LEFT_OUT:
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """`scheduled_for` becomes a moment, None for a Space that starts now."""
        cleaned = super().clean() or {}
        for name in self.MAY_BE_LEFT_OUT:
            if cleaned.get(name) == "":
                del cleaned[name]
        is_later = cleaned.pop("when", None) == self.When.LATER
        cleaned.pop("time_zone", None)
        wall = cleaned.pop("scheduled_for", None)
        cleaned["scheduled_for"] = None
        if not is_later:
            # A Space that starts now has no time to be wrong.
            self.errors.pop("scheduled_for", None)
        elif "scheduled_for" not in self.errors:
            cleaned["scheduled_for"] = self.moment(wall)
        return cleaned

    @property
    def is_more_wrong(self) -> bool:
        return any(name in self.errors for name in self.MORE)


class HandleForm(forms.Form):
    """Somebody called by their handle, with or without the @; it becomes the person."""

    handle = OneLineField(
        label=_("Handle"),
        max_length=31,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
        error_messages={"required": _("Give the handle of the person you want to invite.")},
    )

    def people(self) -> UserQuerySet:
        return User.objects.active()

    def clean_handle(self) -> User:
        handle = self.cleaned_data["handle"].removeprefix("@")
        person = self.people().by_handle(handle).first()
        if person is None:
            raise forms.ValidationError(
                gettext("Nobody here has the handle @%(handle)s. Check how it is written."),
                params={"handle": handle},
            )
        return person


class CoHostHandleForm(HandleForm):
    """Their account may be closed by now."""

    def people(self) -> UserQuerySet:
        return User.objects.all()


class ReadForm(forms.Form):
    # As the page wrote it, to the microsecond.
    until = forms.DateTimeField()


class PinForm(forms.Form):
    """A link with a line about it, or an update alone."""

    url = forms.URLField(
        max_length=URL_LENGTH,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": _("This is not a link. It begins with https:// or http://.")},
    )
    text = OneLineField(max_length=UPDATE_LENGTH, required=False)

    def clean_url(self) -> str:
        url = urlsplit(self.cleaned_data["url"])
        if url.scheme not in {"", "http", "https"}:
            raise forms.ValidationError(self.fields["url"].error_messages["invalid"])
        if "@" in url.netloc:
            raise forms.ValidationError(gettext("This link holds a password. Pin it without."))
        return url.geturl()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not (cleaned["url"] or cleaned["text"]):
            raise forms.ValidationError(gettext("Give a link, or write something."))
        return cleaned


class CommentForm(forms.Form):
    body = OneLineField(
        max_length=COMMENT_LENGTH, error_messages={"required": _("Write something first.")}
    )


class NewCommentForm(CommentForm):
    client_id = forms.UUIDField()


class CommentRangeForm(forms.Form):
    """Which comments a page asks for: what changed since a revision, or those before a number."""

    since = forms.IntegerField(min_value=0, max_value=2**53, required=False)
    before = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and (cleaned["since"] is None) == (cleaned["before"] is None):
            raise forms.ValidationError(gettext("Ask for “since” or for “before”."))
        return cleaned
