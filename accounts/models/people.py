"""People: who they are, whom they follow, who may host by grant."""

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxLengthValidator, MinLengthValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config import terms

from ..querysets import UserQuerySet

HANDLE_VALIDATORS: list[Callable[[Any], None]] = [
    MinLengthValidator(3, _("A handle has at least 3 characters.")),
    MaxLengthValidator(30, _("A handle has at most 30 characters.")),
    RegexValidator(r"\A[A-Za-z0-9_]+\Z", _("A handle is made of letters, digits and underscores.")),
]


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(
        self, handle: str, email: str, password: str | None = None, **extra: Any
    ) -> "User":
        # allauth looks addresses up in lower case, the part before the @ as well.
        user = self.model(handle=handle, email=email.lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, handle: str, email: str, password: str | None = None, **extra: Any
    ) -> "User":
        return self.create_user(handle, email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str) -> "User":
        return self.get(handle__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The handle keeps its case and is unique without it."""

    class Theme(models.TextChoices):
        SYSTEM = "", _("As the system says")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    handle = models.CharField(
        max_length=30,
        validators=HANDLE_VALIDATORS,
        error_messages={"unique": _("Somebody already has this handle.")},
    )
    name = models.CharField(_("name"), max_length=50, blank=True)
    bio = models.CharField(max_length=280, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    # Names the uploaded picture's files (accounts.pictures); none: initials.
    picture = models.CharField(max_length=32, blank=True, editable=False)
    # How the person reads: none of them set means what the browser says.
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=50, blank=True)
    theme = models.CharField(max_length=5, choices=Theme.choices, blank=True)
    push_to_talk = models.BooleanField(default=False)
    # Counted and not named where they listen, unless the host forbids it.
    listens_unnamed = models.BooleanField(default=False)
    # What was agreed to at sign-up, and when; the age is the least one asked for then.
    terms_accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    confirmed_age = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    # Kept by follow() and unfollow() in their own transactions: no list ever counts rows.
    follower_count = models.PositiveIntegerField(default=0, editable=False)
    following_count = models.PositiveIntegerField(default=0, editable=False)
    # Of handle and name, for search: write_search().
    search_trigrams = ArrayField(models.TextField(), default=list, editable=False)

    # Set for the lists that show them, by querysets.py and suggestions.py.
    row_id: int
    is_followed: bool
    is_blocked: bool
    is_muted: bool
    followed_by: "User"
    others_count: int

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("handle"),
                name="accounts_user_handle_unique",
                violation_error_message=_("Somebody already has this handle."),
            ),
        ]
        # What `handle__iexact` asks for, ours and allauth's.
        indexes = [
            # Also for the beginning of a handle, whatever the database's collation.
            models.Index(
                OpClass(Upper("handle"), name="text_pattern_ops"),
                name="accounts_user_handle_upper",
            ),
            # Every follow writes the row anew: what waits to be sorted in would be gone through
            # by each search.
            GinIndex(fields=["search_trigrams"], fastupdate=False, name="accounts_user_search"),
            # A letter or two mean half of all people: then the best known are found from here.
            models.Index(fields=["-follower_count", "id"], name="accounts_user_best_known"),
        ]

    def __str__(self) -> str:
        return f"@{self.handle}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Leave the counts alone unless they are named; keep what search reads right.

        A form, or a password change, would put back what it read before somebody followed.
        """
        if not self._state.adding and not args and kwargs.get("update_fields") is None:
            kept = {"follower_count", "following_count"} | self.get_deferred_fields()
            fields = (f for f in self._meta.concrete_fields if not f.primary_key)
            kwargs["update_fields"] = [f.name for f in fields if f.attname not in kept]
        changed = kwargs.get("update_fields")
        if changed is None:
            self.write_search()
        elif not {"handle", "name"}.isdisjoint(changed):
            self.write_search()
            kwargs["update_fields"] = {*changed, "search_trigrams"}
        super().save(*args, **kwargs)

    def write_search(self) -> None:
        """Only on the object: for what stores many at once."""
        self.search_trigrams = terms.trigrams(
            [f"@{self.handle.lower()}", *terms.terms(f"{self.handle} {self.name}")]
        )

    def get_absolute_url(self) -> str:
        return reverse("accounts:profile", args=[self.handle])

    @property
    def display_name(self) -> str:
        return self.name.strip() or self.handle

    @property
    def initials(self) -> str:
        """First and last word of the name, as the fallback picture shows them."""
        words = self.display_name.split()
        letters = words[0][:1] + (words[-1][:1] if len(words) > 1 else "")
        return letters.upper()

    @property
    def hue(self) -> int:
        """Which of the eight avatar colours is theirs: steady for the life of the account."""
        return self.public_id.int % 8

    # What Django's admin and auth ask of a user.
    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name


class Follow(models.Model):
    follower = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follows_made")
    followed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follows_received")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "followed"], name="accounts_follow_once"),
            models.CheckConstraint(
                name="accounts_follow_not_oneself", condition=~Q(follower=F("followed"))
            ),
        ]
        # Pages of both lists, newest first, however long they are.
        indexes = [
            models.Index(fields=["followed", "-id"], name="accounts_follow_followers"),
            models.Index(fields=["follower", "-id"], name="accounts_follow_following"),
        ]

    def __str__(self) -> str:
        return f"{self.follower} follows {self.followed}"


class Block(models.Model):
    """The blocked person is refused at the blocker's doors; neither follows the other."""

    blocker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks_made")
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks_received")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="accounts_block_once"),
            models.CheckConstraint(
                name="accounts_block_not_oneself", condition=~Q(blocker=F("blocked"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.blocker} blocks {self.blocked}"


class Mute(models.Model):
    """The muted person is left out of the muter's lists, and never told."""

    muter = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mutes_made")
    muted = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mutes_received")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["muter", "muted"], name="accounts_mute_once"),
            models.CheckConstraint(
                name="accounts_mute_not_oneself", condition=~Q(muter=F("muted"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.muter} mutes {self.muted}"


class FormerHandle(models.Model):
    """A handle that its person changed: it leads to the new one, and is kept free, for a while."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_handles")
    handle = models.CharField(max_length=30)
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("handle"), name="accounts_formerhandle_unique"),
        ]

    def __str__(self) -> str:
        return f"@{self.handle}, now {self.user}"


class HostGrant(models.Model):
    """Leave to host without the followers, given by staff."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="host_grant")
    reason = models.CharField(
        max_length=200, help_text=_("Why this person may host; staff see it.")
    )
    granted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="host_grants_made"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.user} may host"
