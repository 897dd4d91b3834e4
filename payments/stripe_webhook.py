"""Stripe's webhooks: who signed them, what they are called, what they tell. Needs no SDK."""

from typing import Any

from core.messages import Request
from core.payment_facts import Told
from core.payments import ProviderAccount
from payments import stripe_events, stripe_signature
from payments.base import Notification


class StripeWebhook:
    """Snapshot events; a thin event is recorded and tells nothing."""

    fetches = False

    def verify(self, request: Request, account: ProviderAccount, now: float) -> None:
        """Raise BadSignature unless one of the account's secrets signed the body."""
        header = request.headers.get(stripe_signature.HEADER, "")
        stripe_signature.verify(request.body, header, account.webhook_secrets, now)

    def notification(self, event: dict[str, Any], account: ProviderAccount) -> Notification:
        """Name the event; one of another account of a Connect platform concerns nobody here."""
        name, event_id = event["type"], event["id"]
        if not isinstance(name, str) or not isinstance(event_id, str) or not 0 < len(event_id) <= 255:
            raise ValueError("an event has a type and an id")
        ours = account.settings.get("connect_account")
        concerns = stripe_events.known(name) and isinstance(event.get("data"), dict)
        if event.get("account") and ours and event["account"] != ours:
            concerns = False
        return Notification(event_id=event_id, name=name[:200], concerns=concerns)

    def read(self, event: dict[str, Any]) -> Told | None:
        """The facts that the event tells; raises Unreadable."""
        return stripe_events.read(event)

    def mode(self, account: ProviderAccount) -> str:
        """Live or test by the key, when it tells."""
        key = account.secrets.get("secret_key", "")
        return "live" if "_live_" in key else "test" if "_test_" in key else ""
