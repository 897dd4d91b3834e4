"""Stop 2: what came in is stored once, in order, before the provider gets its 200."""

from collections.abc import Sequence

import asyncpg

from core.batch import Batcher
from core.messages import Account, Envelope, Struct
from storage.resources import Resources
from storage.storable import as_json, clean

_INGEST = """SELECT n, conversation, message, fresh
FROM ingest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"""
_WORK = frozenset({"message", "callback", "unsupported"})
_UNSTORABLE = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)


class Arrival(Struct):
    """One envelope on its way into the inbox, with the account that received it."""

    account: Account
    envelope: Envelope


class Stored(Struct):
    """Where an arrival is now. `fresh` is false for a redelivery; `message_id` is then None."""

    conversation_id: str
    message_id: int | None
    fresh: bool


class Rejected(Struct):
    """The database cannot hold this envelope, whatever happens: a fault of the data, not an outage."""

    reason: str


class Content(Struct):
    """What of an envelope has no column of its own; the JSON in messages.content of an inbound row."""

    attachments: tuple[object, ...] = ()
    payload: str | None = None
    target: str | None = None
    emoji: str | None = None
    provider_message_id: str | None = None
    provider_time: float | None = None
    standby: bool = False
    context: dict[str, object] = {}


class Inbox:
    """Group commit: concurrent webhook requests share one transaction."""

    def __init__(self, resources: Resources, *, linger_seconds: float = 0.0) -> None:
        self._pg = resources.pg
        # Two commits at a time: while one is in the database the next is made ready. A customer always has the same
        # one of them, so that the order of arrival is the order in the conversation.
        self._batches: list[Batcher[Arrival, Stored | Rejected]] = [
            Batcher(self._flush, most=200, linger_seconds=linger_seconds) for _ in range(2)
        ]

    async def put(self, arrivals: Sequence[Arrival]) -> list[Stored | Rejected]:
        """Store all, in their order; returns when they are durable. Raises the database's error in an outage:
        then the caller's redelivery finds out what was stored."""
        futures = [self._batches[_lane(arrival)](arrival) for arrival in arrivals]
        return [await future for future in futures]

    async def _flush(self, batch: list[Arrival]) -> list[Stored | Rejected]:
        try:
            return await self._ingest(batch)
        except _UNSTORABLE as fault:
            if len(batch) == 1:
                return [Rejected(reason=type(fault).__name__)]
        # One envelope that cannot be stored must not take the others of its batch with it.
        return [item for arrival in batch for item in await self._flush([arrival])]

    async def _ingest(self, batch: list[Arrival]) -> list[Stored | Rejected]:
        rows = await self._pg.fetch(_INGEST, *_columns(batch))
        return [Stored(conversation_id=r["conversation"], message_id=r["message"], fresh=r["fresh"]) for r in rows]


def _lane(arrival: Arrival) -> int:
    return hash((arrival.account.id, arrival.envelope.sender.id)) % 2


def _columns(batch: list[Arrival]) -> list[list[object]]:
    columns: list[list[object]] = [[] for _ in range(13)]
    for arrival in batch:
        account, envelope = arrival.account, arrival.envelope
        sender = envelope.sender
        values = (
            account.tenant, account.id, account.channel, clean(sender.id), clean(sender.alias), clean(sender.name),
            clean(sender.phone), clean(sender.locale), clean(envelope.dedupe), envelope.kind, clean(envelope.text),
            _content(envelope), envelope.kind in _WORK and not envelope.standby,
        )  # fmt: skip
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    return columns


def _content(envelope: Envelope) -> str:
    content = Content(
        attachments=envelope.attachments, payload=envelope.payload, target=envelope.target, emoji=envelope.emoji,
        provider_message_id=envelope.provider_message_id, provider_time=envelope.provider_time,
        standby=envelope.standby, context=envelope.context,
    )  # fmt: skip
    return as_json(content)


async def amend(resources: Resources, account: Account, edit: Envelope) -> None:
    """The customer edited a message that nobody has answered yet: the answer is to the new text. The edit itself is
    stored beside it, like one that comes too late."""
    await resources.pg.execute(
        """
        UPDATE messages m
        SET text = $3, content = m.content || jsonb_build_object('edited_from', m.text)
        FROM todo t
        WHERE m.account_id = $1 AND m.provider_message_id = $2 AND m.direction = 'in'
          AND t.conversation_id = m.conversation_id AND t.seq = m.seq
        """,
        account.id, clean(edit.target), clean(edit.text),
    )  # fmt: skip
