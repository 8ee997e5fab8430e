"""What a handle may be, and whose it is: asked at sign-up and by whoever changes theirs."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import HANDLE_VALIDATORS, FormerHandle, User
from .querysets import UserQuerySet

# A changed handle leads to the new one for so long, and nobody else may take it.
KEPT_FOR = timedelta(days=30)

# Ours, or sounding as if the people who run the place spoke. In lower case.
_KEPT_BACK = (
    # First words of our own addresses.
    "account accounts admin brand calendar favicon icon icons language legal logo mailbox manifest"
    " media metrics moderation money notifications offline people pictures privacy push robots"
    " schedule search settings spaces static status stripe terms tickets topics upcoming uploads",
    # Who runs the place.
    "abuse administrator billing contact help helpdesk host hostmaster hosts info mail mod"
    " moderator moderators no_reply noreply official operator owner payments postmaster rostrum"
    " root security staff superuser support sysadmin system team trust verified webmaster",
    # Groups that a mention may come to mean.
    "all anyone audience channel everybody everyone followers following here nobody speakers stage",
    # What programs mean by a name.
    "api app false ftp imap localhost none null pop smtp true undefined www",
    # What people call each other here, and the person reading.
    "anonymous deleted guest me myself self somebody someone unknown user username you yourself",
    # What is done on pages.
    "create delete edit explore home live login logout new register signin signout signup start",
)
RESERVED = frozenset(word for words in _KEPT_BACK for word in words.split())


def person_of(handle: str, people: UserQuerySet) -> User | None:
    """Whose it is among these people, or was until a short while ago."""
    since = timezone.now() - KEPT_FOR
    return people.by_handle(handle).first() or people.formerly(handle, since=since).first()


def check(handle: str, *, user: User | None = None) -> None:
    """The rules of a handle; `user` is whose it is to be, None for somebody new.

    Only the rows decide in the end: two people may be told at once that one handle is free.
    Raises: ValidationError, with the first sentence that applies.
    """
    for validate in HANDLE_VALIDATORS:
        validate(handle)
    own = None if user is None else user.pk
    people = User.objects.by_handle(handle)
    # The first admin is often called that.
    if handle.lower() in RESERVED and not people.filter(pk=own).exists():
        raise ValidationError(
            _("This handle is kept for the people who run the site. Choose another."),
            code="handle_reserved",
        )
    if people.exclude(pk=own).exists():
        raise ValidationError(_("Somebody already has this handle."), code="handle_taken")
    lately = FormerHandle.objects.filter(
        handle__iexact=handle, changed_at__gt=timezone.now() - KEPT_FOR
    )
    if lately.exclude(user=own).exists():
        raise ValidationError(
            _("Somebody gave this handle up a short while ago. It is free again after 30 days."),
            code="handle_left",
        )
