"""The port to outside ticket systems: what goes there, and what such a system must do."""

from datetime import datetime
from typing import Any, Protocol

from core.messages import Struct


class Outgoing(Struct):
    """A ticket on its way to one outside system; `again` when an earlier attempt may have arrived."""

    tenant: str
    number: str
    kind: str  # asana or webhook
    category: str
    priority: int
    summary: str
    opened_at: datetime
    url: str
    project: str
    secrets: dict[str, str]
    attempts: int
    again: bool
    conversation_id: str | None = None

    @property
    def key(self) -> str:
        """The same for every attempt: by it the other side knows a ticket again."""
        return f"orkesta-{self.tenant}-{self.number}"


class TicketSystem(Protocol):
    """An outside system; raises Transient to be asked again, Permanent for a ticket that it will never take."""

    async def put(self, ticket: Outgoing, http: Any) -> str:
        """Hand the ticket over once, however often this is called; returns the other side's reference."""
        ...
