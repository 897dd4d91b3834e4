"""A person takes a conversation over, answers, and hands it back. Each step bumps the version: the fence.

A bot's answer that is being generated meanwhile was read at an older version, so it cannot be saved any more.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from core.errors import Conflict, NotFound
from core.messages import Part, Struct
from storage import audit
from storage.conversations import OutContent
from storage.resources import Resources

PROVIDER_APP = "provider app"  # a colleague answered in the provider's own app: anybody here may go on


class Held(Struct):
    """A conversation as it is after the step."""

    conversation_id: str
    tenant: str
    channel: str
    version: int
    mode: str
    held_by: str | None


async def takeover(resources: Resources, conversation_id: str, user: str, *, force: bool = False) -> Held:
    """Let `user` hold the conversation; agents are silent from here on. `force` takes it from somebody else.

    Raises NotFound, or Conflict when another person holds it. Taking it again changes nothing.
    """
    async with resources.pg.acquire() as connection, connection.transaction():
        row = await _locked(connection, conversation_id)
        if row["mode"] == "human" and row["held_by"] == user:
            return _held(row)
        if not force:
            _only(row, user, None, PROVIDER_APP)
        note = {"by": user, "since_seq": row["last_seq"], "agent": row["agent"]}
        changed = await connection.fetchrow(
            """UPDATE conversations SET version = version + 1, mode = 'human', held_by = $2,
                 taken_version = CASE WHEN mode = 'bot' THEN version + 1 ELSE taken_version END,
                 state = state || jsonb_build_object('human_stretch', $3::jsonb)
               WHERE id = $1 RETURNING *""",
            conversation_id, user, note,
        )  # fmt: skip
        detail = {"from": row["held_by"] or row["agent"] or "bot"}
        await audit.write(connection, row["tenant_id"], user, "conversation.takeover", conversation_id, detail)
    return _held(changed)


async def release(
    resources: Resources, conversation_id: str, user: str, *, note: str = "", force: bool = False
) -> Held:
    """Hand the conversation back to the agents, with a note that they can read in `state["human_stretch"]`.

    Raises NotFound, or Conflict when another person holds it. Handing back what the bot has changes nothing.
    """
    async with resources.pg.acquire() as connection, connection.transaction():
        row = await _locked(connection, conversation_id)
        if row["mode"] == "bot":
            return _held(row)
        if not force:
            _only(row, user, None, PROVIDER_APP)
        stretch = {
            **row["state"].get("human_stretch", {}), "by": user, "until_seq": row["last_seq"], "note": note,
            "over": True,
        }  # fmt: skip
        changed = await connection.fetchrow(
            """UPDATE conversations SET version = version + 1, mode = 'bot', held_by = NULL, taken_version = NULL,
                 state = state || jsonb_build_object('human_stretch', $2::jsonb)
               WHERE id = $1 RETURNING *""",
            conversation_id, stretch,
        )  # fmt: skip
        detail = {"note": note} if note else {}
        await audit.write(connection, row["tenant_id"], user, "conversation.release", conversation_id, detail)
    return _held(changed)


async def reply(resources: Resources, conversation_id: str, user: str, parts: Sequence[Part]) -> list[int]:
    """Put a person's answer into the outbox, in order; returns the message ids. Only the holder may answer."""
    async with resources.pg.acquire() as connection, connection.transaction():
        row = await _locked(connection, conversation_id)
        if row["mode"] != "human" or row["held_by"] != user:
            raise Conflict(f"take the conversation over before answering: {_holder(row)} has it")
        changed = await connection.fetchrow(
            """UPDATE conversations SET version = version + 1, last_seq = last_seq + $2, last_message_at = now()
               WHERE id = $1 RETURNING *""",
            conversation_id, len(parts),
        )  # fmt: skip
        ids = await connection.fetch(
            _WRITE, conversation_id, changed["last_seq"] - len(parts), changed["version"],
            [part.text for part in parts], [_content(part) for part in parts],
        )  # fmt: skip
        detail = {"messages": [each["id"] for each in ids]}
        await audit.write(connection, row["tenant_id"], user, "conversation.reply", conversation_id, detail)
    return [each["id"] for each in ids]


_WRITE = """
WITH written AS (
  INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, content, status,
                        turn, part)
  SELECT c.tenant_id, c.id, c.account_id, 'out', $2 + p.n, 'human', 'message', p.text, p.content::jsonb, 'pending',
         $3, p.n
  FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS p(text, content, n) JOIN conversations c ON c.id = $1
  RETURNING id, seq, tenant_id
), queued AS (
  INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction)
  SELECT $1, seq, id, tenant_id, 'out' FROM written
) SELECT id FROM written ORDER BY seq
"""


async def _locked(connection: Any, conversation_id: str) -> Any:
    row = await connection.fetchrow("SELECT * FROM conversations WHERE id = $1 FOR NO KEY UPDATE", conversation_id)
    if row is None:
        raise NotFound("there is no such conversation")
    return row


def _only(row: Any, *users: str | None) -> None:
    if row["mode"] == "human" and row["held_by"] not in users:
        raise Conflict(f"{row['held_by']} has this conversation")


def _holder(row: Any) -> str:
    return row["held_by"] or "nobody" if row["mode"] == "human" else "the bot"


def _held(row: Any) -> Held:
    return Held(
        conversation_id=row["id"], tenant=row["tenant_id"], channel=row["channel"], version=row["version"],
        mode=row["mode"], held_by=row["held_by"],
    )  # fmt: skip


def _content(part: Part) -> str:
    return msgspec.json.encode(OutContent(part=part)).decode().replace("\\u0000", "")
