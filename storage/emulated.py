"""Which accounts the emulator plays: those of sandbox tenants, and whichever others point at it."""

from core.messages import Account
from core.settings import Settings
from storage.resources import Resources

_PLACES = {"telegram": "telegram", "whatsapp_twilio": "twilio", "sms": "twilio"}


def api_base(settings: Settings, channel: str) -> str:
    """Where the emulator plays the provider of a channel."""
    return "" if channel in ("web", "email") else f"{url(settings)}/{_PLACES.get(channel, 'graph')}"


def payments_base(settings: Settings, provider: str) -> str:
    """Where the emulator plays a payment provider; empty for one that it does not play."""
    return f"{url(settings)}/stripe" if provider == "stripe" else ""


def smtp_url(settings: Settings) -> str:
    """Where the emulator takes mail."""
    return f"smtp://{_host(settings)}:{settings.sandbox_smtp_port}"


def url(settings: Settings) -> str:
    """Where the emulator answers on this machine."""
    return f"http://{_host(settings)}:{settings.emulator_port}"


async def accounts(resources: Resources, tenant: str | None = None) -> list[Account]:
    """The emulated accounts (of one tenant) with their secrets, for the emulator that must sign with them."""
    rows = await resources.pg.fetch(
        """
        SELECT a.*, t.environment FROM channel_accounts a JOIN tenants t ON t.id = a.tenant_id
        WHERE a.channel <> 'web' AND ($2::text IS NULL OR a.tenant_id = $2)
          AND (t.environment = 'sandbox' OR starts_with(a.api_base, $1)) ORDER BY a.id
        """,
        url(resources.settings) + "/", tenant,
    )  # fmt: skip
    return [
        Account(
            id=row["id"], tenant=row["tenant_id"], channel=row["channel"], address=row["address"],
            secrets=resources.cipher.open(row["secrets"]), settings=row["settings"], api_base=row["api_base"],
            public_url=resources.settings.base_url, sandbox=row["environment"] == "sandbox",
        )
        for row in rows
    ] + await _payments(resources, tenant)  # fmt: skip


async def _payments(resources: Resources, tenant: str | None) -> list[Account]:
    """The Stripe accounts that the emulator plays, in the shape of a channel's."""
    rows = await resources.pg.fetch(
        """
        SELECT p.*, t.environment FROM payment_accounts p JOIN tenants t ON t.id = p.tenant_id
        WHERE p.provider = 'stripe' AND ($2::text IS NULL OR p.tenant_id = $2) AND starts_with(p.api_base, $1)
        ORDER BY p.tenant_id
        """,
        url(resources.settings) + "/", tenant,
    )  # fmt: skip
    return [
        Account(
            id=f"{row['tenant_id']}:stripe:stripe", tenant=row["tenant_id"], channel="stripe", address="stripe",
            secrets=resources.cipher.open(row["secrets"]), settings=row["settings"], api_base=row["api_base"],
            public_url=resources.settings.base_url, sandbox=row["environment"] == "sandbox",
        )
        for row in rows
    ]  # fmt: skip


def _host(settings: Settings) -> str:
    return "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
