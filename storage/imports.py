"""Uploaded catalogue files: one row each, worked off by any worker, one at a time for a tenant."""

import asyncio
import hashlib
import uuid
from datetime import datetime
from typing import Any

import msgspec

from core.clock import Clock, rfc3339
from core.errors import Conflict, NotFound
from core.messages import Struct
from storage import audit
from storage.catalog_import import Imported
from storage.media_store import MediaStore
from storage.resources import Resources

_LOOK_SECONDS = 0.15
ATTEMPTS = 3  # a file that ends its worker that often is given up


class Import(Struct, omit_defaults=False):
    """One file. `rows` were read so far, of about `total`; `result` is a catalog_import.Imported when it is done."""

    tenant: str
    id: str
    file_name: str
    key: str
    by: str
    dry_run: bool
    status: str
    rows: int
    result: dict[str, Any]
    error: str | None
    attempts: int
    created_at: datetime
    finished_at: datetime | None

    @property
    def settled(self) -> bool:
        return self.status in ("done", "failed")

    def shown(self) -> dict[str, Any]:
        """The import on the wire; `progress` is the part of the file that was read, 0 to 1."""
        total = max(self.result.get("total", 0), self.rows)
        progress = 1.0 if self.status == "done" else round(self.rows / total, 3) if total else 0.0
        result = {"imported": 0, "refused": 0, "errors": [], "ignored_columns": [], **self.result}
        return {
            "id": self.id, "tenant": self.tenant, "file": self.file_name, "dry_run": self.dry_run,
            "status": self.status, "progress": progress, "rows": self.rows,
            **{name: result[name] for name in ("imported", "refused", "errors", "ignored_columns")},
            "error": self.error, "created_at": rfc3339(self.created_at),
            "finished_at": rfc3339(self.finished_at) if self.finished_at else None,
        }  # fmt: skip


async def put(
    resources: Resources, tenant: str, *, by: str, file_name: str, data: bytes, dry_run: bool = False,
    request: str | None = None,
) -> Import:  # fmt: skip
    """Store the file to be imported. The same `request` is the same import, and so is a file that still waits.

    Raises Conflict when a `request` comes back with another file.
    """
    key = await MediaStore(resources.settings.home).put(data)
    new = hashlib.sha256(f"{tenant}/{request}".encode()).hexdigest()[:32] if request else uuid.uuid4().hex
    async with resources.tenant_connection(tenant) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 827192))", tenant)
        known = await connection.fetchrow(_SAME, tenant, new, key, dry_run, request is not None)
        if known:
            if (known["key"], known["dry_run"]) != (key, dry_run):
                raise Conflict("this Idempotency-Key was used for another file")
            return _import(known)
        made = await connection.fetchrow(_INSERT, tenant, new, file_name, key, by, dry_run)
    await audit.write(
        resources.pg, tenant, by, "catalog.import", new, {"file": file_name, "dry_run": dry_run, "bytes": len(data)}
    )
    return _import(made)


async def get(resources: Resources, tenant: str, import_id: str) -> Import:
    """One import of a tenant; raises NotFound."""
    async with resources.tenant_connection(tenant) as connection:
        row = await connection.fetchrow("SELECT * FROM imports WHERE tenant_id = $1 AND id = $2", tenant, import_id)
    if row is None:
        raise NotFound("there is no such import")
    return _import(row)


async def settled(resources: Resources, tenant: str, import_id: str, seconds: float) -> Import:
    """The import once it is over, or as it is after this long."""
    deadline = Clock.monotonic() + seconds
    while True:
        found = await get(resources, tenant, import_id)
        if found.settled or Clock.monotonic() >= deadline:
            return found
        await asyncio.sleep(_LOOK_SECONDS)


async def tenant_of(resources: Resources, import_id: str) -> str:
    """Whose it is; raises NotFound."""
    found = await resources.pg.fetchval("SELECT tenant_id FROM imports WHERE id = $1", import_id)
    if found is None:
        raise NotFound("there is no such import")
    return str(found)


async def listed(resources: Resources, tenants: list[str] | None, *, most: int = 50) -> list[Import]:
    """The newest imports."""
    rows = await resources.pg.fetch(
        "SELECT * FROM imports WHERE $1::text[] IS NULL OR tenant_id = ANY ($1) ORDER BY created_at DESC LIMIT $2",
        tenants, most,
    )  # fmt: skip
    return [_import(row) for row in rows]


async def claim(resources: Resources, *, lease_seconds: float) -> Import | None:
    """Take the oldest one that is due, of a tenant of which none is under way."""
    async with resources.pg.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(827193)")
        await connection.execute(_GIVE_UP, ATTEMPTS)
        row = await connection.fetchrow(_CLAIM, lease_seconds)
    return _import(row) if row else None


async def progress(resources: Resources, held: Import, rows: int, total: int, *, lease_seconds: float) -> bool:
    """Tell how far it has come; False when another worker has taken it meanwhile."""
    done = await resources.pg.execute(
        """UPDATE imports SET rows = $4, result = jsonb_build_object('total', $5::int),
             due_at = now() + $6::float8 * interval '1 second'
           WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND status = 'running'""",
        held.tenant, held.id, held.attempts, rows, total, lease_seconds,
    )  # fmt: skip
    return str(done) == "UPDATE 1"


async def finish(resources: Resources, held: Import, result: Imported | None, error: str | None = None) -> None:
    """Write down the end."""
    await resources.pg.execute(
        """UPDATE imports SET status = $4, rows = coalesce($5, rows), result = $6, error = $7, finished_at = now()
           WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND status = 'running'""",
        held.tenant, held.id, held.attempts, "failed" if error else "done", result.rows if result else None,
        msgspec.to_builtins(result) if result else {}, error,
    )  # fmt: skip


def _import(row: Any) -> Import:
    return Import(tenant=row["tenant_id"], **{name: row[name] for name in Import.__struct_fields__ if name != "tenant"})


_SAME = """
SELECT * FROM imports WHERE tenant_id = $1
  AND (id = $2 OR (NOT $5 AND key = $3 AND dry_run = $4 AND status IN ('waiting', 'running'))) LIMIT 1
"""
_INSERT = """
INSERT INTO imports (tenant_id, id, file_name, key, by, dry_run) VALUES ($1, $2, $3, $4, $5, $6) RETURNING *
"""
_GIVE_UP = """
UPDATE imports SET status = 'failed', finished_at = now(), error = 'the import broke off ' || attempts || ' times'
WHERE status = 'running' AND due_at <= now() AND attempts >= $1
"""
_CLAIM = """
UPDATE imports i SET status = 'running', attempts = i.attempts + 1, due_at = now() + $1::float8 * interval '1 second'
FROM (
  SELECT w.tenant_id, w.id FROM imports w
  WHERE w.status IN ('waiting', 'running') AND w.due_at <= now() AND NOT EXISTS (
    SELECT 1 FROM imports r WHERE r.tenant_id = w.tenant_id AND r.status = 'running' AND r.due_at > now())
  ORDER BY w.created_at LIMIT 1
) d
WHERE i.tenant_id = d.tenant_id AND i.id = d.id RETURNING i.*
"""
