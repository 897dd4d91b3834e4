"""Stripe's objects as its API of 2026 writes them: checkout session, payment intent, charge, refund, dispute, event."""

import secrets
from typing import Any

Json = dict[str, Any]
API_VERSION = "2026-10-28.endive"
CARD = {
    "brand": "visa", "country": "MX", "exp_month": 12, "exp_year": 2031, "funding": "credit", "last4": "4242",
    "network": "visa", "three_d_secure": None, "wallet": None, "installments": None, "mandate": None,
}  # fmt: skip


def new_id(prefix: str) -> str:
    """An id that looks like Stripe's."""
    return f"{prefix}_{secrets.token_hex(12)}"


def session(given: Json, *, now: int, base_url: str) -> Json:
    """A checkout session, open."""
    number = f"cs_test_{secrets.token_hex(29)}"
    amount = sum(int(i["price_data"]["unit_amount"]) * int(i.get("quantity", 1)) for i in given["line_items"])
    currency = given["line_items"][0]["price_data"]["currency"].lower()
    return {
        "id": number, "object": "checkout.session", "adaptive_pricing": {"enabled": False}, "after_expiration": None,
        "allow_promotion_codes": None, "amount_subtotal": amount, "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None, "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"), "client_secret": None, "consent": None,
        "consent_collection": None, "created": now, "currency": currency, "currency_conversion": None,
        "custom_fields": [], "customer": given.get("customer"), "customer_creation": None, "customer_details": None,
        "customer_email": given.get("customer_email"), "discounts": [],
        "expires_at": int(given.get("expires_at", now + 24 * 3600)), "invoice": None, "livemode": False,
        "locale": given.get("locale"), "metadata": given.get("metadata", {}), "mode": "payment",
        "payment_intent": None, "payment_link": None, "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": list(given.get("payment_method_types") or ["card"]), "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False}, "recovered_from": None, "setup_intent": None,
        "shipping_address_collection": None, "shipping_cost": None, "shipping_options": [], "status": "open",
        "submit_type": None, "subscription": None, "success_url": given.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}, "ui_mode": "hosted_page",
        "url": f"{base_url}/stripe/c/pay/{number}",
    }  # fmt: skip


def intent(*, amount: int, currency: str, metadata: Json, methods: list[str], now: int, description: str = "") -> Json:
    """A payment intent that waits for a way to be paid."""
    number = new_id("pi")
    return {
        "id": number, "object": "payment_intent", "amount": amount, "amount_capturable": 0,
        "amount_details": {"tip": {}}, "amount_received": 0, "application": None, "application_fee_amount": None,
        "automatic_payment_methods": None, "canceled_at": None, "cancellation_reason": None,
        "capture_method": "automatic_async", "client_secret": f"{number}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic", "created": now, "currency": currency, "customer": None,
        "description": description or None, "last_payment_error": None, "latest_charge": None, "livemode": False,
        "metadata": metadata, "next_action": None, "on_behalf_of": None, "payment_method": None,
        "payment_method_options": {}, "payment_method_types": methods, "processing": None, "receipt_email": None,
        "review": None, "setup_future_usage": None, "shipping": None, "source": None, "statement_descriptor": None,
        "statement_descriptor_suffix": None, "status": "requires_payment_method", "transfer_data": None,
        "transfer_group": None,
    }  # fmt: skip


def charge(of: Json, method: str, *, now: int, paid: bool = True) -> Json:
    """The charge of a payment intent."""
    amount = of["amount"]
    details: Json = {"type": method, method: CARD if method == "card" else {"number": None}}
    return {
        "id": new_id("ch"), "object": "charge", "amount": amount, "amount_captured": amount if paid else 0,
        "amount_refunded": 0, "application": None, "application_fee": None, "application_fee_amount": None,
        "balance_transaction": new_id("txn") if paid else None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": "ORKESTA", "captured": paid, "created": now, "currency": of["currency"],
        "customer": None, "description": of["description"], "disputed": False, "failure_balance_transaction": None,
        "failure_code": None if paid else "card_declined", "failure_message": None, "fraud_details": {},
        "livemode": False, "metadata": of["metadata"], "on_behalf_of": None, "outcome": None, "paid": paid,
        "payment_intent": of["id"], "payment_method": of["payment_method"], "payment_method_details": details,
        "receipt_email": None, "receipt_number": None, "receipt_url": None, "refunded": False, "review": None,
        "shipping": None, "source": None, "source_transfer": None, "statement_descriptor": None,
        "statement_descriptor_suffix": None, "status": "succeeded" if paid else "failed", "transfer_data": None,
        "transfer_group": None,
    }  # fmt: skip


def refund(of: Json, amount: int, *, now: int, reason: str | None, metadata: Json) -> Json:
    """A refund of a charge, done at once."""
    return {
        "id": new_id("re"), "object": "refund", "amount": amount, "balance_transaction": new_id("txn"),
        "charge": of["id"], "created": now, "currency": of["currency"], "metadata": metadata,
        "payment_intent": of["payment_intent"], "reason": reason, "receipt_number": None,
        "source_transfer_reversal": None, "status": "succeeded", "transfer_reversal": None,
    }  # fmt: skip


def dispute(of: Json, *, now: int) -> Json:
    """A dispute of a whole charge."""
    return {
        "id": new_id("du"), "object": "dispute", "amount": of["amount"], "balance_transactions": [],
        "charge": of["id"], "created": now, "currency": of["currency"], "evidence": {},
        "evidence_details": {"due_by": now + 7 * 86400, "has_evidence": False, "past_due": False,
                             "submission_count": 0},
        "is_charge_refundable": False, "livemode": False, "metadata": {}, "payment_intent": of["payment_intent"],
        "reason": "fraudulent", "status": "needs_response",
    }  # fmt: skip


def event(
    kind: str, found: Json, *, now: int, account: str = "", key: str | None = None, live: bool = False
) -> Json:
    """An event with a snapshot of its object."""
    made: Json = {
        "id": new_id("evt"), "object": "event", "api_version": API_VERSION, "created": now, "data": {"object": found},
        "livemode": live, "pending_webhooks": 1, "request": {"id": new_id("req"), "idempotency_key": key},
        "type": kind,
    }  # fmt: skip
    return {**made, "account": account} if account else made
