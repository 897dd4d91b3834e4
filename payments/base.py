"""What a payment provider is: one file that makes links, takes them back, gives money back, and tells what it knows."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Protocol

from core.money import Money
from core.payments import LinkWish, MadeLink, ProviderAccount


class Payments(Protocol):
    """One provider, for any tenant's account. Every call raises PaymentFailed, whose `action` says what to do."""

    name: str

    async def create(self, account: ProviderAccount, wish: LinkWish) -> MadeLink:
        """Make a payment link; asking again with the same wish gives the same link."""
        ...

    async def expire(self, account: ProviderAccount, provider_id: str) -> None:
        """Close a link that nobody may pay any more; one that is closed already is fine."""
        ...

    async def refund(self, account: ProviderAccount, payment_id: str, amount: Money | None, *, key: str) -> str:
        """Give back a part of a payment (None: all of it), once per `key`; returns the refund's id."""
        ...

    async def retrieve(self, account: ProviderAccount, provider_id: str) -> dict[str, Any]:
        """The state of a link with its payment, in the shape of this provider's events."""
        ...

    def events(self, account: ProviderAccount, since: datetime) -> AsyncIterator[dict[str, Any]]:
        """The provider's own list of events since then, for those whose webhook never came."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
