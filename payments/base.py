"""What a payment provider is: one file that makes links, takes them back, gives money back, and tells what it knows."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Protocol

from core.messages import Request, Struct
from core.money import Money
from core.payment_facts import Told
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

    async def fetched(self, account: ProviderAccount, event: dict[str, Any]) -> dict[str, Any]:
        """An event with its object inside; one that has it already is given back as it is."""
        ...

    def events(
        self, account: ProviderAccount, since: datetime, until: datetime | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """The provider's own list of events since then (and before `until`), for those whose webhook never came."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Notification(Struct):
    """One event of a provider by name; `concerns`: it is of a type that tells something about a payment."""

    event_id: str
    name: str
    concerns: bool


class Webhook(Protocol):
    """The light half of a provider, without its SDK: the API process needs no more.

    `fetches`: its events carry an id alone, and are fetched before they are read.
    """

    fetches: bool

    def verify(self, request: Request, account: ProviderAccount, now: float) -> None:
        """Check who signed the raw body; raises BadSignature."""
        ...

    def notification(self, event: dict[str, Any], account: ProviderAccount) -> Notification:
        """Name the event; may raise KeyError, TypeError or ValueError."""
        ...

    def read(self, event: dict[str, Any]) -> Told | None:
        """What the event tells of a payment, or nothing; raises Unreadable."""
        ...

    def mode(self, account: ProviderAccount) -> str:
        """`live` or `test`, or nothing when the account does not say."""
        ...
