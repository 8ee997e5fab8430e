"""Who may do what: the table."""

from datetime import UTC, datetime

import pytest

from config.errors import NotAllowed
from spaces import permissions
from spaces.models import Participant, Space
from spaces.permissions import Acting, Capability, Role

SPEAKER = "speak step_down raise_hand pin comment"
CO_HOST = (
    f"{SPEAKER} invite answer_requests arrange_queue mute_others move_down remove call_in"
    " unpin_others moderate_comments see_analytics"
)


def participant(role, **fields):
    return Participant(role=role, **fields)


@pytest.mark.parametrize(
    ("role", "capabilities"),
    [
        (
            "host",
            CO_HOST.replace("step_down raise_hand ", "")
            + " change_settings manage_co_hosts edit_announcement start_space cancel_space"
            " end_space",
        ),
        ("acting_host", f"{CO_HOST} change_settings end_space"),
        ("co_host", CO_HOST),
        ("speaker", SPEAKER),
        ("listener", "ask_to_speak comment"),
        (None, ""),
        ("stranger", ""),
    ],
)
def test_role_grants_these_and_no_more(role, capabilities):
    assert permissions.grants(role) == set(capabilities.split())


def test_every_role_has_its_row():
    assert set(permissions.GRANTS) == {*Role.values, Acting.HOST}


@pytest.mark.parametrize("capability", Capability)
def test_every_capability_is_somebodys(capability):
    assert any(capability in granted for granted in permissions.GRANTS.values())


def test_granted_capability_gives_the_row():
    host = participant(Role.HOST)

    assert require_role(Capability.END_SPACE, host) is host


def require_role(capability, who, **fields):
    return permissions.require_role(capability, participant=who, space=Space(**fields))


def test_co_host_who_acts_for_the_host_may_end_the_space():
    co_host = participant(Role.CO_HOST, pk=7)

    assert require_role(Capability.END_SPACE, co_host, acting_host_id=7) is co_host
    with pytest.raises(NotAllowed):
        require_role(Capability.END_SPACE, co_host, acting_host_id=8)


@pytest.mark.parametrize("capability", Capability)
@pytest.mark.parametrize("who", [None, participant(Role.LISTENER, removed_at=datetime.now(UTC))])
def test_who_is_not_in_the_space_may_do_nothing(who, capability):
    """A stranger, and who was removed. The refusal names the capability and says a sentence."""
    with pytest.raises(NotAllowed) as refusal:
        require_role(capability, who)

    assert refusal.value.code == f"not_allowed_{capability}"
    assert str(refusal.value.message).endswith(".")


@pytest.mark.parametrize(
    ("who", "expected"),
    [("host", True), ("co_host", True), ("speaker", False), ("listener", False), (None, False)],
)
def test_crew_is_host_and_co_hosts(who, expected):
    assert permissions.is_crew(who and participant(who)) is expected
