"""The providers' own limits, enforced unless `POST /emulator/limits` says otherwise."""

from typing import Annotated

import msgspec

from core.clock import Clock

Positive = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(ge=0)]
Millis = Annotated[int, msgspec.Meta(ge=0, le=3_600_000)]


class Rate(msgspec.Struct, frozen=True):
    """`per_second` on average, with `burst` at once."""

    per_second: Positive
    burst: Positive


class Limits(msgspec.Struct, kw_only=True):
    """Figures of the providers (see each one's documentation) and of our own play."""

    enforce: bool = True
    whatsapp_number: Rate = Rate(80, 80)
    whatsapp_pair: Rate = Rate(1 / 6, 45)
    telegram_bot: Rate = Rate(30, 30)
    telegram_chat: Rate = Rate(1, 20)  # short bursts are let through; the exact figure is not published
    instagram_text: Rate = Rate(100, 100)
    instagram_media: Rate = Rate(10, 10)
    twilio_account: Rate = Rate(100, 100)
    window: bool = False  # refuse free text outside 24 h of the customer's last message
    receipts: bool = True  # delivered and read notices after a send
    read: bool = True  # the customer reads what was delivered
    sent_ms: Millis = 40
    delivered_ms: Millis = 120
    read_ms: Millis = 400
    retry_scale: Share = 0.1  # webhook redelivery waits this share of the provider's real intervals
    retry_attempts: Count = 10
    retry_seconds: float = 40.0  # and gives up after this long
    webhook_timeout_seconds: Positive = 15.0
    wire: bool = True  # log traffic for the page
    outbox: Count = 200_000


class Buckets:
    """Rate buckets by name (theoretical arrival time), forgotten once they are full again."""

    def __init__(self) -> None:
        self._free_at: dict[tuple[str, str], float] = {}

    def take(self, kind: str, name: str, rate: Rate) -> float:
        """Use one token; returns 0, or the seconds after which there will be one."""
        now, step = Clock.monotonic(), 1 / rate.per_second
        free_at = max(self._free_at.get((kind, name), now), now)
        wait = free_at - now - (rate.burst - 1) * step
        if wait > 1e-9:
            return wait
        self._free_at[kind, name] = free_at + step
        if len(self._free_at) > 100_000:
            self._free_at = {key: at for key, at in self._free_at.items() if at > now}
        return 0.0

    def clear(self) -> None:
        """Fill every bucket."""
        self._free_at.clear()
