"""The host's filter: words that only the crew puts before everybody."""

from django.utils.translation import gettext as _

from config.errors import Conflict
from config.words import holds

from .. import permissions
from ..models import Participant, Space


class HeldBack(Conflict):
    """The host's filter keeps it out; the author may change it."""

    code = "held_back"


def require_passing(text: str, *, author: Participant, space: Space) -> None:
    """Raises: HeldBack"""
    if not text or permissions.is_crew(author):
        return
    words = getattr(space.host, "comment_filter", None)
    if words is not None and holds(text, words.words):
        raise HeldBack(
            _(
                "Not posted: the filter that %(host)s set up for words holds this back. Say it in "
                "other words."
            )
            % {"host": space.host.display_name}
        )
