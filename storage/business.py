"""One customer's view of one tenant's business: every question is asked under row-level security."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.conversation import Conversation, Write
from core.dunning import Instalment, Terms
from core.money import Money
from core.records import (
    Earning,
    Invoice,
    KnowledgeAnswer,
    Order,
    Product,
    ProductFilter,
    Quote,
    Recommended,
    Release,
    Returnable,
    ReturnStep,
    RoyaltyBalance,
    Ticket,
    Waiting,
    WithdrawalState,
    WithdrawalStep,
)
from storage import (
    collecting,
    hybrid,
    invoices,
    knowledge,
    orders,
    people,
    receipts,
    recommending,
    royalties,
    tickets,
    withdrawal_states,
)
from storage.aftercare import Aftercare
from storage.resources import Resources
from storage.selling import Selling
from storage.withdrawals import Withdrawals


class Business:
    """The data behind an agent's tools, bound to this tenant and this customer once and for all."""

    def __init__(
        self, resources: Resources, tenant: str, customer_id: int, conversation: Conversation | None = None
    ) -> None:
        self._resources, self._tenant, self._customer = resources, tenant, customer_id
        self._conversation = conversation  # as the turn read it; None outside of a turn, where nothing is written
        self.writes: list[Write] = []  # what is to be saved with the turn
        self._aftercare = Aftercare(
            resources, tenant, customer_id, conversation.id if conversation else "", self.writes
        )
        self._selling = Selling(resources, tenant, conversation.id if conversation else "", self.writes)

    @property
    def _request(self) -> str:
        """The same for every run of the same turn: what an agent writes is keyed by it, and so is written once."""
        if self._conversation is None:
            raise LookupError("outside of a turn nothing is written")
        first = self._conversation.inbound[0].seq if self._conversation.inbound else 0
        return f"{self._conversation.id}#{first}"

    async def search_products(
        self, query: str, limit: int = 5, only: ProductFilter | None = None, *, words_only: bool = False
    ) -> Sequence[Product]:
        return await hybrid.search(self._resources, self._tenant, query, limit, only, words_only=words_only)

    async def recommend(self, beside: Sequence[str] = (), among: Sequence[str] = ()) -> Recommended:
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await recommending.recommend(connection, self._tenant, beside, among)

    async def knowledge(self, question: str) -> Sequence[KnowledgeAnswer]:
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await knowledge.find(connection, self._tenant, question)

    async def orders(self, number: str | None = None) -> Sequence[Order]:
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await orders.of_customer(connection, self._tenant, self._customer, number)

    async def invoices(self) -> Sequence[Invoice]:
        now = self._resources.clock.now(self._tenant)
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await invoices.unpaid(connection, self._tenant, self._customer, now)

    async def balance(self) -> RoyaltyBalance | None:
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await royalties.balance(connection, self._tenant, self._customer)

    async def earnings(self, period: str | None = None) -> Sequence[Earning]:
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await royalties.earnings(connection, self._tenant, self._customer, period)

    async def releases(self) -> Sequence[Release]:
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await royalties.releases(connection, self._tenant, self._customer)

    async def tickets(self) -> Sequence[Ticket]:
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await tickets.of_customer(connection, self._tenant, self._customer)

    async def quote(self, locale: str) -> Quote | None:
        return await self._selling.quote(locale)

    async def save_quote(
        self, lines: Sequence[tuple[str, Decimal]], locale: str, extra: Decimal = Decimal(0)
    ) -> Quote:
        return await self._selling.save(lines, locale, extra)

    async def void_quote(self, reason: str) -> None:
        await self._selling.void(reason)

    async def discount_limit(self) -> Decimal:
        return await self._selling.discount_limit()

    async def confirm_order(self) -> Order:
        return await self._selling.confirm()

    async def open_ticket(self, category: str, summary: str, priority: int) -> Ticket:
        return await self._aftercare.open_ticket(category, summary, priority)

    async def ask_return(
        self, order: str, lines: Sequence[int], why: str, summary: str, pieces: Sequence[Decimal] = ()
    ) -> ReturnStep:
        return await self._aftercare.ask_return(order, lines, why, summary, pieces)

    async def returnable(self, order: str, locale: str) -> Returnable:
        return await self._aftercare.returnable(order, locale)

    async def returns(self) -> Sequence[ReturnStep]:
        return await self._aftercare.returns()

    async def people_waiting(self) -> Waiting:
        here = self._conversation.id if self._conversation else ""
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await people.waiting(connection, self._tenant, here)

    async def withdrawal_ask(self, amount: Money, minimum: Money, wording: str) -> WithdrawalStep:
        return await self._withdrawals.ask(amount, minimum, wording)

    async def withdrawal_confirm(self, code: str, minimum: Money) -> WithdrawalStep:
        return await self._withdrawals.confirm(code, minimum)

    async def withdrawal_cancel(self) -> WithdrawalStep:
        return await self._withdrawals.cancel()

    async def stop_promotions(self) -> None:
        if self._conversation:
            await receipts.stop_promotions(self._resources, self._tenant, self._conversation.id)

    async def withdrawals(self, number: str | None = None) -> Sequence[WithdrawalState]:
        here = self._conversation.id if self._conversation else ""
        now = self._resources.clock.now(self._tenant)
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await withdrawal_states.of_customer(
                connection, self._tenant, self._customer, here, now=now, number=number
            )

    @property
    def _withdrawals(self) -> Withdrawals:
        request = self._request  # raises outside of a turn
        assert self._conversation
        return Withdrawals(self._resources, self._conversation, request, self.writes)

    async def terms(self) -> Terms:
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await collecting.terms(connection, self._tenant, self._customer)

    async def promise(
        self, numbers: Sequence[str], day: date, amounts: Mapping[str, Money] | None = None
    ) -> None:
        self.writes.append(collecting.promise(numbers, day, self._resources.clock.now(self._tenant), amounts))

    async def take_back(self, numbers: Sequence[str]) -> None:
        self.writes.append(collecting.take_back(numbers, self._resources.clock.now(self._tenant)))

    async def plan_debt(self, number: str, parts: Sequence[tuple[date, Money]]) -> None:
        debt = collecting.named(await self.invoices(), number)
        self.writes.append(collecting.plan(debt, parts, self._resources.clock.now(self._tenant)))

    async def split_debt(self, number: str, parts: int) -> Sequence[Instalment]:
        debt = collecting.named(await self.invoices(), number)
        now = self._resources.clock.now(self._tenant)
        async with self._resources.tenant_reader(self._tenant) as connection:
            zone = await connection.fetchval("SELECT timezone FROM tenants WHERE id = $1", self._tenant)
            given = await collecting.terms(connection, self._tenant, self._customer)
        write, made = collecting.instalments(given, debt, parts, now.astimezone(ZoneInfo(zone)).date(), now)
        self.writes.append(write)
        return made

    async def dispute(self, numbers: Sequence[str], reason: str) -> None:
        self.writes.append(collecting.dispute(numbers, reason, self._resources.clock.now(self._tenant)))
