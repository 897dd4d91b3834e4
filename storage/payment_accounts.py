"""Accounts at payment providers: connected by people, encrypted at rest; a sandbox gets one by itself."""

import logging
import secrets as random
from datetime import datetime, timedelta
from typing import Any

from core.clock import Clock
from core.errors import NotFound
from core.payments import ProviderAccount
from storage import emulated
from storage.crypto import KeyMissing
from storage.resources import Resources

log = logging.getLogger("orkesta.payment_accounts")
_FRESH_SECONDS = 3.0
_SELECT = """SELECT p.tenant_id, p.provider, p.secrets, p.settings, p.api_base, t.environment
             FROM payment_accounts p JOIN tenants t ON t.id = p.tenant_id"""
_UPSERT = """INSERT INTO payment_accounts (tenant_id, provider, secrets, settings, api_base) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id, provider) DO """
_REPLACE = _UPSERT + "UPDATE SET secrets = excluded.secrets, settings = excluded.settings, api_base = excluded.api_base"


async def connect(
    resources: Resources, *, tenant: str, provider: str, secrets: dict[str, str],
    settings: dict[str, Any] | None = None, api_base: str = "",
) -> ProviderAccount:  # fmt: skip
    """Connect a provider or replace its credentials; a sandbox tenant's is the emulator's. Raises NotFound."""
    environment = await resources.pg.fetchval("SELECT environment FROM tenants WHERE id = $1", tenant)
    if environment is None:
        raise NotFound(f"there is no tenant {tenant!r}: create it with `orkesta tenant create {tenant} --name …`")
    if not api_base and environment == "sandbox":
        api_base = emulated.payments_base(resources.settings, provider)
    values = (resources.cipher.seal(secrets), settings or {}, api_base.rstrip("/"))
    await resources.pg.execute(_REPLACE, tenant, provider, *values)
    return await PaymentAccounts(resources).get(tenant, provider)


async def ensure_sandbox(resources: Resources, tenant: str | None = None) -> list[str]:
    """Give every sandbox tenant (or this one) that has no provider an account at the emulator's Stripe."""
    rows = await resources.pg.fetch(
        """SELECT t.id FROM tenants t WHERE t.environment = 'sandbox' AND ($1::text IS NULL OR t.id = $1)
             AND NOT EXISTS (SELECT 1 FROM payment_accounts p WHERE p.tenant_id = t.id)""",
        tenant,
    )
    for row in rows:
        made = {"secret_key": f"sk_test_{random.token_hex(16)}", "webhook_secret": f"whsec_{random.token_hex(24)}"}
        await resources.pg.execute(
            _UPSERT + "NOTHING", row["id"], "stripe", resources.cipher.seal(made), {"demo": True},
            emulated.payments_base(resources.settings, "stripe"),
        )  # fmt: skip
    return [row["id"] for row in rows]


async def point_at_emulator(resources: Resources) -> None:
    """The emulator's port may differ from the last start: accounts that were made for it follow."""
    await resources.pg.execute(
        "UPDATE payment_accounts SET api_base = $1 WHERE provider = 'stripe' AND settings ? 'demo' AND api_base <> $1",
        emulated.payments_base(resources.settings, "stripe"),
    )


async def listed(resources: Resources, tenant: str | None = None) -> list[ProviderAccount]:
    """The accounts of a tenant, or of all."""
    rows = await resources.pg.fetch(
        f"{_SELECT} WHERE $1::text IS NULL OR p.tenant_id = $1 ORDER BY p.tenant_id, p.provider DESC", tenant
    )
    return [_account(resources, row) for row in rows]


async def to_reconcile(resources: Resources, every: timedelta, *, most: int = 20) -> list[ProviderAccount]:
    """The accounts whose events were last asked for longer ago than `every`; whoever gets one has it for that long.

    One whose credentials do not open is left out and told in the log.
    """
    rows = await resources.pg.fetch(
        f"""WITH taken AS (
              UPDATE payment_accounts SET asked_at = now() WHERE (tenant_id, provider) IN (
                SELECT tenant_id, provider FROM payment_accounts
                WHERE coalesce(asked_at, '-infinity') < now() - $1::interval
                ORDER BY asked_at NULLS FIRST LIMIT $2 FOR UPDATE SKIP LOCKED)
              RETURNING tenant_id, provider)
            {_SELECT} WHERE (p.tenant_id, p.provider) IN (SELECT tenant_id, provider FROM taken)
            ORDER BY p.tenant_id, p.provider DESC""",
        every, most,
    )  # fmt: skip
    return [account for row in rows if (account := _opened(resources, row))]


async def reconciled_until(resources: Resources, account: ProviderAccount) -> datetime:
    """Up to when all of the account's events are known."""
    found: datetime = await resources.pg.fetchval(
        "SELECT coalesce(reconciled_at, created_at) FROM payment_accounts WHERE tenant_id = $1 AND provider = $2",
        account.tenant, account.provider,
    )  # fmt: skip
    return found


async def reconciled(resources: Resources, account: ProviderAccount, until: datetime) -> None:
    """All of the account's events up to then are known."""
    await resources.pg.execute(
        "UPDATE payment_accounts SET reconciled_at = $3 WHERE tenant_id = $1 AND provider = $2",
        account.tenant, account.provider, until,
    )  # fmt: skip


class PaymentAccounts:
    """Accounts as this process knows them: looked up again after a few seconds."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._known: dict[tuple[str, str], tuple[float, ProviderAccount]] = {}

    async def get(self, tenant: str, provider: str = "") -> ProviderAccount:
        """The tenant's account (Stripe before any other); raises NotFound."""
        known = self._known.get((tenant, provider))
        if known and known[0] > Clock.monotonic():
            return known[1]
        row = await self._resources.pg.fetchrow(
            f"{_SELECT} WHERE p.tenant_id = $1 AND $2 IN ('', p.provider) ORDER BY p.provider DESC LIMIT 1",
            tenant, provider,
        )  # fmt: skip
        if row is None:
            self._known.pop((tenant, provider), None)
            name = provider or "a payment provider"
            raise NotFound(f"{name} is not connected for this tenant: use `orkesta stripe connect`")
        account = _account(self._resources, row)
        self._known[tenant, provider] = (Clock.monotonic() + _FRESH_SECONDS, account)
        return account


def _opened(resources: Resources, row: Any) -> ProviderAccount | None:
    try:
        return _account(resources, row)
    except KeyMissing:
        log.error("payment_account.unopened", extra={"tenant": row["tenant_id"], "provider": row["provider"]})
        return None


def _account(resources: Resources, row: Any) -> ProviderAccount:
    return ProviderAccount(
        tenant=row["tenant_id"], provider=row["provider"], secrets=resources.cipher.open(row["secrets"]),
        settings=row["settings"], api_base=row["api_base"], sandbox=row["environment"] == "sandbox",
    )  # fmt: skip
