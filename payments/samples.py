"""Stripe's events as ops play them: one of each type that settles something, for any debt."""

from typing import Any

from core.money import Money

API_VERSION = "2026-10-28.endive"
TYPES = (
    "checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed",
    "checkout.session.expired", "payment_intent.created", "payment_intent.processing", "payment_intent.succeeded",
    "payment_intent.payment_failed", "payment_intent.canceled", "charge.succeeded", "charge.refunded",
    "refund.created", "charge.dispute.created", "charge.dispute.closed",
)  # fmt: skip


def event(
    name: str, seed: str, *, tenant: str, kind: str, number: str, amount: Money, payment_id: str, at: int
) -> dict[str, Any] | None:
    """One event; None for a type that is not played. `seed` makes its ids."""
    if name not in TYPES:
        return None
    intent, minor = payment_id or f"pi_play_{seed[:24]}", amount.amount_minor
    metadata = {"tenant_id": tenant, **({f"{kind}_id": number} if number else {})}
    common = {"currency": amount.currency.lower(), "livemode": False, "metadata": metadata, "created": at}
    group, _, word = name.rpartition(".")
    if group == "checkout.session":
        paid = word in ("completed", "async_payment_succeeded")
        found = {
            "id": f"cs_test_play_{seed[:24]}", "object": "checkout.session", "amount_total": minor,
            "amount_subtotal": minor, "payment_intent": None if word == "expired" else intent, "mode": "payment",
            "payment_status": "paid" if paid else "unpaid", "status": "expired" if word == "expired" else "complete",
            "client_reference_id": number or None,
        }  # fmt: skip
    elif group == "payment_intent":
        done = word == "succeeded"
        error = {"code": "card_declined", "decline_code": "insufficient_funds", "payment_method": {"type": "card"}}
        found = {
            "id": intent, "object": "payment_intent", "amount": minor, "amount_received": minor if done else 0,
            "status": word, "last_payment_error": error if word == "payment_failed" else None, "next_action": None,
        }  # fmt: skip
    elif group == "charge":
        found = {
            "id": f"ch_play_{seed[:24]}", "object": "charge", "amount": minor, "amount_captured": minor,
            "amount_refunded": minor if word == "refunded" else 0, "captured": True, "paid": True,
            "payment_intent": intent, "payment_method_details": {"type": "card"}, "status": "succeeded",
        }  # fmt: skip
    else:
        lost = word == "closed"
        found = {
            "id": f"{'re' if group == 'refund' else 'du'}_play_{seed[:24]}", "amount": minor, "payment_intent": intent,
            "object": "refund" if group == "refund" else "dispute",
            "status": "succeeded" if group == "refund" else "lost" if lost else "needs_response",
        }  # fmt: skip
    return {
        "id": f"evt_play_{seed[:24]}", "object": "event", "api_version": API_VERSION, "created": at,
        "data": {"object": {**common, **found}}, "livemode": False, "pending_webhooks": 1, "request": None,
        "type": name,
    }  # fmt: skip


def harmless(seed: str) -> dict[str, Any]:
    """An event of a type that concerns no payment."""
    return {
        "id": f"evt_play_{seed[:24]}", "object": "event", "api_version": API_VERSION, "type": "orkesta.test",
        "livemode": False, "data": {"object": {"id": f"test_{seed[:24]}", "object": "test"}},
    }  # fmt: skip


def payment_of(event: dict[str, Any]) -> str:
    """The payment that an event is about, as far as one can see from outside."""
    found = (event.get("data") or {}).get("object") or {}
    if found.get("object") == "payment_intent":
        return str(found.get("id") or "")
    return str(found.get("payment_intent") or "")
