"""The client API of a tenant's own programs, header X-API-Key: what its parts share, and who calls."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from redis.exceptions import RedisError

from core.errors import Unauthorized
from core.money import Money
from core.records import Tenant
from storage.accounts import Accounts
from storage.doorbell import Doorbell
from storage.inbox import Inbox
from storage.live import Live
from storage.resources import Resources
from storage.tenants import Tenants

log = logging.getLogger("orkesta.client")
# (text, tenant, known language) → the routing decision; given by app.py, since the API knows no orchestrator.
RouteText = Callable[[str, Tenant, str | None], Any]


@dataclass(frozen=True)
class Client:
    """Opened once per process."""

    resources: Resources
    inbox: Inbox
    doorbell: Doorbell
    accounts: Accounts
    tenants: Tenants
    live: Live
    route_text: RouteText

    @classmethod
    def open(cls, resources: Resources, live: Live, route_text: RouteText) -> "Client":
        return cls(
            resources, Inbox(resources), Doorbell(resources), Accounts(resources), Tenants(resources), live, route_text
        )

    async def ring(self, conversation: str) -> None:
        """Wake a worker; a hint only, the sweeper finds what was not rung."""
        try:
            await self.doorbell.ring([(conversation, 0)])
        except (RedisError, OSError) as fault:
            log.warning("doorbell.away", extra={"fault": type(fault).__name__})


def client(request: Request) -> Client:
    """The process's client API."""
    found: Client = request.app.state.client
    return found


async def caller(
    client: Annotated[Client, Depends(client)], x_api_key: Annotated[str | None, Header()] = None
) -> Tenant:
    """The tenant whose key the request carries; raises Unauthorized."""
    if not x_api_key:
        raise Unauthorized("the X-API-Key header is missing: make a key with `orkesta tenant api-key ID`")
    return await client.tenants.get(await client.tenants.of_key(x_api_key))


Api = Annotated[Client, Depends(client)]
Caller = Annotated[Tenant, Depends(caller)]


def money(amount: Money) -> dict[str, Any]:
    """Money on the wire."""
    return {"amount_minor": amount.amount_minor, "currency": amount.currency}
