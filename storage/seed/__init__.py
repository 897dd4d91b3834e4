"""The three demo tenants: generated, loaded once, and shown to the emulator.

`load` is what `orkesta up` calls after the migrations; `registration` is what it then tells the emulator.
"""

from typing import Any
from zoneinfo import ZoneInfo

from storage import emulated, payment_accounts
from storage.resources import Resources
from storage.seed import accounts, ferragens, refamex, sonora
from storage.seed.personas import personas
from storage.seed.shape import Demo, Make
from storage.seed.write import write

TENANTS: dict[str, Make] = {refamex.ID: refamex.make, sonora.ID: sonora.make, ferragens.ID: ferragens.make}
_ZONES = {refamex.ID: "America/Mexico_City", sonora.ID: "America/Bogota", ferragens.ID: "America/Sao_Paulo"}

__all__ = ["TENANTS", "demo", "load", "registration"]


def demo(resources: Resources, tenant: str) -> Demo:
    """One demo tenant as of its own today."""
    return TENANTS[tenant](resources.clock.now().astimezone(ZoneInfo(_ZONES[tenant])).date())


async def load(resources: Resources) -> list[str]:
    """Load the demo tenants that do not exist yet, each in one transaction; return which were loaded."""
    loaded = []
    for tenant in TENANTS:
        async with resources.pg.acquire() as connection, connection.transaction():
            # Two starters take turns here; the second one finds the tenant and changes nothing.
            await connection.execute("SELECT pg_advisory_xact_lock(827191)")
            if not await connection.fetchval("SELECT 1 FROM tenants WHERE id = $1", tenant):
                made = demo(resources, tenant)
                await write(connection, made, resources.clock.now())
                await accounts.connect(connection, resources, made)
                loaded.append(tenant)
    await accounts.point_at_emulator(resources)
    await payment_accounts.ensure_sandbox(resources)
    await payment_accounts.point_at_emulator(resources)
    return loaded


async def registration(resources: Resources) -> dict[str, Any]:
    """The body of the emulator's `POST /emulator/accounts`: the emulated accounts, the demo's personas, names."""
    known = await emulated.accounts(resources)
    tenants = {row["id"]: row["name"] for row in await resources.pg.fetch(
        "SELECT id, name FROM tenants WHERE id = ANY ($1)", list({account.tenant for account in known}))}  # fmt: skip
    return {
        "accounts": [
            {"tenant": account.tenant, "channel": account.channel, "address": account.address,
             "secrets": account.secrets, "settings": account.settings, "public_url": account.public_url,
             "name": tenants[account.tenant]}
            for account in known
        ],
        "personas": [persona for persona in personas() if persona["tenant"] in tenants],
        "tenants": tenants,
    }  # fmt: skip
