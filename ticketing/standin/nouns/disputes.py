"""Disputes: opened by a buyer's bank, answered by the platform, won or lost."""

from typing import Any

from .. import errors
from ..calls import Call, Route, listing, merged, retrieving
from ..store import Object
from ..world import World, new_id
from . import balance

_TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)
OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")


def open_(world: World, charge: Object, *, inquiry: bool = False) -> Object:
    """Take the money and the fee back; an inquiry only asks, and takes nothing."""
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise errors.ApiError(f"The charge {charge['id']} cannot be disputed.")
    due_by = world.now() + world.terms.dispute_answer_s
    dispute: Object = world.store.add(
        {
            "id": new_id("dp"),
            "object": "dispute",
            "amount": charge["amount"],
            "balance_transactions": [],
            "charge": charge["id"],
            "created": world.now(),
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": {**dict.fromkeys(_TEXTS), "enhanced_evidence": {}},
            "evidence_details": {
                "due_by": due_by,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "not_submitted",
            },
            "is_charge_refundable": inquiry,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "payment_method_details": {
                "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10"},
                "type": "card",
            },
            "reason": "fraudulent",
            "status": "warning_needs_response" if inquiry else "needs_response",
        }
    )
    charge |= {"disputed": True, "_refundable": inquiry, "_dispute": dispute["id"]}
    world.store.save(charge)
    world.at(due_by, "dispute_is_late", dispute["id"])
    if not inquiry:
        _move(world, dispute, -charge["amount"], "dispute", fee=world.terms.dispute_fee_minor)
    world.tell("charge.dispute.created", dispute)
    if not inquiry:
        world.tell("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(world: World, dispute: Object, *, won: bool) -> Object:
    """The bank's word. Won gives the amount back, never the fee."""
    if dispute["status"] not in OPEN:
        raise errors.ApiError(f"The dispute {dispute['id']} is closed: {dispute['status']}.")
    before = {"status": dispute["status"]}
    inquiry = dispute["status"].startswith("warning_")
    dispute["status"] = "warning_closed" if inquiry else "won" if won else "lost"
    if won and not inquiry:
        _move(world, dispute, dispute["amount"], "dispute_reversal", fee=0)
    world.store.save(dispute)
    if won and not inquiry:
        world.tell("charge.dispute.funds_reinstated", dispute)
    world.tell("charge.dispute.closed", dispute, before=before)
    return dispute


def _move(world: World, dispute: Object, amount: int, category: str, *, fee: int) -> None:
    transaction = balance.book(
        world,
        "adjustment",
        amount,
        dispute["currency"],
        dispute["id"],
        fee=fee,
        fee_words="Dispute fee",
        category=category,
        description=f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for "
        f"{dispute['charge']}",
    )
    dispute["balance_transactions"].append(balance.current(world, transaction))
    world.store.save(dispute)


def _opens(world: World, charge_id: str) -> None:
    charge = world.find("charge", charge_id)
    if not charge["disputed"]:
        open_(world, charge)


def _is_late(world: World, dispute_id: str) -> None:
    dispute = world.find("dispute", dispute_id)
    if dispute["status"] in ("needs_response", "warning_needs_response"):
        dispute["evidence_details"]["past_due"] = True
        close(world, dispute, won=False)


def _update(call: Call) -> Object:
    world, given = call.world, call.params
    dispute = call.find("dispute")
    if dispute["status"] not in OPEN:
        raise errors.ApiError("This dispute is already closed.")
    evidence: dict[str, Any] = given.get("evidence") or {}
    dispute["evidence"] |= evidence
    dispute["metadata"] = merged(dispute["metadata"], given)
    details = dispute["evidence_details"]
    details["has_evidence"] = details["has_evidence"] or bool(evidence)
    # Evidence is sent to the bank at once unless `submit` says otherwise.
    if evidence and given.get("submit", True):
        details["submission_count"] += 1
        details["submission_method"] = "manual"
        dispute["status"] = dispute["status"].replace("needs_response", "under_review")
    world.store.save(dispute)
    world.tell("charge.dispute.updated", dispute)
    return dispute


def _close_by_app(call: Call) -> Object:
    return close(call.world, call.find("dispute"), won=False)


World.jobs |= {"dispute_opens": _opens, "dispute_is_late": _is_late}

ROUTES = [
    Route("GET", "/v1/disputes/{id}", "DisputeRetrieveParams", retrieving("dispute")),
    Route(
        "GET",
        "/v1/disputes",
        "DisputeListParams",
        listing("dispute", "charge", "created", "payment_intent"),
    ),
    Route("POST", "/v1/disputes/{id}", "DisputeUpdateParams", _update),
    Route("POST", "/v1/disputes/{id}/close", "DisputeCloseParams", _close_by_app),
]
