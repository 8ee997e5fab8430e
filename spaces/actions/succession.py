"""People whose connection is lost: speakers go down, a Space without its host ends."""

from datetime import datetime

from django.db import transaction

from ..models import Participant, Space
from ..permissions import Role
from .changes import NotLive, SpaceOver, lock
from .rooms import end
from .stage import bring_down


@transaction.atomic
def sweep_absent(*, space: Space, absent: frozenset[str], host_gone: bool, now: datetime) -> None:
    """Bring down speakers, and end the Space of a host, who did not come back. Repeat: harmless.

    absent: participant public ids that presence has missed for longer than SPEAKER_GRACE_S.
    """
    try:
        space = lock(space)
    except (SpaceOver, NotLive):
        return
    if host_gone:
        end(space, reason=Space.EndReason.HOST_LOST, now=now)
        return
    speakers = Participant.objects.filter(space=space, role=Role.SPEAKER, public_id__in=absent)
    for participant in speakers.order_by("pk"):
        bring_down(space, participant)
