"""What a model may look up while it words an agent's answer: each with its schema, and how its finds are told.

All of them only read, for the tenant and the customer of the turn: their arguments are what a customer could say, never
whose data is meant. Finds are told in our own sentences, in which no argument is repeated: the number guard holds a
model's words against them.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from agents import catalog, dunning, knowledge, royalties, statement, support, tickets
from agents.base import Turn
from agents.wording import Wording
from core.messages import Struct

say = Wording("lookups")
_PRODUCTS = 3
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


class Found(Struct):
    """What was found, in sentences and rows; `shown` tells which product a row is."""

    lines: tuple[str, ...]
    shown: Mapping[str, tuple[str, str]] = {}
    money: bool = False  # it names what a customer owes or owns


class Lookup(Struct):
    """A look-up as a model is told of it; `needs` is the agent without which a tenant has nothing to look up."""

    description: str
    arguments: type[msgspec.Struct]
    find: Callable[[Turn, Any], Awaitable[Found]]
    needs: str = ""


class Nothing(Struct, forbid_unknown_fields=True):
    """It is the customer's own, so there is nothing to say."""


class Wanted(Struct, forbid_unknown_fields=True):
    """A product in the customer's words."""

    query: Annotated[str, Meta(min_length=2, max_length=120, description="the product, in the customer's words")]


class Question(Struct, forbid_unknown_fields=True):
    """A question for the pages of the house."""

    question: Annotated[str, Meta(min_length=2, max_length=300, description="what the customer wants to know")]


class Numbered(Struct, forbid_unknown_fields=True):
    """An order that the customer names, or the newest ones."""

    number: Annotated[str, Meta(max_length=40, description="as the customer wrote it; without it: the newest")] = ""


class Period(Struct, forbid_unknown_fields=True):
    """A month or a year, or the last statement."""

    period: Annotated[
        str, Meta(pattern=r"^(\d{4}(-\d{2})?)?$", description="2026-09 or 2026; without it: the last statement")
    ] = ""


async def _search_products(turn: Turn, asked: Wanted) -> Found:
    hits = [item for item in await turn.tools.search_products(asked.query, _PRODUCTS) if item.score >= catalog.RELEVANT]
    products = catalog.close_ones(hits) if hits else ()
    rows = catalog.rows(products, turn.locale)
    shown = {row: (item.sku, item.name) for row, item in zip(rows, products, strict=True)}
    return Found(lines=tuple(rows), shown=shown) if rows else _none(turn, "no_products")


async def _knowledge(turn: Turn, asked: Question) -> Found:
    page = await knowledge.passage(turn, question=asked.question)
    sentences = (part.strip() for part in _SENTENCE.split("\n".join(page)))
    return Found(lines=tuple(filter(None, sentences))) if page else _none(turn, "no_page")


async def _orders(turn: Turn, asked: Numbered) -> Found:
    orders = await turn.tools.orders(asked.number or None)
    if not orders:
        return _none(turn, "no_orders")
    one = len(orders) == 1
    lines = support.order_lines(orders[0], turn.locale) if one else support.order_rows(orders, turn.locale)
    return Found(lines=tuple(lines))


async def _tickets(turn: Turn, asked: Nothing) -> Found:
    rows = tickets.ticket_rows(await turn.tools.tickets(), turn.locale)
    return Found(lines=tuple(rows)) if rows else _none(turn, "no_tickets")


async def _invoices(turn: Turn, asked: Nothing) -> Found:
    invoices = await turn.tools.invoices()
    lines = dunning.owed_lines(invoices, turn.locale) if invoices else [say(turn.locale, "no_invoices")]
    return Found(lines=tuple(lines), money=True)


async def _balance(turn: Turn, asked: Nothing) -> Found:
    balance = await turn.tools.balance()
    lines = royalties.balance_lines(balance, turn.locale) if balance else [say(turn.locale, "no_royalties")]
    return Found(lines=tuple(lines), money=True)


async def _earnings(turn: Turn, asked: Period) -> Found:
    earnings = await turn.tools.earnings(asked.period or None)
    lines = statement.text(turn, earnings).splitlines() if earnings else [say(turn.locale, "no_royalties")]
    return Found(lines=tuple(filter(None, lines)), money=True)


async def _releases(turn: Turn, asked: Nothing) -> Found:
    rows = support.release_rows(await turn.tools.releases(), turn.locale)
    return Found(lines=tuple(rows)) if rows else _none(turn, "no_releases")


def _none(turn: Turn, key: str) -> Found:
    return Found(lines=(say(turn.locale, key),))


LOOKUPS: dict[str, Lookup] = {
    "search_products": Lookup(
        description="Products of the catalogue with price and stock.", arguments=Wanted, find=_search_products
    ),
    "knowledge": Lookup(
        description="The company's own pages: hours, shipping, returns, warranty, how to.",
        arguments=Question, find=_knowledge,
    ),
    "orders": Lookup(description="Where this customer's orders are.", arguments=Numbered, find=_orders),
    "tickets": Lookup(description="Where this customer's support cases stand.", arguments=Nothing, find=_tickets),
    "invoices": Lookup(
        description="What this customer owes, and until when.", arguments=Nothing, find=_invoices, needs="dunning"
    ),
    "balance": Lookup(
        description="Royalties that this customer can withdraw.", arguments=Nothing, find=_balance, needs="royalties"
    ),
    "earnings": Lookup(
        description="What this customer's music earned, by track and platform.",
        arguments=Period, find=_earnings, needs="royalties",
    ),
    "releases": Lookup(
        description="Where this customer's music releases stand.",
        arguments=Nothing, find=_releases, needs="royalties",
    ),
}  # fmt: skip
