"""Our connections to PostgreSQL: what asyncpg would ask the server again for each new one, and the tenants' own kind.

asyncpg knows the array types of PostgreSQL no better than those of a user: at the first statement with one, each
connection asks the catalogue, 3 to 10 ms of the server's time a type. They are the same in every database, so one
answer serves all connections, also those of processes that are forked later.
"""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import asyncpg

from core.settings import Settings

# src/include/catalog/pg_type.dat: bool, bytea, smallint, int, bigint, text, varchar, real, double precision, date,
# time, timestamptz, interval, numeric, uuid, json, jsonb
_ARRAYS = frozenset(
    (1000, 1001, 1005, 1007, 1016, 1009, 1015, 1021, 1022, 1182, 1183, 1185, 1187, 1231, 2951, 199, 3807)
)
_NAMED = SimpleNamespace(name="known")  # asyncpg asks whether the look-up went by an unnamed statement: by none
_known: list[Any] = []  # pg_type's rows of _ARRAYS and their elements


class Connection(asyncpg.Connection):  # type: ignore[misc]  # it has no types
    """A connection that asks for no type which another one has asked for already."""

    async def _introspect_types(self, typeoids: Iterable[int], timeout: float | None) -> Any:
        if not _ARRAYS.issuperset(typeoids):
            return await super()._introspect_types(typeoids, timeout)
        if not _known:
            rows, _ = await super()._introspect_types(_ARRAYS, timeout)
            _known[:] = rows
        return _known, _NAMED


class TenantConnection(Connection):
    """A connection of the tenants' role; it knows whose rows it sees, and tells the server only of a change."""

    _tenant: str | None = None

    async def see_only(self, tenant: str) -> None:
        """See this tenant's rows until another one is named; a transaction may name one for itself alone."""
        if self._tenant != tenant:
            self._tenant = None  # unknown until the server has answered
            await self.fetchval("SELECT set_config('orkesta.tenant', $1, false)", tenant)
            self._tenant = tenant


async def learn_types(settings: Settings) -> None:
    """Ask for the types now, so that processes which are forked later need not. Raises what connecting raises."""
    connection = await asyncpg.connect(settings.database_url, connection_class=Connection, timeout=10)
    try:
        await connection.prepare("SELECT $1::text[], $2::bigint[]")
    finally:
        await connection.close()
