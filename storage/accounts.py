"""Channel accounts: connected by people, looked up on every webhook and send, credentials encrypted at rest."""

import json
from collections.abc import Sequence
from typing import Any

from core.clock import Clock
from core.errors import NotFound
from core.messages import Account
from storage.outbox import release_held
from storage.resources import Resources
from storage.storable import clean

_PAYMENT_SECRETS = """SELECT tenant_id || ':' || provider AS id, tenant_id, provider, secrets
                      FROM payment_accounts ORDER BY tenant_id, provider"""
_FRESH_SECONDS = 3.0  # how long a process may use an account before it looks again
_SELECT = """SELECT a.id, a.tenant_id, a.channel, a.address, a.secrets, a.settings, a.api_base, a.stopped_reason,
                    t.environment
             FROM channel_accounts a JOIN tenants t ON t.id = a.tenant_id"""


async def connect(
    resources: Resources, *, tenant: str, channel: str, address: str, secrets: dict[str, str],
    settings: dict[str, Any] | None = None, api_base: str = "",
) -> str:  # fmt: skip
    """Connect a channel or replace its credentials; lifts a stop. Returns the account's id."""
    account_id = f"{tenant}:{channel}:{address}"
    if not await resources.pg.fetchval("SELECT 1 FROM tenants WHERE id = $1", tenant):
        raise NotFound(f"there is no tenant {tenant!r}: create it with `orkesta tenant create {tenant} --name …`")
    await resources.pg.execute(
        """
        INSERT INTO channel_accounts (id, tenant_id, channel, address, secrets, settings, api_base)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET secrets = excluded.secrets, settings = excluded.settings,
          api_base = excluded.api_base, stopped_reason = NULL
        """,
        account_id, tenant, channel, address, resources.cipher.seal(secrets), settings or {}, api_base.rstrip("/"),
    )  # fmt: skip
    await release_held(resources, account=account_id)  # what a stop held goes out, in order, when the sweeper rings
    return account_id


async def listed(resources: Resources, tenant: str) -> list[dict[str, Any]]:
    """The tenant's accounts without their secrets."""
    rows = await resources.pg.fetch(
        """SELECT id, channel, address, api_base, stopped_reason, created_at FROM channel_accounts
           WHERE tenant_id = $1 ORDER BY id""",
        tenant,
    )
    return [dict(row) for row in rows]


async def stop(resources: Resources, account_id: str, reason: str) -> None:
    """Hold everything of this account until it is connected again; with an audit entry."""
    await resources.pg.execute(
        """
        WITH stopped AS (
          UPDATE channel_accounts SET stopped_reason = $2 WHERE id = $1 AND stopped_reason IS NULL
          RETURNING id, tenant_id
        )
        INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
        SELECT tenant_id, 'system', 'account.stopped', id, jsonb_build_object('reason', $2::text) FROM stopped
        """,
        account_id, reason,
    )  # fmt: skip


async def reseal(resources: Resources) -> int:
    """Seal the credentials of all accounts with the first key, or raise KeyMissing and change none; how many."""
    async with resources.pg.acquire() as connection, connection.transaction():
        rows = await connection.fetch("SELECT id, secrets FROM channel_accounts ORDER BY id FOR UPDATE")
        sealed = [(resources.cipher.rotate(row["secrets"]), row["id"]) for row in rows]
        await connection.executemany("UPDATE channel_accounts SET secrets = $1 WHERE id = $2", sealed)
        rows = await connection.fetch(f"{_PAYMENT_SECRETS} FOR UPDATE")
        paying = [(resources.cipher.rotate(row["secrets"]), row["tenant_id"], row["provider"]) for row in rows]
        await connection.executemany(
            "UPDATE payment_accounts SET secrets = $1 WHERE tenant_id = $2 AND provider = $3", paying
        )
    return len(sealed) + len(paying)


async def seals(resources: Resources) -> dict[str, list[str]]:
    """The ids of all accounts: sealed with the `first` key, an `older` one, or `none` that we have."""
    found: dict[str, list[str]] = {"first": [], "older": [], "none": []}
    channels = await resources.pg.fetch("SELECT id, secrets FROM channel_accounts ORDER BY id")
    for row in [*channels, *await resources.pg.fetch(_PAYMENT_SECRETS)]:
        place = resources.cipher.place(row["secrets"])
        found["none" if place is None else "older" if place else "first"].append(row["id"])
    return found


class Accounts:
    """Accounts as this process knows them: looked up again after a few seconds, decrypted once per change."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._by_id: dict[str, tuple[float, Account]] = {}
        self._by_route: dict[tuple[str, ...], tuple[float, list[str]]] = {}
        self._opened: dict[str, tuple[bytes, dict[str, str]]] = {}

    async def get(self, account_id: str) -> Account:
        """Return one account; raises NotFound."""
        known = self._by_id.get(account_id)
        if known and known[0] > Clock.monotonic():
            return known[1]
        row = await self._resources.pg.fetchrow(f"{_SELECT} WHERE a.id = $1", account_id)
        if row is None:
            self._by_id.pop(account_id, None)
            raise NotFound(f"the channel account {account_id} is not connected")
        return self._keep(row)

    async def of_tenant(self, tenant: str, channel: str) -> list[Account]:
        """The accounts of a tenant on a channel, empty when there are none."""
        return await self._route(("tenant", tenant, channel), "a.tenant_id = $1 AND a.channel = $2", tenant, channel)

    async def at_addresses(self, channel: str, addresses: Sequence[str]) -> list[Account]:
        """The accounts with these addresses on a channel, of whichever tenant; one look for all of them."""
        addresses = [address for address in addresses if clean(address) == address]  # not verified yet
        if len(addresses) == 1:
            route = ("at", channel, addresses[0])
            return await self._route(route, "a.channel = $1 AND a.address = $2", channel, addresses[0])
        rows = await self._resources.pg.fetch(
            f"{_SELECT} WHERE a.channel = $1 AND a.address = ANY ($2) ORDER BY a.id", channel, list(addresses)
        )
        return [self._keep(row) for row in rows]

    async def of_channel(self, channel: str) -> list[Account]:
        """All accounts on a channel: only for a payload or handshake that names neither tenant nor address."""
        return await self._route(("channel", channel), "a.channel = $1", channel, most=50)

    async def _route(self, route: tuple[str, ...], condition: str, *values: str, most: int = 1000) -> list[Account]:
        known = self._by_route.get(route)
        if known and known[0] > Clock.monotonic():
            return [await self.get(account_id) for account_id in known[1]]
        rows = await self._resources.pg.fetch(f"{_SELECT} WHERE {condition} ORDER BY a.id LIMIT {most}", *values)
        found = [self._keep(row) for row in rows]
        if found:  # an absence is never remembered: a channel works as soon as it is connected
            self._by_route[route] = (Clock.monotonic() + _FRESH_SECONDS, [account.id for account in found])
        return found

    def _keep(self, row: Any) -> Account:
        settings = row["settings"] if isinstance(row["settings"], dict) else json.loads(row["settings"])
        account = Account(
            id=row["id"], tenant=row["tenant_id"], channel=row["channel"], address=row["address"],
            secrets=self._open(row["id"], row["secrets"]), settings=settings, api_base=row["api_base"],
            public_url=settings.get("public_url") or self._resources.settings.base_url,
            sandbox=row["environment"] == "sandbox",
        )  # fmt: skip
        self._by_id[account.id] = (Clock.monotonic() + _FRESH_SECONDS, account)
        return account

    def _open(self, account_id: str, sealed: bytes) -> dict[str, str]:
        known = self._opened.get(account_id)
        if known is None or known[0] != sealed:
            known = self._opened[account_id] = (sealed, self._resources.cipher.open(sealed))
        return known[1]
