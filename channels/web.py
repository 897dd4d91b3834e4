"""The web channel and client API: no provider; answers are read from the outbox by polling or server-sent events."""

from typing import ClassVar

import aiohttp

from channels.base import Channel, Limits, Pace
from core.errors import Unreadable
from core.messages import Account, Event, Part, Recipient, Request


class Web(Channel):
    """Messages come through `POST /api/chat` with an API key, never through a webhook."""

    name: ClassVar[str] = "web"
    limits: ClassVar[Limits] = Limits(text=20_000, caption=20_000, buttons=20, button_title=80, button_id=1000)
    pace: ClassVar[Pace] = Pace(account_per_second=1000, account_burst=1000, pair_per_second=100, pair_burst=100)

    def signature(self, request: Request, account: Account) -> dict[str, str]:
        """No webhook, so no signature: the door stays shut."""
        return {}

    def parse(self, request: Request, account: Account) -> list[Event]:
        """Not reached: no request has a valid signature."""
        raise Unreadable("the web channel has no webhook")

    async def deliver(self, part: Part, to: Recipient, account: Account, http: aiohttp.ClientSession) -> str:
        """Being in the outbox is being delivered."""
        return f"web:{to.our_id}"
