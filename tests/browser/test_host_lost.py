"""The host is gone: the Space goes on with a co-host, waits for the host, or ends by itself."""

import re
import time
from datetime import timedelta

import pytest
from django.db.models import F
from playwright.sync_api import Page, expect

from spaces import tasks
from spaces.models import Invitation, Participant, Space
from tests.browser.listening import Ear
from tests.browser.steps import come_in, go_on_air
from tests.factories import make_participant, make_user

pytestmark = pytest.mark.browser

SAMI_HZ = 880


@pytest.fixture
def sweep(stack, settings):
    """The beat's part, without waiting for it: once the host is missed at all, she is lost."""
    settings.HOST_MISSED_S = 0

    def until(**fields):
        deadline = time.monotonic() + 20
        while not Space.objects.filter(**fields).exists():
            assert time.monotonic() < deadline, f"no Space came to {fields}"
            stack.act(tasks.sweep_absent)
            time.sleep(0.2)

    return until


def leave_without_a_word(page: Page) -> None:
    page.context.close()


def test_space_goes_on_with_a_co_host_waits_for_its_host_and_ends(people, space, sweep):
    sami_user = make_user("sami")
    make_participant(space, user=sami_user, role=Participant.Role.CO_HOST)
    Invitation.objects.create(
        space=space,
        user=sami_user,
        kind=Invitation.Kind.CO_HOST,
        state=Invitation.State.ACCEPTED,
        answered_at=space.started_at,
    )
    make_user("lena")
    hana, sami = come_in(people, space, "hana"), go_on_air(people, space, "sami", SAMI_HZ)
    lena = come_in(people, space, "lena")
    ear, notices = Ear(lena), lena.locator("#notices")
    end_button = sami.locator(".controls [data-do=end]")
    expect(end_button).to_be_hidden()
    expect(notices).to_be_empty()

    leave_without_a_word(hana)
    sweep(acting_host__user=sami_user)

    expect(notices).to_contain_text("Sami holds the Space until Hana is back.")
    expect(sami.locator("#notices")).to_contain_text("You hold the Space")
    expect(end_button).to_be_visible()
    ear.wait_for(SAMI_HZ)

    hana = come_in(people, space, "hana")

    expect(notices).to_be_empty()
    expect(end_button).to_be_hidden()

    sami.locator(".controls [data-do=step-down]").click()
    leave_without_a_word(hana)
    sweep(host_away_since__isnull=False, acting_host=None)

    expect(notices).to_contain_text("Hana is reconnecting.")
    expect(notices.get_by_role("timer")).to_have_text(re.compile(r"^(5:00|4:\d\d)$"))

    Space.objects.update(host_away_since=F("host_away_since") - timedelta(minutes=5))
    sweep(state=Space.State.ENDED)

    expect(lena.locator("#ended")).to_contain_text("connection was lost and did not come back")
