"""Somebody is asked to co-host, sees so wherever they are, and answers where they read it."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions import follow
from spaces import actions
from tests.browser.conftest import People
from tests.factories import make_host, make_scheduled, make_user

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def test_sami_is_asked_to_co_host_and_accepts_on_the_page_of_notifications(people: People, stack):
    sami, hana = make_user("sami"), make_host()
    space = make_scheduled(hana, scheduled_for=timezone.now() + timedelta(days=2))
    follow(actor=hana, person=sami)
    actions.invite_co_host(actor=hana, space=space, user=sami)
    page = people.visit("sami", viewport=PHONE)
    page.goto("/upcoming/")
    bell = page.locator("[data-bell]")
    expect(bell).to_have_accessible_name("Notifications, 2 new")

    # The page reads them, and keeps their marks for as long as it is open.
    bell.click()
    expect(page.locator(".note.is-new")).to_have_count(2)
    expect(page.locator("[data-bell]")).to_have_accessible_name("Notifications")
    expect(page.locator("[data-bell-count]")).to_be_hidden()

    row = page.locator(".note").filter(has_text="asks you to co-host")
    row.get_by_role("button", name=re.compile("^Accept")).click()
    expect(page.locator(".note").filter(has_text="You accepted")).to_be_visible()
    expect(page.locator(".note.is-new")).to_have_count(0)
    assert actions.is_co_hosting(space, sami)

    # Followed back where it says so.
    page.get_by_role("button", name=re.compile("^Follow back")).click()
    expect(page.get_by_role("button", name=re.compile("^Following"))).to_be_visible()


def test_page_is_read_and_answered_without_a_script(people: People, stack):
    sami, hana = make_user("sami"), make_host()
    space = make_scheduled(hana)
    actions.invite_person(actor=hana, space=space, user=sami)
    page = people.visit("sami", java_script_enabled=False)
    page.goto("/notifications/")

    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator(".note.is-new")).to_have_count(0)
    expect(page.locator("[data-bell]")).to_have_accessible_name("Notifications")
    page.get_by_role("button", name=re.compile("^Decline")).click()

    expect(page.locator(".note")).to_contain_text("You declined")
