"""WhatsApp through Twilio."""

from contextlib import suppress
from typing import ClassVar

import aiohttp

from channels.base import Limits, Pace
from channels.network import exchange
from channels.twilio import Twilio
from channels.twilio_api import rebased
from core.errors import DeliveryError
from core.messages import Account, Recipient

TYPING = "https://messaging.twilio.com/v3/Indicators/Typing.json"


class WhatsAppTwilio(Twilio):
    """An account's address is `whatsapp:+52…`; a peer is `whatsapp:+…` or `whatsapp:` and a business-scoped id."""

    name: ClassVar[str] = "whatsapp_twilio"
    limits: ClassVar[Limits] = Limits(text=1600, caption=1024, templates=True)
    pace: ClassVar[Pace] = Pace(account_per_second=80, account_burst=80, pair_per_second=1 / 6, pair_burst=45)
    windowed: ClassVar[bool] = True
    over_whatsapp: ClassVar[bool] = True

    async def seen(self, to: Recipient, account: Account, http: aiohttp.ClientSession) -> None:
        """Mark the customer's last message as read and show `typing …`."""
        if not to.last_inbound_id:
            return
        login = aiohttp.encode_basic_auth(account.secrets["account_sid"], account.secrets["auth_token"])
        with suppress(DeliveryError):
            await exchange(
                http,
                "POST",
                rebased(TYPING, account.api_base.rstrip("/")),
                name="twilio",
                json={"channel": "WHATSAPP", "messageId": to.last_inbound_id},
                headers={"Authorization": login},
            )
