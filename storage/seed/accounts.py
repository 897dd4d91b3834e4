"""A demo tenant's channel accounts: generated credentials, and the emulator in the provider's place."""

import secrets
from typing import Any

from core.settings import Settings
from storage.emulated import api_base, smtp_url
from storage.resources import Resources
from storage.seed.shape import Demo


async def connect(connection: Any, resources: Resources, demo: Demo) -> None:
    """Insert the accounts of a new tenant."""
    for channel, (address, keys, settings) in _accounts(demo, resources.settings).items():
        await connection.execute(
            "INSERT INTO channel_accounts (id, tenant_id, channel, address, secrets, settings, api_base) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            f"{demo.id}:{channel}:{address}", demo.id, channel, address, resources.cipher.seal(keys),
            {**settings, "demo": True}, api_base(resources.settings, channel),
        )  # fmt: skip


async def point_at_emulator(resources: Resources) -> None:
    """The emulator's ports may differ from the last start: demo accounts follow them."""
    rows = await resources.pg.fetch(
        "SELECT id, channel, api_base, secrets FROM channel_accounts WHERE settings ? 'demo'"
    )
    for row in rows:
        base, keys = api_base(resources.settings, row["channel"]), resources.cipher.open(row["secrets"])
        mail = {"smtp_url": smtp_url(resources.settings)} if row["channel"] == "email" else {}
        if row["api_base"] != base or not mail.items() <= keys.items():
            await resources.pg.execute(
                "UPDATE channel_accounts SET api_base = $2, secrets = $3 WHERE id = $1",
                row["id"], base, resources.cipher.seal({**keys, **mail}),
            )  # fmt: skip


def _accounts(demo: Demo, options: Settings) -> dict[str, tuple[str, dict[str, str], dict[str, Any]]]:
    """By channel: address, secrets, settings. Addresses are numbers that nobody has."""
    number = demo.number
    phone = {1: "+525555009000", 2: "+573005559000", 3: "+551195559000"}[number]
    bot, page = f"{6_000_000_000 + number}", f"{17_841_000_000_000_000 + number}"
    token, sid = secrets.token_hex, f"AC{secrets.token_hex(16)}"
    meta = {"app_secret": token(16), "verify_token": token(12)}
    twilio = {"account_sid": sid, "auth_token": token(16)}
    mail = f"hola@{demo.id}.example"
    return {
        "telegram": (bot, {"token": f"{bot}:{secrets.token_urlsafe(26)[:35]}", "webhook_secret": token(20)}, {}),
        "whatsapp_cloud": (
            f"10{number}000000000001",
            {"access_token": f"EAA{token(40)}", **meta},
            {"display_phone_number": phone.lstrip("+"), "waba_id": f"20{number}000000000001"},
        ),
        "whatsapp_twilio": (f"whatsapp:{phone}", {**twilio, "from": f"whatsapp:{phone}"}, {}),
        "sms": (phone, {**twilio, "from": phone}, {}),
        "instagram": (page, {"access_token": f"EAA{token(40)}", **meta}, {"username": demo.id}),
        "email": (mail, {"smtp_url": smtp_url(options), "webhook_secret": token(20)}, {"from": mail}),
        "web": ("web", {}, {}),
    }  # fmt: skip
