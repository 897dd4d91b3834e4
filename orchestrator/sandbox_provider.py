"""Gives a sandbox tenant its account at the emulator's Stripe when it is first needed, and tells the emulator."""

import asyncio
import logging

import aiohttp

from storage import emulated, payment_accounts
from storage.resources import Resources

log = logging.getLogger("orkesta.sandbox_provider")
_SECONDS = 3.0


async def ensure(resources: Resources, tenant: str) -> bool:
    """Make the account of a sandbox tenant that has none; False when it has one, or is no sandbox."""
    if not await payment_accounts.ensure_sandbox(resources, tenant):
        return False
    accounts = [
        {"tenant": each.tenant, "channel": each.channel, "address": each.address, "secrets": each.secrets,
         "public_url": each.public_url}
        for each in await emulated.accounts(resources, tenant) if each.channel == "stripe"
    ]  # fmt: skip
    url = f"{emulated.url(resources.settings)}/emulator/accounts"
    try:
        async with asyncio.timeout(_SECONDS), resources.http.post(url, json={"accounts": accounts}) as answer:
            answer.raise_for_status()
    except (aiohttp.ClientError, TimeoutError) as fault:  # it is told again at its next start
        log.warning("sandbox_provider.emulator_away", extra={"tenant": tenant, "fault": type(fault).__name__})
    return True
