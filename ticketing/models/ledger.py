"""The books: journals and their lines. Rows are added, never changed; see `ticketing.ledger`."""

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..money import Money

SUBJECT_LENGTH = 36


class AppendOnly(TypeError):
    """What is in the books stays; a mistake is corrected by another journal."""


class Account(models.TextChoices):
    """Per currency, and the host's two per host. What we have and lost is above 0 (debit)."""

    STRIPE = "stripe", _("Balance at Stripe")
    BANK = "bank", _("Bank")
    HOST_RECEIVABLE = "host_receivable", _("Hosts owe us")
    HOST_PAYABLE = "host_payable", _("We owe hosts")
    FEE_DEFERRED = "fee_deferred", _("Our part, before the Space took place")
    FEE_INCOME = "fee_income", _("Our part, earned")
    TAX_PAYABLE = "tax_payable", _("Tax we owe")
    REFUND_CLEARING = "refund_clearing", _("Refunds under way")
    DISPUTE_SUSPENSE = "dispute_suspense", _("Disputed")
    PROCESSING_FEES = "processing_fees", _("Fees for processing")
    DISPUTE_FEES = "dispute_fees", _("Fees for disputes")
    PROCESSING_LOSSES = "processing_losses", _("Fees lost with refunds")
    LOSSES = "losses", _("Losses")


# Whose share it is stands on each line of these, and on no other.
HOST_ACCOUNTS = (Account.HOST_PAYABLE, Account.HOST_RECEIVABLE)


class Kind(models.TextChoices):
    """Why a journal is there: one per function of `ticketing.ledger`."""

    CHARGE = "charge", _("Payment")
    EARNED = "earned", _("The Space took place")
    TRANSFER = "transfer", _("Transfer to a host")
    REVERSAL = "reversal", _("Transfer taken back")
    REVERSAL_FAILED = "reversal_failed", _("Transfer that could not be taken back")
    REFUND_SENT = "refund_sent", _("Refund sent")
    REFUND_SUCCEEDED = "refund_succeeded", _("Refund arrived")
    REFUND_FAILED = "refund_failed", _("Refund failed")
    LOST_FEE = "lost_fee", _("Lost fee, carried by the host")
    LOST_FEE_RETURNED = "lost_fee_returned", _("Lost fee, given back to the host")
    DISPUTE_OPENED = "dispute_opened", _("Dispute opened")
    DISPUTE_WON = "dispute_won", _("Dispute won")
    DISPUTE_LOST = "dispute_lost", _("Dispute lost")
    WITHHELD = "withheld", _("Withheld for what a host owes")
    WRITTEN_OFF = "written_off", _("Written off")
    PAYOUT = "payout", _("Payout to the bank")
    PAYOUT_FAILED = "payout_failed", _("Payout that came back")


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Reads, and adds. A database trigger holds the same against SQL."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly(self.model.__name__)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly(self.model.__name__)

    def delete(self) -> NoReturn:
        raise AppendOnly(self.model.__name__)

    # As Django's own are marked: no template, and no manager, calls them.
    update.alters_data = delete.alters_data = bulk_update.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class AppendOnlyModel(models.Model):
    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises: AppendOnly for a row that is there."""
        if not self._state.adding:
            raise AppendOnly(type(self).__name__)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly(type(self).__name__)


class Journal(AppendOnlyModel):
    """One cause and what it moved. That it is booked once is the constraint on its cause.

    Its lines sum to 0 in each currency, and are as many as it says, whenever a transaction that
    wrote any of them commits: deferred triggers see to it.
    """

    kind = models.CharField(max_length=20, choices=Kind.choices)
    # What caused it: a row of ours, or an object of Stripe's.
    source_type = models.CharField(max_length=20)
    source_id = models.CharField(max_length=100)
    # Whose income it is about, as an opaque id: User.public_id. Empty where it is nobody's.
    host = models.CharField(max_length=SUBJECT_LENGTH, blank=True)
    # The payment that all that follows from it names; None for the payment itself.
    charge = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="about"
    )
    correction_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    # So nothing can be added to a journal of yesterday, not even in balance.
    line_count = models.PositiveSmallIntegerField()
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source_type", "source_id"], name="ticketing_journal_once"
            ),
            models.CheckConstraint(
                name="ticketing_journal_two_lines", condition=Q(line_count__gte=2)
            ),
            models.CheckConstraint(
                name="ticketing_journal_has_source",
                condition=~Q(source_type="") & ~Q(source_id=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["host", "kind"], condition=~Q(host=""), name="ticketing_journal_host"
            ),
            models.Index(fields=["-occurred_at", "-id"], name="ticketing_journal_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_type} {self.source_id}"


class Line(AppendOnlyModel):
    """An amount on an account: debit above 0, credit below."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="lines")
    account = models.CharField(max_length=20, choices=Account.choices)
    # Which host, as an opaque id: User.public_id; empty on accounts that are not a host's.
    subject = models.CharField(max_length=SUBJECT_LENGTH, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ticketing_line_moves_something", condition=~Q(amount_minor=0)
            ),
            models.CheckConstraint(
                name="ticketing_line_known_account", condition=Q(account__in=Account.values)
            ),
            models.CheckConstraint(
                name="ticketing_line_currency_code", condition=Q(currency__regex="^[a-z]{3}$")
            ),
            models.CheckConstraint(
                name="ticketing_line_subject_iff_host",
                condition=(Q(account__in=HOST_ACCOUNTS) & ~Q(subject=""))
                | (~Q(account__in=HOST_ACCOUNTS) & Q(subject="")),
            ),
        ]
        indexes = [
            # Sums of an account, and of a host's, are read from the index alone.
            models.Index(
                fields=["account", "currency", "subject"],
                include=["amount_minor"],
                name="ticketing_line_balance",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor} {self.currency}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
