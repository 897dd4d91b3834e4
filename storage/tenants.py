"""Tenants, their API keys, and what the agents know of them."""

import hashlib
import re
import secrets
import zoneinfo
from decimal import Decimal
from typing import Any

from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound, Unauthorized
from core.records import Tenant
from storage import audit
from storage.resources import Resources

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_FRESH_SECONDS = 3.0
_AMOUNTS = ("withdrawal_minimum",)  # settings that are numbers, kept as text


async def create(
    resources: Resources, tenant_id: str, *, name: str, environment: str = "production", currency: str = "MXN",
    timezone: str = "America/Mexico_City", locale: str = "es", settings: dict[str, Any] | None = None,
) -> Tenant:  # fmt: skip
    """Create a tenant with its web channel; raises Invalid for a bad value, Conflict when it exists."""
    if not _ID.fullmatch(tenant_id):
        raise Invalid(f"tenant id {tenant_id!r}: use lower-case letters, digits, - and _, at most 63 characters")
    if environment not in {"sandbox", "production"}:
        raise Invalid(f"environment {environment!r}: it is sandbox or production")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise Invalid(f"currency {currency!r}: give the three letters of ISO 4217, such as MXN")
    try:
        zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise Invalid(f"timezone {timezone!r}: give an IANA name, such as America/Mexico_City") from None
    if locale not in {"es", "en", "pt"}:
        raise Invalid(f"locale {locale!r}: it is es, en or pt")
    made = await resources.pg.fetchrow(
        """INSERT INTO tenants (id, name, environment, currency, timezone, locale, settings)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING *""",
        tenant_id, name, environment, currency, timezone, locale, settings or {},
    )  # fmt: skip
    if made is None:
        raise Conflict(f"tenant {tenant_id!r} exists already")
    await resources.pg.execute(
        """INSERT INTO channel_accounts (id, tenant_id, channel, address, secrets)
           VALUES ($1 || ':web:web', $1, 'web', 'web', $2) ON CONFLICT DO NOTHING""",
        tenant_id, resources.cipher.seal({}),
    )  # fmt: skip
    return _tenant(made)


async def configure(resources: Resources, tenant_id: str, actor: str, changes: dict[str, Any]) -> Tenant:
    """Change optional settings of a tenant; a value of None takes one back. Raises NotFound."""
    kept = {name: value for name, value in changes.items() if value is not None}
    gone = [name for name in changes if name not in kept]
    async with resources.pg.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            "UPDATE tenants SET settings = (settings || $2::jsonb) - $3::text[] WHERE id = $1 RETURNING *",
            tenant_id, kept, gone,
        )  # fmt: skip
        if row is None:
            raise NotFound(f"there is no tenant {tenant_id!r}")
        await audit.write(connection, tenant_id, actor, "tenant.configure", tenant_id, changes)
    return _tenant(row)


async def all_(resources: Resources) -> list[Tenant]:
    """Every tenant, by id."""
    return [_tenant(row) for row in await resources.pg.fetch("SELECT * FROM tenants ORDER BY id")]


async def new_api_key(resources: Resources, tenant_id: str) -> str:
    """Make a client API key; it is shown once, only its hash is kept. Raises NotFound."""
    key = f"ork_{secrets.token_urlsafe(32)}"
    made = await resources.pg.fetchval(
        """INSERT INTO api_keys (hash, tenant_id, prefix) SELECT $1, id, $3 FROM tenants WHERE id = $2
           RETURNING tenant_id""",
        key_hash(key), tenant_id, key[:8],
    )  # fmt: skip
    if made is None:
        raise NotFound(f"there is no tenant {tenant_id!r}")
    return key


def key_hash(key: str) -> str:
    """What is stored of an API key; the key is 256 random bits, so a plain hash suffices."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


class Tenants:
    """Tenants and API keys as this process knows them: looked up again after a few seconds."""

    def __init__(self, resources: Resources) -> None:
        self._pg = resources.pg
        self._tenants: dict[str, tuple[float, Tenant]] = {}
        self._keys: dict[str, tuple[float, str]] = {}

    async def get(self, tenant_id: str) -> Tenant:
        """Return one tenant; raises NotFound."""
        known = self._tenants.get(tenant_id)
        if known and known[0] > Clock.monotonic():
            return known[1]
        # What is no id is never asked for: it came from a URL and may hold what PostgreSQL refuses.
        row = _ID.fullmatch(tenant_id) and await self._pg.fetchrow("SELECT * FROM tenants WHERE id = $1", tenant_id)
        if not row:
            raise NotFound(f"there is no tenant {tenant_id!r}")
        tenant = _tenant(row)
        self._tenants[tenant_id] = (Clock.monotonic() + _FRESH_SECONDS, tenant)
        return tenant

    async def of_key(self, key: str) -> str:
        """Return the tenant of a client API key; raises Unauthorized."""
        hashed = key_hash(key)
        known = self._keys.get(hashed)
        if known and known[0] > Clock.monotonic():
            return known[1]
        tenant = await self._pg.fetchval(
            "SELECT tenant_id FROM api_keys WHERE hash = $1 AND revoked_at IS NULL", hashed
        )
        if tenant is None:
            raise Unauthorized("the X-API-Key header is missing or unknown: make one with `orkesta tenant api-key ID`")
        self._keys[hashed] = (Clock.monotonic() + _FRESH_SECONDS, tenant)
        return str(tenant)


def _tenant(row: Any) -> Tenant:
    optional = ("agents", "business", "hours", "unknown_policy", "llm_budget_usd", "burst_pause_ms", "prompts")
    known = {key: row["settings"][key] for key in optional if key in row["settings"]}
    for name in ("agents", "prompts"):
        if name in known:
            known[name] = tuple(known[name])
    known |= {name: Decimal(str(row["settings"][name])) for name in _AMOUNTS if name in row["settings"]}
    return Tenant(
        id=row["id"], name=row["name"], environment=row["environment"], currency=row["currency"],
        timezone=row["timezone"], locale=row["locale"], **known,
    )  # fmt: skip
