"""What a turn sells: its quote, its discount, its order. Read from rows, written only with the turn (core Write)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from core.conversation import Write
from core.errors import Conflict, Invalid
from core.records import Order, Quote
from storage import document_links, numbers, quote_store
from storage.resources import Resources

# The largest extra discount by role, unless the tenant's settings say `discount_limits`.
LIMITS = {"agent": "0.05", "operator": "0.10", "admin": "0.30"}


class Selling:
    """One turn's sale in one conversation; `writes` is the turn's."""

    def __init__(self, resources: Resources, tenant: str, conversation: str, writes: list[Write]) -> None:
        self._resources, self._tenant, self._conversation = resources, tenant, conversation
        self._writes = writes
        self._changed: list[Quote | None] = []  # what this turn made of the open quote

    async def quote(self, locale: str) -> Quote | None:
        """The open quote, as this turn has left it, with the links to its documents."""
        found = await self._open()
        return found and document_links.linked(self._resources.settings, self._tenant, found, locale)

    async def _open(self) -> Quote | None:
        if self._changed:
            return self._changed[-1]
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await quote_store.open_of(connection, self._tenant, self._conversation, self._now())

    async def save(self, lines: Sequence[tuple[str, Decimal]], locale: str, extra: Decimal) -> Quote:
        """Make the next version of the open quote, or a new quote; raises NotFound, Invalid."""
        before = await self._open()
        async with self._resources.tenant_reader(self._tenant) as connection:
            limit = await limit_of(connection, self._tenant, "agent")
            if not 0 <= extra <= limit:
                raise Invalid(f"an agent may give {limit} off, not {extra}")
            made = await quote_store.new_version(connection, self._tenant, before, lines, extra, self._now())
        made = document_links.linked(self._resources.settings, self._tenant, made, locale)
        if self._changed and self._changed[-1]:  # changed twice in one turn: the customer only sees the last
            made = _in_place_of(self._changed[-1], made)
            self._writes[:] = [write for write in self._writes if write.kind != "quote"]
        self._writes.append(quote_store.written(made, self._now()))
        self._changed.append(made)
        return made

    async def void(self, reason: str) -> None:
        """The open quote stands no more."""
        if found := await self._open():
            self._writes.append(Write(kind="quote_void", data={"number": found.number, "reason": reason}))
            self._changed.append(None)

    async def discount_limit(self) -> Decimal:
        """What an agent may give by itself."""
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await limit_of(connection, self._tenant, "agent")

    async def confirm(self) -> Order:
        """Make the order of the open quote; raises Conflict when there is none that stands."""
        found = await self._open()
        if found is None or found.status != "sent":
            raise Conflict("there is no open quote to order")
        now = self._now()
        async with self._resources.tenant_reader(self._tenant) as connection:
            number = await numbers.take(connection, self._tenant, "orders")
            zone = await connection.fetchval("SELECT timezone FROM tenants WHERE id = $1", self._tenant)
        self._writes.append(Write(kind="order", data={
            "number": number, "quote": found.number, "version": found.version, "at": now,
        }))  # fmt: skip
        self._changed.append(None)
        return Order(
            number=number, status="new", total=found.sums.total, placed_on=now.astimezone(ZoneInfo(zone)).date(),
            items=tuple(f"{line.quantity:f} x {line.product.name}" for line in found.sums.lines),
        )  # fmt: skip

    def _now(self) -> Any:
        return self._resources.clock.now(self._tenant)


async def limit_of(connection: Any, tenant: str, role: str) -> Decimal:
    """The largest extra discount that this role may give; a role without one may give none."""
    found = await connection.fetchval(
        "SELECT settings->'discount_limits'->>$2 FROM tenants WHERE id = $1", tenant, role
    )
    return Decimal(found or LIMITS.get(role, "0"))


def _in_place_of(before: Quote, made: Quote) -> Quote:
    same = {name: getattr(before, name) for name in ("number", "version", "pdf", "xlsx")}
    return msgspec.structs.replace(made, **same)
