"""Webhooks of payment providers: verify on the raw bytes, store once, answer; a worker does the rest."""

import hashlib
import json
from typing import Any

from core.clock import Clock
from core.errors import NotFound, Refused
from core.messages import Request
from core.payments import ProviderAccount
from payments.base import Webhook
from payments.registry import WEBHOOKS
from storage import payment_events
from storage.payment_accounts import PaymentAccounts
from storage.resources import Resources
from storage.tenants import Tenants

_ANSWER = "application/json", b'{"received": true}'


class PaymentWebhooks:
    """`POST /webhooks/<provider>/<tenant>` for every provider that has an entry in payments.registry."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._accounts, self._tenants = PaymentAccounts(resources), Tenants(resources)

    async def respond(self, request: Request) -> tuple[str, bytes]:
        """Answer one webhook; raises Refused."""
        _, _, provider, *rest = request.path.split("/")
        if len(rest) != 1 or not rest[0]:
            raise NotFound("there is no such webhook")
        if request.method != "POST":
            refused = Refused(f"{request.method} is not for this webhook", code="method_not_allowed")
            refused.status = 405
            raise refused
        await self._tenants.get(rest[0])
        account, webhook = await self._accounts.get(rest[0], provider), WEBHOOKS[provider]
        webhook.verify(request, account, Clock.millis() / 1000)
        await self._keep(account, webhook, request.body)
        return _ANSWER

    async def _keep(self, account: ProviderAccount, webhook: Webhook, body: bytes) -> None:
        text = body.decode("utf-8", "replace")
        try:
            event: Any = json.loads(text)
            found = webhook.notification(event, account)
        except (ValueError, TypeError, KeyError, RecursionError) as fault:
            digest = hashlib.sha256(body).hexdigest()[:40]
            await payment_events.put(
                self._resources, account.tenant, account.provider, event_id=digest, name="unreadable", body=text,
                status="unreadable", reason=f"{account.provider}: {type(fault).__name__}",
            )  # fmt: skip
            return
        await payment_events.put(
            self._resources, account.tenant, account.provider, event_id=found.event_id, name=found.name,
            body=json.dumps(event), status="waiting" if found.concerns else "ignored",
        )  # fmt: skip
