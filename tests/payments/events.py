"""Stripe's events of one payment, made of the recorded ones with other ids and amounts."""

import copy
import itertools
import json
from typing import Any

from core.messages import Struct
from tests.payments.recorded import recorded

_numbers = itertools.count(1)
Event = dict[str, Any]


class Paying(Struct):
    """One payment of one invoice."""

    number: str = "F-1"
    minor: int = 125000
    currency: str = "mxn"
    intent: str = "pi_1"
    session: str = "cs_1"
    link: str = ""
    kind: str = "invoice"
    tenant: str = "acme"

    def _event(self, name: str, **changes: Any) -> Event:
        event: Event = copy.deepcopy(recorded("stripe", name))
        found = event["data"]["object"]
        event["id"] = f"evt_{self.intent}_{next(_numbers)}"
        intent = found["object"] == "payment_intent"
        found |= {"currency": self.currency, "id": self.intent if intent else found["id"]}
        if "payment_intent" in found:
            found["payment_intent"] = self.intent
        if found["object"] not in ("dispute", "refund"):
            found["metadata"] = {f"{self.kind}_id": self.number, "tenant_id": self.tenant}
            found["metadata"] |= {"link": self.link} if self.link else {}
        for key in ("amount", "amount_captured", "amount_total", "amount_subtotal", "amount_received"):
            if found.get(key):
                found[key] = self.minor
        found |= {"id": self.session, "client_reference_id": self.number} if "session" in found["object"] else {}
        found |= changes
        return event

    def completed(self, *, paid: bool = True) -> Event:
        return self._event(f"evt_checkout_completed_{'paid_card' if paid else 'unpaid_oxxo'}")

    def async_succeeded(self) -> Event:
        return self._event("evt_checkout_async_payment_succeeded_oxxo")

    def async_failed(self) -> Event:
        return self._event("evt_checkout_async_payment_failed_oxxo")

    def expired(self) -> Event:
        return self._event("evt_checkout_expired")

    def created(self) -> Event:
        return self._event("evt_pi_created")

    def voucher(self) -> Event:
        return self._event("evt_pi_requires_action_oxxo")

    def succeeded(self) -> Event:
        return self._event("evt_pi_succeeded")

    def declined(self) -> Event:
        return self._event("evt_pi_payment_failed_insufficient_funds")

    def charged(self) -> Event:
        return self._event("evt_charge_succeeded")

    def refunded(self, in_all: int) -> Event:
        whole = in_all >= self.minor
        name = "evt_charge_refunded_full" if whole else "evt_charge_refunded_partial"
        return self._event(name, amount_refunded=in_all, refunded=whole)

    def refund(self, refund: str, minor: int, status: str = "succeeded") -> Event:
        event = self._event("evt_refund_created_partial", id=refund, amount=minor, status=status)
        return {**event, "type": "refund.failed"} if status == "failed" else event

    def dispute(self, status: str = "needs_response") -> Event:
        event = self._event("evt_charge_dispute_created", id=f"du_{self.intent}", status=status)
        return event if status == "needs_response" else {**event, "type": "charge.dispute.closed"}


def body(event: Event) -> bytes:
    """As it is sent."""
    return json.dumps(event).encode()
