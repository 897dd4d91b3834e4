"""Stops 5 and 7: read what a turn needs, and save what it decided if nobody was faster."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from core.batch import Batcher
from core.conversation import Conversation, Inbound, Line, Outcome
from core.messages import Attachment, Part, Struct
from storage.resources import OUTAGES, Resources
from storage.storable import as_json, clean

Author = Literal["agent", "human", "system"]
HISTORY = 10  # lines of earlier conversation that a turn sees

_LOAD = f"""
SELECT c.id, c.tenant_id, c.account_id, c.channel, c.peer, c.customer_id, u.name AS customer_name, c.version,
       c.agent, c.mode, c.locale, c.state::text AS state, c.thread,
       c.window_until > now() + coalesce(k.shift, interval '0') AS window_open, k.shift AS clock_shift,
       u.learned::text AS learned, i.seqs, i.ids, i.kinds, i.texts, i.contents, i.times, i.provider_ids, i.attempts,
       o.seqs AS o_seqs, o.ids AS o_ids, o.states AS o_states, o.waits AS o_waits,
       o.contents AS o_contents, o.authors AS o_authors, o.attempts AS o_attempts, o.ages AS o_ages,
       o.workers AS o_workers, o.bulks AS o_bulks,
       h.authors AS h_authors, h.texts AS h_texts, h.times AS h_times
FROM unnest($1::text[]) q(id)
CROSS JOIN LATERAL (SELECT * FROM conversations WHERE id = q.id LIMIT 1) c  -- LIMIT: by the index, never a hash
CROSS JOIN LATERAL (
  SELECT name, profile->'learned' AS learned FROM customers WHERE id = c.customer_id LIMIT 1) u
LEFT JOIN LATERAL (
  SELECT make_interval(secs => offset_seconds) AS shift FROM clocks WHERE tenant_id = c.tenant_id LIMIT 1) k ON true
LEFT JOIN LATERAL (
  SELECT array_agg(t.seq ORDER BY t.seq) AS seqs, array_agg(m.id ORDER BY t.seq) AS ids,
         array_agg(m.kind ORDER BY t.seq) AS kinds, array_agg(m.text ORDER BY t.seq) AS texts,
         array_agg(m.content::text ORDER BY t.seq) AS contents, array_agg(m.created_at ORDER BY t.seq) AS times,
         array_agg(m.provider_message_id ORDER BY t.seq) AS provider_ids, max(t.attempts) AS attempts
  FROM todo t JOIN messages m ON m.id = t.message_id
  WHERE t.conversation_id = c.id AND t.direction = 'in') i ON true
LEFT JOIN LATERAL (
  SELECT array_agg(t.seq ORDER BY t.seq) AS seqs, array_agg(m.id ORDER BY t.seq) AS ids,
         array_agg(t.state ORDER BY t.seq) AS states, array_agg(m.text ORDER BY t.seq) AS texts,
         array_agg(CASE WHEN t.due_at = 'infinity' THEN -1
                        ELSE greatest(0, extract(epoch FROM t.due_at - now())) END::float8 ORDER BY t.seq) AS waits,
         array_agg(m.content::text ORDER BY t.seq) AS contents, array_agg(m.author ORDER BY t.seq) AS authors,
         array_agg(t.attempts::int ORDER BY t.seq) AS attempts, array_agg(t.worker ORDER BY t.seq) AS workers,
         array_agg(t.bulk ORDER BY t.seq) AS bulks,
         array_agg(extract(epoch FROM now() - m.created_at)::float8 ORDER BY t.seq) AS ages
  FROM todo t JOIN messages m ON m.id = t.message_id
  WHERE t.conversation_id = c.id AND t.direction = 'out') o ON true
LEFT JOIN LATERAL (
  SELECT array_agg(x.author ORDER BY x.seq) AS authors, array_agg(x.text ORDER BY x.seq) AS texts,
         array_agg(x.created_at ORDER BY x.seq) AS times
  FROM (SELECT m.author, m.text, m.created_at, m.seq FROM messages m
        WHERE m.conversation_id = c.id AND i.seqs IS NOT NULL AND m.seq < i.seqs[1]
        ORDER BY m.seq DESC LIMIT {HISTORY}) x) h ON true
"""
_COMMIT = """SELECT conversation_id, turn, first_seq, message_ids FROM commit_turns(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"""


class OutContent(Struct):
    """The JSON in messages.content of an outbound row: the part as the channel gets it."""

    part: Part
    money: bool = False


class Outgoing(Struct):
    """One message that waits in a conversation's outbox; `wait_seconds` -1 means held."""

    seq: int
    message_id: int
    state: str
    wait_seconds: float
    part: Part
    author: Author
    money: bool
    attempts: int
    age_seconds: float
    worker: str | None = None  # who is sending it
    bulk: bool = False


class Loaded(Struct):
    """A conversation with everything that waits in it, in both directions."""

    conversation: Conversation
    outgoing: tuple[Outgoing, ...]
    thread: str | None  # References of a mail
    window_open: bool
    last_inbound_id: str | None  # provider's id of the newest inbound message that waits or was just handled
    subject: str | None = None  # of the customer's last mail


class Written(Struct):
    """One reply part as it goes into the outbox; `part.text` stands in the text column."""

    part: Part
    author: Author
    bulk: bool = False
    money: bool = False


class Finished(Struct):
    """A turn to be saved: what was read and what was decided."""

    conversation: Conversation
    outcome: Outcome
    written: tuple[Written, ...]
    result: str  # answered, silent, for_human, dead
    consent: str | None = None  # opted_out, opted_in


class Saved(Struct):
    """A saved turn: its number, the seq of its first reply, and the ids of its replies in order."""

    turn: int
    first_seq: int
    message_ids: tuple[int, ...]


_content = msgspec.json.Decoder(OutContent)


class InContent(Struct):
    """The part of an inbound row's content that a turn reads."""

    attachments: tuple[Attachment, ...] = ()
    payload: str | None = None
    provider_message_id: str | None = None
    context: dict[str, Any] = {}


class Thread(Struct):
    """The JSON in conversations.thread: the customer's last mail."""

    id: str | None = None
    subject: str | None = None
    references: str | None = None


_thread = msgspec.json.Decoder(Thread)
_in_content = msgspec.json.Decoder(InContent)
_json = msgspec.json.Decoder()


class Conversations:
    """Reads and saves conversations, many at a time."""

    def __init__(self, resources: Resources) -> None:
        self._pg, self._clock = resources.pg, resources.clock
        self._loads: Batcher[str, Loaded | None] = Batcher(self._load, most=128, lanes=2)
        self._saves: Batcher[Finished, Saved | Exception | None] = Batcher(self._save, most=128)

    async def load(self, conversation_id: str) -> Loaded | None:
        """Read one conversation with what waits in it; None when there is no such conversation."""
        return await self._loads(conversation_id)

    async def save(self, finished: Finished) -> Saved | None:
        """Save a turn, or return None when somebody changed the conversation since it was read.

        Raises one of OUTAGES when the database is away, and whatever is wrong with the turn's own data.
        """
        result = await self._saves(finished)
        if isinstance(result, Exception):
            raise result
        return result

    async def _load(self, ids: list[str]) -> Sequence[Loaded | None]:
        found = await self._pg.fetch(_LOAD, ids)
        for row in found:  # the tenant's time comes with the data: a turn runs at the time that it was read at
            self._clock.set_offset(row["tenant_id"], row["clock_shift"])
        rows = {row["id"]: _loaded(row) for row in found}
        return [rows.get(id_) for id_ in ids]

    async def _save(self, batch: list[Finished]) -> list[Saved | Exception | None]:
        try:
            return [*await self._save_together(batch)]
        except OUTAGES:
            raise
        except Exception as fault:  # one turn's data cannot be stored: it must not take the others with it
            if len(batch) == 1:
                return [fault]
        return [result for item in batch for result in await self._save([item])]

    async def _save_together(self, batch: list[Finished]) -> Sequence[Saved | None]:
        # Two turns of one conversation cannot both win: the first takes the version.
        first = {item.conversation.id: item for item in reversed(batch)}
        turns = list(first.values())
        rows = await self._pg.fetch(_COMMIT, *_turn_columns(turns), *_reply_columns(turns))
        saved = {
            r["conversation_id"]: Saved(turn=r["turn"], first_seq=r["first_seq"], message_ids=tuple(r["message_ids"]))
            for r in rows
        }
        return [saved.get(item.conversation.id) if first[item.conversation.id] is item else None for item in batch]


def _turn_columns(batch: list[Finished]) -> list[list[Any]]:
    columns: list[list[Any]] = [[] for _ in range(14)]
    for item in batch:
        read, outcome = item.conversation, item.outcome
        values = (
            read.id, read.version, outcome.agent, outcome.mode, outcome.locale, as_json(outcome.state), item.consent,
            read.inbound[0].seq, read.inbound[-1].seq, item.result, outcome.intent, as_json(outcome.trace),
            len(item.written), as_json(outcome.writes) if outcome.writes else None,
        )  # fmt: skip
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    return columns


def _reply_columns(batch: list[Finished]) -> list[list[Any]]:
    columns: list[list[Any]] = [[] for _ in range(6)]
    for item in batch:
        for number, written in enumerate(item.written, 1):
            content = OutContent(part=written.part, money=written.money)
            text = clean(written.part.text)
            values = (item.conversation.id, number, written.author, text, as_json(content), written.bulk)
            for column, value in zip(columns, values, strict=True):
                column.append(value)
    return columns


def _loaded(row: Any) -> Loaded:
    inbound = _inbound(row)
    thread = _thread.decode(row["thread"]) if row["thread"] else Thread()
    return Loaded(
        conversation=Conversation(
            id=row["id"], tenant=row["tenant_id"], account=row["account_id"], channel=row["channel"],
            peer=row["peer"], customer_id=row["customer_id"], customer_name=row["customer_name"],
            version=row["version"], agent=row["agent"], mode=row["mode"], locale=row["locale"],
            state=_json.decode(row["state"]), inbound=inbound, history=_history(row),
            learned=_json.decode(row["learned"]) if row["learned"] else {},
            turn_failures=row["attempts"] or 0,
        ),
        outgoing=_outgoing(row), thread=thread.references, window_open=bool(row["window_open"]),
        last_inbound_id=inbound[-1].provider_message_id if inbound else thread.id, subject=thread.subject,
    )  # fmt: skip


def _inbound(row: Any) -> tuple[Inbound, ...]:
    if row["seqs"] is None:
        return ()
    columns = zip(
        row["seqs"], row["ids"], row["kinds"], row["texts"], row["contents"], row["times"], row["provider_ids"],
        strict=True,
    )  # fmt: skip
    found = []
    for seq, message_id, kind, text, raw, at, provider_id in columns:
        content = _in_content.decode(raw)
        found.append(
            Inbound(
                message_id=message_id,
                seq=seq,
                kind=kind,
                text=text,
                received_at=at,
                attachments=content.attachments,
                payload=content.payload,
                provider_message_id=content.provider_message_id or provider_id,
                context=content.context,
            )
        )
    return tuple(found)


def _history(row: Any) -> tuple[Line, ...]:
    if row["h_authors"] is None:
        return ()
    columns = zip(row["h_authors"], row["h_texts"], row["h_times"], strict=True)
    return tuple(Line(author=author, text=text, at=at) for author, text, at in columns)


def _outgoing(row: Any) -> tuple[Outgoing, ...]:
    if row["o_seqs"] is None:
        return ()
    columns = zip(
        row["o_seqs"], row["o_ids"], row["o_states"], row["o_waits"], row["o_contents"], row["o_authors"],
        row["o_attempts"], row["o_ages"], row["o_workers"], row["o_bulks"],
        strict=True,
    )  # fmt: skip
    found = []
    for seq, message_id, state, wait, raw, author, attempts, age, worker, bulk in columns:
        content = _content.decode(raw)
        found.append(
            Outgoing(
                seq=seq,
                message_id=message_id,
                state=state,
                wait_seconds=wait,
                part=content.part,
                author=author,
                money=content.money,
                attempts=attempts,
                age_seconds=age,
                worker=worker,
                bulk=bulk,
            )
        )
    return tuple(found)
