"""What is to be fetched for which message, and what became of it: the rows of the table `media`."""

from typing import Any

import msgspec

from core.messages import Attachment, Struct
from storage.resources import Resources

_CLAIM = """
WITH due AS (
  SELECT message_id, index FROM media WHERE status = 'due' AND due_at <= now()
  ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE media f SET attempts = f.attempts + 1, due_at = now() + make_interval(secs => $2)
  FROM due d WHERE f.message_id = d.message_id AND f.index = d.index
  RETURNING f.message_id, f.index, f.tenant_id, f.account_id, f.attempts
)
SELECT c.*, (m.content -> 'attachments' -> c.index::int)::text AS attachment
FROM claimed c JOIN messages m ON m.id = c.message_id ORDER BY c.message_id, c.index
"""


class DueFile(Struct, frozen=True):
    """One attachment to fetch; `attempts` counts this one."""

    message_id: int
    index: int
    tenant: str
    account_id: str
    attempts: int
    attachment: Attachment


class StoredFile(Struct, frozen=True):
    """One attachment as people see it: its bytes are in the store under `key` when `status` is `stored`."""

    message_id: int
    index: int
    status: str
    key: str | None = None
    mime: str | None = None
    size: int | None = None
    error: str | None = None


async def claim(resources: Resources, *, most: int, lease_seconds: float) -> list[DueFile]:
    """Take due files, oldest first; one whose taker dies is due again when the lease lapses."""
    rows = await resources.pg.fetch(_CLAIM, most, lease_seconds)
    return [
        DueFile(
            message_id=row["message_id"],
            index=row["index"],
            tenant=row["tenant_id"],
            account_id=row["account_id"],
            attempts=row["attempts"],
            attachment=msgspec.json.decode(row["attachment"], type=Attachment),
        )
        for row in rows
    ]


async def renew(resources: Resources, files: list[DueFile], *, lease_seconds: float) -> None:
    """Hold on to files that are still being fetched; one that was settled or put off meanwhile stays as it is."""
    await resources.pg.execute(
        """UPDATE media f SET due_at = greatest(f.due_at, now() + make_interval(secs => $3))
           FROM unnest($1::bigint[], $2::int[]) h (message_id, index)
           WHERE f.message_id = h.message_id AND f.index = h.index AND f.status = 'due'""",
        [file.message_id for file in files], [file.index for file in files], lease_seconds,
    )  # fmt: skip


async def keep(
    resources: Resources, file: DueFile, *, key: str, mime: str, size: int, error: str | None = None
) -> None:
    """Write down that the bytes are in the store."""
    await _settle(
        resources, file, "status = 'stored', key = $3, mime = $4, size = $5, error = $6, stored_at = now()",
        key, mime, size, error,
    )  # fmt: skip


async def postpone(resources: Resources, file: DueFile, *, seconds: float, error: str, free: bool = False) -> None:
    """Try again later; `free` gives the attempt back, for what is no fault of the file."""
    change = "due_at = now() + make_interval(secs => $3), error = $4, attempts = attempts - $5"
    await _settle(resources, file, change, seconds, error, 1 if free else 0)


async def give_up(resources: Resources, file: DueFile, *, error: str) -> None:
    """This file will not come."""
    await _settle(resources, file, "status = 'failed', error = $3", error)


async def _settle(resources: Resources, file: DueFile, change: str, *values: Any) -> None:
    await resources.pg.execute(
        f"UPDATE media SET {change} WHERE message_id = $1 AND index = $2 AND status = 'due'",
        file.message_id, file.index, *values,
    )  # fmt: skip


async def of_messages(connection: Any, message_ids: list[int]) -> list[StoredFile]:
    """The files of these messages, as this connection may see them."""
    rows = await connection.fetch(
        """SELECT message_id, index, status, key, mime, size, error FROM media
           WHERE message_id = ANY ($1::bigint[]) ORDER BY message_id, index""",
        message_ids,
    )
    return [msgspec.convert(dict(row), StoredFile) for row in rows]
