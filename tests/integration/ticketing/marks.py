"""What a process that is about to be killed does with events and answers: it leaves marks.

Rows that there is no need of a table for. `marking` makes it what handles them.
"""

from django.utils import timezone

from ticketing import stripe_gateway
from ticketing.actions import inbox, outbox
from ticketing.models import StripeCursor


def mark(name):
    """Raises: IntegrityError the second time"""
    StripeCursor.objects.create(account=name, read_until=timezone.now())


def marks():
    return sorted(StripeCursor.objects.values_list("account", flat=True))


def project(event):
    charge = stripe_gateway.fetch("charges", event.object_id)
    # A projection: however often, the same rows.
    StripeCursor.objects.get_or_create(
        account=f"seen:{charge['id']}", defaults={"read_until": timezone.now()}
    )


def answered(call):
    mark(f"answered:{call.key}")


def take_over():
    inbox._handlers["charge.updated"] = project
    # In the place of the app's own.
    outbox._handlers["refund.create"] = answered
