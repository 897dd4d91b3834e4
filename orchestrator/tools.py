"""Binds the tenant's data to one tenant and one customer: agents get functions that can name nobody else."""

from collections.abc import Sequence
from decimal import Decimal

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
)  # fmt: skip


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
