"""What a turn reads and what it leaves behind: the shapes between storage, the orchestrator and the workers."""

from datetime import datetime
from typing import Any, Literal

from core.messages import Attachment, Kind, Reply, Struct


class Inbound(Struct):
    """One stored message that is not handled yet."""

    message_id: int
    seq: int
    kind: Kind
    text: str
    received_at: datetime
    attachments: tuple[Attachment, ...] = ()
    payload: str | None = None
    provider_message_id: str | None = None
    context: dict[str, Any] = {}


class Line(Struct):
    """One earlier message of the conversation, oldest first in a history."""

    author: Literal["customer", "agent", "human", "system"]
    text: str
    at: datetime


class Conversation(Struct):
    """A conversation as read at one version, with everything that waits in it."""

    id: str
    tenant: str
    account: str  # id of the account
    channel: str
    peer: str
    customer_id: int
    customer_name: str | None
    version: int
    agent: str | None
    mode: Literal["bot", "human"]
    locale: str | None  # language of the customer once known: es, en, pt
    state: dict[str, Any]  # the agents' own notes, saved with the turn
    inbound: tuple[Inbound, ...]
    history: tuple[Line, ...]
    learned: dict[str, Any] = {}  # what the customer said about itself, by name: value and source
    turn_failures: int = 0  # times that the oldest waiting message made a turn fail


class Write(Struct):
    """A change of the tenant's business that a turn decided: made in the transaction that saves the turn, or never.

    `kind` names the SQL function `write_<kind>` of storage/sql, which gets tenant, customer and conversation from the
    conversation's row and only the rest from `data`.
    """

    kind: str
    data: dict[str, Any]


class Outcome(Struct):
    """What a turn decided; saved whole or not at all."""

    replies: tuple[Reply, ...]
    agent: str | None
    mode: Literal["bot", "human"]
    locale: str | None
    state: dict[str, Any]
    intent: str | None = None
    confidence: float | None = None
    trace: dict[str, Any] = {}  # route, tools, tier, guard verdict, timings: for the people who look at a turn
    writes: tuple[Write, ...] = ()
