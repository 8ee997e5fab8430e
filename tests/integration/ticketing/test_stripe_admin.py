"""What staff see of events and calls, and the one thing they can do."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_user
from ticketing import actions
from ticketing.models import StripeCall, StripeEvent

from .conftest import make_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe")]


@pytest.fixture
def event():
    actions.accept_stripe_event(event=make_event())
    StripeEvent.objects.update(state="failed", settled_at=timezone.now(), attempts=20)
    return StripeEvent.objects.get()


@pytest.fixture
def call():
    params = {"customer_email": "ida@example.org"}
    return actions.queue_call("checkout.session.create", key="order:1:session:1", params=params)


def page(name, *args):
    return reverse(f"admin:ticketing_{name}", args=args)


def try_again(client, row):
    name = row._meta.model_name
    return client.post(
        page(f"{name}_changelist"), {"action": "try_again", "_selected_action": [row.pk]}
    )


def staff(*permissions):
    person = make_user("ida", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return person


def test_lists_and_pages_open(admin_client, event, call):
    for row in (event, call):
        name = row._meta.model_name
        assert admin_client.get(page(f"{name}_changelist")).status_code == 200
        assert admin_client.get(page(f"{name}_change", row.pk)).status_code == 200
    assert admin_client.get(page("stripecursor_changelist")).status_code == 200


def test_names_of_people_are_not_shown(admin_client, call):
    content = admin_client.get(page("stripecall_change", call.pk)).content.decode()

    assert "ida@example.org" not in content


def test_nothing_can_be_written(admin_client, event, call):
    for name in ("stripeevent", "stripecall", "stripecursor"):
        assert admin_client.post(page(f"{name}_add"), {}).status_code == 403
    assert admin_client.post(page("stripecall_change", call.pk), {}).status_code == 403
    assert admin_client.post(page("stripecall_delete", call.pk), {}).status_code == 403


def test_event_that_was_given_up_is_tried_again(admin_client, event):
    try_again(admin_client, event)

    event.refresh_from_db()
    assert (event.state, event.attempts) == ("new", 0)


def test_call_that_was_given_up_is_tried_again(admin_client, call):
    StripeCall.objects.update(next_try_at=None)

    try_again(admin_client, call)

    call.refresh_from_db()
    assert call.next_try_at is not None


def test_others_are_left_alone(admin_client, call):
    assert try_again(admin_client, call).status_code == 302


def test_who_may_only_look_cannot_try_again(client, event):
    client.force_login(staff("view_stripeevent"))

    assert client.get(page("stripeevent_changelist")).status_code == 200
    try_again(client, event)

    event.refresh_from_db()
    assert event.state == "failed"
