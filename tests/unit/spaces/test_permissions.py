"""Who may do what: the table."""

import pytest

from config.errors import NotAllowed
from spaces import permissions
from spaces.models import Participant
from spaces.permissions import Capability, Role


def participant(role):
    return Participant(role=role)


@pytest.mark.parametrize(
    ("role", "capabilities"),
    [
        (
            "host",
            "speak invite answer_requests mute_others move_down start_space cancel_space end_space",
        ),
        ("speaker", "speak step_down"),
        ("listener", "ask_to_speak"),
        (None, ""),
        ("stranger", ""),
    ],
)
def test_role_grants_these_and_no_more(role, capabilities):
    assert permissions.grants(role) == set(capabilities.split())


def test_every_role_has_its_row():
    assert set(permissions.GRANTS) == set(Role.values)


@pytest.mark.parametrize("capability", Capability)
def test_every_capability_is_somebodys(capability):
    assert any(capability in granted for granted in permissions.GRANTS.values())


def test_granted_capability_gives_the_row():
    host = participant(Role.HOST)

    assert permissions.require_role(Capability.END_SPACE, host) is host


@pytest.mark.parametrize("who", [participant(Role.LISTENER), None])
@pytest.mark.parametrize("capability", [c for c in Capability if c != Capability.ASK_TO_SPEAK])
def test_refusal_names_the_capability_and_says_a_sentence(who, capability):
    with pytest.raises(NotAllowed) as refusal:
        permissions.require_role(capability, who)

    assert refusal.value.code == f"not_allowed_{capability}"
    assert str(refusal.value.message).endswith(".")


@pytest.mark.parametrize(
    ("who", "expected"), [("host", True), ("speaker", False), ("listener", False), (None, False)]
)
def test_crew_is_the_host(who, expected):
    assert permissions.is_crew(who and participant(who)) is expected
