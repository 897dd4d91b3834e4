"""What ops do about payments from the control tower: make a link, play a provider's webhook, prove that a repeated
one changes nothing. Played webhooks are signed and posted to the API like real ones; sandbox tenants only."""

import asyncio
import json
import uuid
from collections import Counter
from typing import Any

import aiohttp

from core.clock import Clock
from core.errors import Conflict, Invalid
from core.money import Money
from core.payments import PaymentLink, Play
from orchestrator import payment_links, sandbox_provider
from payments import samples, stripe_signature
from payments.registry import Providers
from storage import audit, payments
from storage.payment_accounts import PaymentAccounts
from storage.resources import Resources

_SETTLED_SECONDS = 20.0
_LOOK_SECONDS = 0.1


class PaymentDesk:
    """For one control tower."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._url = f"http://{_host(resources.settings.host)}:{resources.settings.port}"

    async def create_link(self, tenant: str, kind: str, number: str, part: int | None = None) -> PaymentLink:
        """Make the link of a debt, or give the one that is open; raises NotFound, Conflict, PaymentFailed."""
        return await payment_links.link(self._resources, tenant, kind, number, part=part)

    async def refund(self, tenant: str, payment_id: str, part: int | None, actor: str) -> dict[str, Any]:
        """Give money back, once however often it is asked for before its webhook comes; with an audit entry.

        Raises NotFound, Conflict, Invalid, PaymentFailed.
        """
        payment, amount = await payments.refundable(self._resources, tenant, payment_id, part)
        account = await PaymentAccounts(self._resources).get(tenant, payment.provider)
        provider = self._resources.kept.once(Providers).get(payment.provider)
        key = f"re:{payment.id}:{payment.refunded.amount_minor}:{amount.amount_minor}"
        refund = await provider.refund(account, payment.provider_id, amount, key=key[:255])
        detail = {"refund": refund, "amount_minor": amount.amount_minor, "currency": amount.currency}
        async with self._resources.tenant_connection(tenant) as connection:
            await audit.write(connection, tenant, actor, "payment.refund", payment.id, detail)
        return {"refund_id": refund, "payment_id": payment.id, "amount": amount}

    async def simulate(self, wish: Play) -> dict[str, Any]:
        """Play one webhook (`copies` times at once), wait until it is settled, and tell what came of it."""
        event = wish.event or await self._event(wish)
        statuses = await self._posted(wish.tenant, event, wish.copies)
        payment = samples.payment_of(event)
        trace = await self._settled(wish.tenant, str(event.get("id")), payment)
        found = await payments.transactions(self._resources, [wish.tenant], number=payment, most=1) if payment else []
        return {
            "event": {"id": event.get("id"), "type": event.get("type")}, "statuses": statuses, "trace": trace,
            "payment": found[0] if found else None,
        }  # fmt: skip

    async def test_idempotency(self, wish: Play) -> dict[str, Any]:
        """Post one event many times at once. Without a debt it is of a type that concerns no payment."""
        if wish.event is None and not wish.number:
            wish = Play(tenant=wish.tenant, copies=wish.copies, event=samples.harmless(uuid.uuid4().hex))
        told = await self.simulate(wish)
        trace: payments.Trace = told["trace"]
        answered = Counter(told["statuses"])
        return {
            **told, "sent": wish.copies, "stored": trace.stored, "duplicates": answered[200] - trace.stored,
            "idempotent": set(answered) == {200} and trace.stored == 1 and max(trace.payments, trace.receipts) <= 1,
        }  # fmt: skip

    async def _event(self, wish: Play) -> dict[str, Any]:
        number, amount = "", Money(0, wish.currency)
        if wish.number:
            number, amount = await payments.debt(self._resources, wish.tenant, wish.kind, wish.number)
        if wish.amount_minor is not None:
            amount = Money(wish.amount_minor, wish.currency or amount.currency)
        elif wish.currency:
            amount = Money(amount.amount_minor, wish.currency)
        if not amount.currency:
            raise Invalid("number: name the invoice that is paid, or give amount_minor and currency, or a whole event")
        made = samples.event(
            wish.type, uuid.uuid4().hex, tenant=wish.tenant, kind=wish.kind, number=number, amount=amount,
            payment_id=wish.payment_id, at=Clock.millis() // 1000,
        )  # fmt: skip
        if made is None:
            raise Invalid(f"type {wish.type!r}: one of {', '.join(samples.TYPES)}, or give a whole event")
        return made

    async def _posted(self, tenant: str, event: dict[str, Any], copies: int) -> list[int]:
        await sandbox_provider.ensure(self._resources, tenant)
        account = await PaymentAccounts(self._resources).get(tenant, "stripe")
        if not account.sandbox:
            raise Conflict("webhooks are played for sandbox tenants only", code="production")
        body = json.dumps(event).encode()
        url = f"{self._url}/webhooks/stripe/{tenant}"

        async def post() -> int:
            signed = stripe_signature.signature(body, account.webhook_secrets, Clock.millis() // 1000)
            headers = {stripe_signature.HEADER: signed, "content-type": "application/json"}
            try:
                async with self._resources.http.post(url, data=body, headers=headers) as answer:
                    return answer.status
            except (aiohttp.ClientError, TimeoutError):
                return 0

        return list(await asyncio.gather(*(post() for _ in range(copies))))

    async def _settled(self, tenant: str, event_id: str, payment: str) -> payments.Trace:
        """Wait for the worker; whoever has none running is told what waits."""
        deadline = Clock.monotonic() + _SETTLED_SECONDS
        while True:
            found = await payments.trace(self._resources, tenant, event_id, payment)
            if not found.waiting or Clock.monotonic() > deadline:
                return found
            await asyncio.sleep(_LOOK_SECONDS)


def _host(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host
