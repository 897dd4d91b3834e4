"""What the emulated Stripe keeps for one secret key, and what happens to it: paying, refunding, disputing, expiring."""

import copy
import math
import secrets
from collections.abc import Callable

from emulator.payloads import stripe as made
from emulator.payloads.stripe import Json

_OXXO_DAYS = 3
# Stripe's least amounts in minor units, of the currencies that matter here (docs.stripe.com/currencies).
_LEAST = {"mxn": 1000, "usd": 50, "brl": 50, "eur": 50, "cop": 200_000, "clp": 500, "ars": 50, "pen": 200}
_MOST = 99_999_999
ACTIONS = (
    "card", "declined", "oxxo", "oxxo_paid", "oxxo_failed", "expire", "refund", "dispute", "dispute_won",
    "dispute_lost",
)  # fmt: skip


class Refused(Exception):
    """An error in Stripe's words."""

    def __init__(self, status: int, message: str, *, code: str = "", kind: str = "invalid_request_error",
                 param: str = "") -> None:  # fmt: skip
        super().__init__(message)
        named = {"code": code, "message": message, "param": param, "type": kind}
        self.status, self.error = status, {key: value for key, value in named.items() if value}


class Books:
    """Sessions, payment intents, charges, refunds, disputes and events of one account."""

    def __init__(self, key: str, connected: str, base_url: str, now: Callable[[], float]) -> None:
        self.key, self.connected = key, connected
        self._base_url, self._now = base_url, now
        self.objects: dict[str, Json] = {}
        self.events: list[Json] = []
        self.answers: dict[str, tuple[str, int, Json]] = {}  # idempotency key → request, status, body

    @property
    def now(self) -> int:
        """Epoch seconds."""
        return int(self._now())

    def create_session(self, given: Json, key: str | None = None) -> Json:
        """POST /v1/checkout/sessions."""
        if given.get("mode") != "payment":
            raise Refused(400, "The emulator plays mode=payment only.", param="mode", code="parameter_missing")
        items = given.get("line_items") or []
        if not isinstance(items, list) or not items:
            raise Refused(400, "Missing required param: line_items.", param="line_items", code="parameter_missing")
        for item in items:
            self._check_item(item)
        lasts = int(given.get("expires_at", self.now + 86400)) - self.now
        if not 29 * 60 <= lasts <= 24 * 3600 + 60:
            message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from now."
            raise Refused(400, message, param="expires_at")
        session = made.session(given, now=self.now, base_url=self._base_url)
        self._check_amount(session)
        session["_intent"] = given.get("payment_intent_data", {}).get("metadata", {})
        session["_title"] = items[0]["price_data"].get("product_data", {}).get("name", "")
        self.objects[session["id"]] = session
        return session

    def _check_item(self, item: Json) -> None:
        price = item.get("price_data", {})
        if not str(price.get("unit_amount", "")).isdecimal():
            value = price.get("unit_amount", "")
            raise Refused(400, f"Invalid integer: {value}", code="parameter_invalid_integer",
                          param="line_items[0][price_data][unit_amount]")  # fmt: skip
        if len(str(price.get("currency", ""))) != 3:
            raise Refused(400, f"Invalid currency: {price.get('currency')}.", param="currency")

    def _check_amount(self, session: Json) -> None:
        total, currency = session["amount_total"], session["currency"]
        if total < _LEAST.get(currency, 1):
            least = f"{_LEAST.get(currency, 1) / 100:.2f} {currency}"
            raise Refused(400, f"The Checkout Session's total amount must be at least {least}", code="amount_too_small")
        if total > _MOST:
            raise Refused(400, "Amount must be no more than 999,999.99", code="amount_too_large")
        if "oxxo" in session["payment_method_types"] and (currency != "mxn" or not 1000 <= total <= 1_000_000):
            message = "The payment method `oxxo` needs mxn, 10.00 to 10,000.00."
            raise Refused(400, message, param="payment_method_types")

    def get(self, number: str, kind: str) -> Json:
        """One object; raises Refused with 404."""
        found = self.objects.get(number)
        if found is None or found["object"] != kind:
            raise Refused(404, f"No such {kind}: '{number}'", code="resource_missing", param="id")
        if kind == "checkout.session" and found["status"] == "open" and found["expires_at"] <= self.now:
            self.expire(found["id"])
        return found

    def expire(self, number: str, key: str | None = None) -> Json:
        """Close an open session."""
        found = self.objects.get(number) or self.get(number, "checkout.session")
        if found["status"] != "open":
            raise Refused(400, f"Only Checkout Sessions with a status in [\"open\"] can be expired. "
                               f"This Checkout Session has a status of `{found['status']}`.")  # fmt: skip
        found |= {"status": "expired", "url": None}
        self._happened("checkout.session.expired", found, key)
        return found

    def refund(self, given: Json, key: str | None = None) -> Json:
        """POST /v1/refunds."""
        charge = self._charge_of(given)
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = int(given.get("amount", left))
        if left <= 0:
            raise Refused(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        if not 0 < amount <= left:
            raise Refused(400, f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                          param="amount")  # fmt: skip
        if charge["payment_method_details"]["type"] == "oxxo":
            raise Refused(400, "OXXO payments cannot be refunded.", code="payment_method_not_refundable")
        back = made.refund(charge, amount, now=self.now, reason=given.get("reason"),
                           metadata=given.get("metadata", {}))  # fmt: skip
        self.objects[back["id"]] = back
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]
        self._happened("charge.refunded", charge, key)
        self._happened("refund.created", back, key)
        return back

    def _charge_of(self, given: Json) -> Json:
        if given.get("charge"):
            return self.get(str(given["charge"]), "charge")
        intent = self.get(str(given.get("payment_intent", "")), "payment_intent")
        if not intent["latest_charge"] or intent["status"] != "succeeded":
            raise Refused(400, f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                          code="payment_intent_unexpected_state")  # fmt: skip
        return self.get(intent["latest_charge"], "charge")

    def act(self, number: str, action: str, amount: int | None = None) -> Json:
        """What a person does on the pay page, or a bank later; returns the session."""
        session = self.get(number, "checkout.session")
        if action in ("card", "declined", "oxxo"):
            if session["status"] != "open":
                raise Refused(400, f"This Checkout Session is {session['status']}.")
            {"card": self._card, "declined": self._declined, "oxxo": self._voucher}[action](session)
            return session
        if action == "expire":
            return self.expire(number)
        intent = self.objects.get(session["payment_intent"] or "", {})
        if action in ("oxxo_paid", "oxxo_failed"):
            if intent.get("status") != "requires_action":
                raise Refused(400, "There is no open voucher.")
            self._voucher_paid(session, intent) if action == "oxxo_paid" else self._voucher_failed(session, intent)
        elif action == "refund":
            self.refund({"payment_intent": intent.get("id", ""), **({"amount": amount} if amount else {})})
        elif action in ("dispute", "dispute_won", "dispute_lost"):
            self._dispute(intent, action)
        else:
            raise Refused(400, f"Unknown action {action}.")
        return session

    def _intent(self, session: Json) -> Json:
        found = self.objects.get(session["payment_intent"] or "")
        if found:
            return found
        intent = made.intent(
            amount=session["amount_total"], currency=session["currency"], metadata=session["_intent"],
            methods=session["payment_method_types"], now=self.now, description=session["_title"],
        )  # fmt: skip
        self.objects[intent["id"]] = intent
        session["payment_intent"] = intent["id"]
        self._happened("payment_intent.created", intent)
        return intent

    def _paid(self, intent: Json, method: str) -> None:
        charge = made.charge(intent, method, now=self.now)
        self.objects[charge["id"]] = charge
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"],
                   "next_action": None, "last_payment_error": None}  # fmt: skip
        self._happened("charge.succeeded", charge)
        self._happened("payment_intent.succeeded", intent)

    def _card(self, session: Json) -> None:
        self._paid(self._intent(session), "card")
        session |= {"status": "complete", "payment_status": "paid", "url": None}
        self._happened("checkout.session.completed", session)

    def _declined(self, session: Json) -> None:
        intent = self._intent(session)
        charge = made.charge(intent, "card", now=self.now, paid=False)
        self.objects[charge["id"]] = charge
        intent["last_payment_error"] = {
            "code": "card_declined", "decline_code": "insufficient_funds",
            "message": "Your card has insufficient funds.",
            "type": "card_error", "charge": charge["id"], "payment_method": {"type": "card", "card": made.CARD},
        }  # fmt: skip
        self._happened("charge.failed", charge)
        self._happened("payment_intent.payment_failed", intent)

    def _voucher(self, session: Json) -> None:
        if "oxxo" not in session["payment_method_types"]:
            raise Refused(400, "This Checkout Session takes no OXXO.")
        intent = self._intent(session)
        number = "93" + "".join(secrets.choice("0123456789") for _ in range(22))
        details = {"expires_after": self.now + _OXXO_DAYS * 86400, "number": number,
                   "hosted_voucher_url": f"{self._base_url}/stripe/c/pay/{session['id']}"}  # fmt: skip
        intent |= {"status": "requires_action", "last_payment_error": None,
                   "next_action": {"type": "oxxo_display_details", "oxxo_display_details": details}}  # fmt: skip
        session |= {"status": "complete", "url": None}
        self._happened("payment_intent.requires_action", intent)
        self._happened("checkout.session.completed", session)

    def _voucher_paid(self, session: Json, intent: Json) -> None:
        self._paid(intent, "oxxo")
        session["payment_status"] = "paid"
        self._happened("checkout.session.async_payment_succeeded", session)

    def _voucher_failed(self, session: Json, intent: Json) -> None:
        error = {"code": "payment_intent_payment_attempt_expired", "message": "The voucher has expired.",
                 "type": "invalid_request_error", "payment_method": {"type": "oxxo"}}  # fmt: skip
        intent |= {"status": "requires_payment_method", "next_action": None, "last_payment_error": error}
        self._happened("payment_intent.payment_failed", intent)
        self._happened("checkout.session.async_payment_failed", session)

    def _dispute(self, intent: Json, action: str) -> None:
        charge = self.get(intent.get("latest_charge") or "", "charge")
        disputes = [each for each in self.objects.values() if each["object"] == "dispute"]
        found = next((each for each in disputes if each["charge"] == charge["id"]), None)
        if found is None:
            found = made.dispute(charge, now=self.now)
            self.objects[found["id"]] = found
            charge["disputed"] = True
            self._happened("charge.dispute.created", found)
        if action != "dispute":
            found["status"] = action.removeprefix("dispute_")
            self._happened("charge.dispute.closed", found)

    def _happened(self, kind: str, found: Json, key: str | None = None) -> None:
        snapshot, live = public(copy.deepcopy(found)), "_live_" in self.key
        snapshot |= {"livemode": live} if "livemode" in snapshot else {}
        event = made.event(kind, snapshot, now=self.now, account=self.connected, key=key, live=live)
        self.events.append(event)
        del self.events[:-10_000]


def public(found: Json) -> Json:
    """Without the notes that are ours."""
    return {key: value for key, value in found.items() if not key.startswith("_")}


def page(found: list[Json], given: Json, url: str) -> Json:
    """A list as Stripe pages it: newest first, `starting_after`, `ending_before`, `limit`."""
    limit = max(1, min(100, int(given.get("limit", 10))))
    ids = [each["id"] for each in found]
    begin = ids.index(given["starting_after"]) + 1 if given.get("starting_after") in ids else 0
    end = ids.index(given["ending_before"]) if given.get("ending_before") in ids else len(found)
    shown = found[begin:end]
    more = len(shown) > limit
    shown = shown[-limit:] if given.get("ending_before") else shown[:limit]
    return {"object": "list", "url": url, "has_more": more, "data": [public(each) for each in shown]}


def since(given: Json) -> tuple[float, float]:
    """The `created` filter as least and most."""
    asked = given.get("created")
    if isinstance(asked, dict):
        least = max(float(asked.get("gte", -math.inf)), float(asked.get("gt", -math.inf)) + 1)
        return least, min(float(asked.get("lte", math.inf)), float(asked.get("lt", math.inf)) - 1)
    return (float(asked), float(asked)) if asked else (-math.inf, math.inf)
