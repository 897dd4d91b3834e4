"""Reads Stripe's events: each type that concerns a payment becomes facts; all others become nothing."""

from collections.abc import Callable
from typing import Any

from core.errors import Unreadable
from core.payment_facts import (
    CREATED,
    DECLINED,
    FAILED,
    PENDING,
    RECEIVED,
    Facts,
    Part,
    Told,
    document,
    minor,
)
from core.payments import KINDS

Object = dict[str, Any]
_LATER = frozenset({"oxxo", "boleto", "konbini", "customer_balance"})  # paid in a shop or by transfer, days later
_REFUNDS = {"pending": 0, "requires_action": 0, "succeeded": 1, "failed": 2, "canceled": 2}
_DISPUTES = {"lost": 1, "won": 2, "warning_closed": 2, "prevented": 2, "charge_refunded": 2}
_INQUIRIES = frozenset({"warning_needs_response", "warning_under_review"})  # no money was taken


def read(event: Object) -> Told | None:
    """What an event tells; None for a type that concerns no payment. Raises Unreadable."""
    reader = _READERS.get(str(event.get("type")))
    if reader is None:
        return None
    try:
        found = event["data"]["object"]
        told = reader(str(event["type"]).rpartition(".")[2], found)
        mode = "live" if event.get("livemode") else "test"
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise Unreadable(f"{event.get('type')}: {type(fault).__name__} {fault}") from fault
    if told is None:
        return None
    return Told(
        payment_id=told.payment_id, session=told.session, link_status=told.link_status,
        facts=told.facts.joined(Facts(modes=frozenset({mode}))),
    )  # fmt: skip


def known(name: str) -> bool:
    """Whether events of this type concern payments."""
    return name in _READERS


def snapshot(session: Object) -> list[Told]:
    """What a session tells when it is fetched with its payment intent and charge."""
    intent = session.get("payment_intent")
    inside = intent if isinstance(intent, dict) else {}
    events = [("checkout.session.completed", {**session, "payment_intent": inside.get("id") or intent})]
    if session.get("status") == "expired":
        events = [("checkout.session.expired", session)]
    status = {"succeeded": "succeeded", "requires_action": "requires_action", "canceled": "canceled"}
    if inside.get("status") in status:
        events.append((f"payment_intent.{status[inside['status']]}", inside))
    charge = inside.get("latest_charge")
    if isinstance(charge, dict) and charge.get("status") == "succeeded":
        events.append(("charge.refunded" if charge.get("amount_refunded") else "charge.succeeded", charge))
    if session.get("status") == "open":
        return []
    live = bool(session.get("livemode"))
    made = [read({"type": kind, "livemode": live, "data": {"object": found}}) for kind, found in events]
    return [told for told in made if told]


def _session(word: str, session: Object) -> Told:
    intent = session.get("payment_intent")
    paid = session.get("payment_status") == "paid"
    if word == "expired":
        return Told(session=session["id"], link_status="expired", facts=Facts(**_common(session)))
    stage = RECEIVED if paid else FAILED if word == "async_payment_failed" else PENDING
    total = minor(session["amount_total"] or 0)
    if not intent:  # nothing was to be paid
        return Told(session=session["id"], link_status="complete", facts=Facts(**_common(session)))
    facts = Facts(
        stage=stage, asked=total, received=total if paid else 0, sessions=frozenset({session["id"]}),
        **_common(session),
    )  # fmt: skip
    reference = session.get("client_reference_id")
    if reference and not facts.documents:  # a link that somebody made by hand names an invoice that way
        facts = facts.joined(Facts(documents=frozenset({document("invoice", reference)})))
    return Told(payment_id=_id(intent), facts=facts, session=session["id"], link_status="complete")


_INTENTS = {
    "created": CREATED, "requires_action": PENDING, "processing": PENDING, "partially_funded": PENDING,
    "canceled": FAILED, "succeeded": RECEIVED,
}  # fmt: skip


def _intent(word: str, intent: Object) -> Told:
    error = intent.get("last_payment_error") or {}
    by = (error.get("payment_method") or {}).get("type", "")
    stage = (FAILED if by in _LATER else DECLINED) if word == "payment_failed" else _INTENTS[word]
    received = minor(intent.get("amount_received", intent["amount"])) if stage == RECEIVED else 0  # old APIs: absent
    reason = error.get("decline_code") or error.get("code") or intent.get("cancellation_reason")
    shown = (intent.get("next_action") or {}).get("oxxo_display_details") or {}
    voucher = f"{int(shown['expires_after'])} {shown['number']} {shown['hosted_voucher_url']}" if shown else ""
    facts = Facts(
        stage=stage, asked=minor(intent["amount"]), received=received, reasons=_set(reason), vouchers=_set(voucher),
        methods=_set(by or ("oxxo" if shown else "")), **_common(intent),
    )  # fmt: skip
    return Told(payment_id=_id(intent["id"]), facts=facts)


def _charge(word: str, charge: Object) -> Told | None:
    if not charge.get("payment_intent"):
        return None
    done = charge.get("status") == "succeeded" and bool(charge.get("captured"))
    facts = Facts(
        stage=RECEIVED if done else CREATED, received=minor(charge.get("amount_captured") or 0) if done else 0,
        asked=minor(charge["amount"]), refunded_in_all=minor(charge.get("amount_refunded") or 0),
        methods=_set((charge.get("payment_method_details") or {}).get("type")), **_common(charge),
    )  # fmt: skip
    return Told(payment_id=_id(charge["payment_intent"]), facts=facts)


def _refund(word: str, refund: Object) -> Told | None:
    if not refund.get("payment_intent"):
        return None
    rank = 2 if word == "failed" else _REFUNDS.get(refund.get("status") or "succeeded", 0)
    part = Part(minor=minor(refund["amount"]), rank=rank)
    facts = Facts(refunds={str(refund["id"]): part}, currencies=_set(str(refund["currency"]).upper()))
    return Told(payment_id=_id(refund["payment_intent"]), facts=facts)


def _dispute(word: str, dispute: Object) -> Told | None:
    if not dispute.get("payment_intent") or dispute.get("status") in _INQUIRIES:
        return None
    part = Part(minor=minor(dispute["amount"]), rank=_DISPUTES.get(str(dispute.get("status")), 0))
    facts = Facts(disputes={str(dispute["id"]): part}, currencies=_set(str(dispute["currency"]).upper()))
    return Told(payment_id=_id(dispute["payment_intent"]), facts=facts)


def _common(found: Object) -> Any:
    """Currency, and what our own metadata say."""
    metadata = found.get("metadata") or {}
    named = {
        document(kind, str(metadata[key]))
        for kind in KINDS for key in (f"{kind}_id", f"{kind}_number", kind) if metadata.get(key)
    }  # fmt: skip
    return {
        "currencies": _set(str(found["currency"]).upper()), "links": _set(metadata.get("link")),
        "tenants": _set(metadata.get("tenant_id")), "documents": frozenset(named),
    }  # fmt: skip


def _set(value: Any) -> frozenset[str]:
    return frozenset({str(value)[:500]}) if value else frozenset()


def _id(value: Any) -> str:
    if isinstance(value, dict):  # expanded
        value = value["id"]
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise ValueError("not an id")
    return value


_READERS: dict[str, Callable[[str, Object], Told | None]] = {
    **dict.fromkeys(
        (
            "checkout.session.completed", "checkout.session.async_payment_succeeded",
            "checkout.session.async_payment_failed", "checkout.session.expired",
        ), _session,
    ),
    **dict.fromkeys((f"payment_intent.{word}" for word in (*_INTENTS, "payment_failed")), _intent),
    **dict.fromkeys(("charge.succeeded", "charge.captured", "charge.refunded", "charge.updated"), _charge),
    **dict.fromkeys(("refund.created", "refund.updated", "refund.failed", "charge.refund.updated"), _refund),
    **dict.fromkeys(
        (
            "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
            "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
        ), _dispute,
    ),
}  # fmt: skip
