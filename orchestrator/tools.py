"""Binds the tenant's data to one tenant and one customer: agents get functions that can name nobody else."""

from collections.abc import Sequence
from decimal import Decimal

from agents.base import Tools
from core.conversation import Conversation
from core.errors import NotFound
from core.records import (
    Earning,
    Invoice,
    KnowledgeAnswer,
    Order,
    Product,
    QuoteTotal,
    Release,
    RoyaltyBalance,
    Tenant,
)  # fmt: skip
from storage.business import Business
from storage.resources import Resources


def bind(resources: Resources, tenant: Tenant, conversation: Conversation) -> Tools:
    """The tools of one turn: this tenant's data, for the customer of this conversation."""
    return Business(resources, tenant.id, conversation.customer_id)


class EmptyTools:
    """A tenant without any records: every search finds nothing, which agents say in words."""

    async def search_products(self, query: str, limit: int = 5) -> Sequence[Product]:
        return ()

    async def quote_total(self, lines: Sequence[tuple[str, Decimal]]) -> QuoteTotal:
        raise NotFound("no such product")

    async def knowledge(self, question: str) -> Sequence[KnowledgeAnswer]:
        return ()

    async def orders(self, number: str | None = None) -> Sequence[Order]:
        return ()

    async def invoices(self) -> Sequence[Invoice]:
        return ()

    async def balance(self) -> RoyaltyBalance | None:
        return None

    async def earnings(self, period: str | None = None) -> Sequence[Earning]:
        return ()

    async def releases(self) -> Sequence[Release]:
        return ()
