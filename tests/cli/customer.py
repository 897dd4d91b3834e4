"""A customer who writes, and waiting for what comes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core.messages import Account
from storage.doorbell import Doorbell
from storage.inbox import Inbox
from storage.resources import Resources
from tests.storage.given import arrival


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.02)


async def say(resources: Resources, account: Account, *texts: str) -> None:
    """A customer's messages come in."""
    stored = await Inbox(resources).put([arrival(account, text, peer="77") for text in texts])
    await Doorbell(resources).ring([(stored[0].conversation_id, 0)])
