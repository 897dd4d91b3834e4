"""What an agent is: one file with a name, its intents, and `answer(turn) -> Reply | HandOff`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from core.conversation import Line, Write
from core.dunning import Instalment, Terms
from core.messages import Attachment, Reply, Struct
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
    Tenant,
    Ticket,
    Waiting,
    WithdrawalState,
    WithdrawalStep,
)


class HandOff(Struct):
    """A structured action: another agent, or a person (`to="human"`), answers instead.

    Exactly one state change and one notice follow from it.
    """

    to: str
    reason: str
    summary: str = ""  # for the next agent or the person, in the tenant's language
    state: dict[str, Any] = {}  # notes to keep, as in Answer


class Tools(Protocol):
    """The tenant's data, bound to this tenant and this customer: no agent or model can name another.

    A tool that changes something only appends to `writes`, which is saved with the turn, or thrown away with it.
    """

    writes: list[Write]

    # Best first. `words_only`: not what a model, where one is configured, likens to a question without its words.
    async def search_products(
        self, query: str, limit: int = 5, only: ProductFilter | None = None, *, words_only: bool = False
    ) -> Sequence[Product]: ...
    # By orders: the best sellers of `among`, else what was bought together with `beside`, else the best sellers.
    async def recommend(self, beside: Sequence[str] = (), among: Sequence[str] = ()) -> Recommended: ...
    async def knowledge(self, question: str) -> Sequence[KnowledgeAnswer]: ...
    async def orders(self, number: str | None = None) -> Sequence[Order]: ...
    async def invoices(self) -> Sequence[Invoice]: ...
    async def balance(self) -> RoyaltyBalance | None: ...
    async def earnings(self, period: str | None = None) -> Sequence[Earning]: ...
    async def releases(self) -> Sequence[Release]: ...
    # The open quote of this conversation; changing it makes a new version. Nothing is written before the turn is saved.
    async def quote(self, locale: str) -> Quote | None: ...  # its documents in this language
    async def save_quote(
        self, lines: Sequence[tuple[str, Decimal]], locale: str, extra: Decimal = Decimal(0)
    ) -> Quote: ...
    async def void_quote(self, reason: str) -> None: ...
    async def discount_limit(self) -> Decimal: ...  # the largest extra discount that an agent may give by itself
    async def confirm_order(self) -> Order: ...  # of the open quote

    async def terms(self) -> Terms: ...  # what the customer may agree to about debts, and what came in lately
    # `amounts`: only so much of each of them
    async def promise(self, numbers: Sequence[str], day: date, amounts: Mapping[str, Money] | None = None) -> None: ...
    async def take_back(self, numbers: Sequence[str]) -> None: ...  # what was promised of these no longer stands
    async def plan_debt(self, number: str, parts: Sequence[tuple[date, Money]]) -> None: ...  # on the customer's days
    async def split_debt(self, number: str, parts: int) -> Sequence[Instalment]: ...  # raises Invalid or Conflict
    async def dispute(self, numbers: Sequence[str], reason: str) -> None: ...

    async def payment_link(self, kind: str, number: str) -> str:
        """The URL where this customer pays an `invoice`, `quote` or `order`; its amount comes from our own rows.

        Raises NotFound for one that is not this customer's, Conflict when nothing is to be paid, PaymentFailed when
        the provider refuses or is away: all are OrkestaErrors, and then there is no link.
        """
        ...

    # Writes happen once for a turn, however often it runs. An amount comes from the customer's own words.
    async def withdrawal_ask(self, amount: Money, minimum: Money, wording: str) -> WithdrawalStep: ...
    async def withdrawal_confirm(self, code: str, minimum: Money) -> WithdrawalStep: ...
    async def withdrawal_cancel(self) -> WithdrawalStep: ...
    async def stop_promotions(self) -> None: ...
    # Newest first: one asked for in this conversation but not confirmed, then the customer's confirmed ones.
    async def withdrawals(self, number: str | None = None) -> Sequence[WithdrawalState]: ...

    async def tickets(self) -> Sequence[Ticket]: ...
    async def open_ticket(self, category: str, summary: str, priority: int) -> Ticket: ...  # written with the turn
    # Lines count from 0, `pieces` of each may be fewer than were bought. Within the tenant's limits the return is
    # authorised with the turn, else a ticket is opened.
    async def ask_return(
        self, order: str, lines: Sequence[int], why: str, summary: str, pieces: Sequence[Decimal] = ()
    ) -> ReturnStep: ...
    async def returnable(self, order: str, locale: str) -> Returnable: ...  # raises NotFound
    async def returns(self) -> Sequence[ReturnStep]: ...  # newest first: authorised, credited or rejected
    async def people_waiting(self) -> Waiting: ...


class Turn(Struct):
    """Everything an agent may know and use for one turn; frozen. Notes in `state` are saved from `Answer.state`."""

    text: str  # what the customer wrote since the last turn, joined by line breaks
    intent: str
    locale: str  # language to answer in: es, en, pt
    now: datetime  # the tenant's time
    tenant: Tenant
    channel: str
    customer_name: str | None
    history: tuple[Line, ...]
    state: Mapping[str, Any]
    tools: Tools
    # (draft, facts) → the same facts in better words by the model ladder, or the draft itself offline.
    ask_llm: Callable[[str, Mapping[str, Any]], Awaitable[str]]
    attachments: tuple[Attachment, ...] = ()
    payload: str | None = None
    priority: int = 3  # 0 … 10, as the message was read
    visited: tuple[str, ...] = ()  # agents that already had this turn and handed it on


class Answer(Struct):
    """An agent's reply with the notes that it wants to keep for the next turn."""

    reply: Reply
    state: dict[str, Any] = {}


class Agent(Protocol):
    """One specialist. `intents` are those it takes over when no other agent holds the conversation.

    `tools` are the look-ups of agents/lookups.py that a model may ask for while it words this agent's answers.
    """

    name: str
    intents: frozenset[str]

    @property
    def tools(self) -> tuple[str, ...]: ...

    async def answer(self, turn: Turn) -> Answer | HandOff: ...
