"""Which catalogues wait to be embedded: a row a tenant, with a due time; written by every import, held by one worker.

A catalogue waits when it was written since it was last embedded, or was embedded in another space: another model.
"""

from core.messages import Struct
from storage.resources import Resources


class Held(Struct):
    """A catalogue that this worker embeds, as of `changes`; `holds` tells this hold from later ones."""

    tenant: str
    changes: int
    holds: int
    failures: int  # in a row, before this


async def claim(resources: Resources, space: str, *, lease_seconds: float) -> Held | None:
    """Take the catalogue that is due longest, for so long; it is due again when it is not renewed."""
    row = await resources.pg.fetchrow(_CLAIM, space, lease_seconds)
    return Held(**dict(row)) if row else None


async def renew(resources: Resources, held: Held, *, lease_seconds: float) -> bool:
    """Hold it longer; False when another worker has it meanwhile."""
    return await _update(resources, held, "due_at = now() + $3::float8 * interval '1 second'", lease_seconds)


async def finish(resources: Resources, held: Held, space: str) -> None:
    """It is embedded, as it was when it was taken; what was written since makes it wait again."""
    await _update(
        resources, held, "embedded = $3::bigint, space = $4, failures = 0, error = NULL, due_at = now()",
        held.changes, space,
    )  # fmt: skip


async def later(resources: Resources, held: Held, seconds: float, error: str | None = None) -> None:
    """Give it back, to be due after a while: because of an error, or to let others go first."""
    failures = held.failures + 1 if error else 0
    await _update(
        resources, held, "due_at = now() + $3::float8 * interval '1 second', error = $4, failures = $5",
        seconds, error, failures,
    )  # fmt: skip


async def waiting(resources: Resources, space: str) -> tuple[int, str | None]:
    """How many catalogues wait, and the last error among them."""
    row = await resources.pg.fetchrow(
        """SELECT count(*) AS many, (array_agg(error) FILTER (WHERE error IS NOT NULL))[1] AS error
           FROM catalog_changes WHERE embedded <> changes OR space <> $1""",
        space,
    )
    able = await resources.pg.fetchval(f"SELECT {_ABLE}")
    return int(row["many"]), row["error"] if able else "no pgvector in this PostgreSQL"


async def _update(resources: Resources, held: Held, change: str, *values: object) -> bool:
    statement = f"UPDATE catalog_changes SET {change} WHERE tenant_id = $1 AND holds = $2"
    return str(await resources.pg.execute(statement, held.tenant, held.holds, *values)) == "UPDATE 1"


# Without pgvector there is nowhere to keep what a model would be paid for.
_ABLE = """(SELECT atttypid = to_regtype('halfvec') FROM pg_attribute
  WHERE attrelid = 'catalog_embeddings'::regclass AND attname = 'embedding')"""
_CLAIM = f"""
UPDATE catalog_changes c SET holds = c.holds + 1, due_at = now() + $2::float8 * interval '1 second'
FROM (
  SELECT tenant_id FROM catalog_changes
  WHERE (embedded <> changes OR space <> $1) AND due_at <= now() AND {_ABLE}
  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
) d
WHERE c.tenant_id = d.tenant_id RETURNING c.tenant_id AS tenant, c.changes, c.holds, c.failures
"""
