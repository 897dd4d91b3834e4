"""Running numbers of a tenant: `C-1001` for a quote, `P-1046` for an order; taken at once, so that gaps are normal."""

from typing import Any

# What a number begins with, by the tenant's language, unless its settings say `quote_prefix` or `order_prefix`.
_PREFIXES = {
    "quotes": {"es": "C", "en": "Q", "pt": "O"},
    "orders": {"es": "P", "en": "O", "pt": "P"},
    "tickets": {"es": "T", "en": "T", "pt": "T"},
    "returns": {"es": "D", "en": "RMA", "pt": "D"},
    "withdrawals": {"es": "R", "en": "W", "pt": "S"},
    "credit_notes": {"es": "NC", "en": "CN", "pt": "NC"},
}
_SETTING = {
    "quotes": "quote_prefix", "orders": "order_prefix", "tickets": "ticket_prefix", "returns": "return_prefix",
    "withdrawals": "withdrawal_prefix", "credit_notes": "credit_note_prefix",
}  # fmt: skip
_COLUMN = {"credit_notes": ("returns", "credit_note")}  # where the numbers stand, if not in `number` of their own table
_FIRST = 1000


async def take(connection: Any, tenant: str, what: str) -> str:
    """The next number of `what`, such as `quotes`; the first one comes after all that are there already."""
    named = await connection.fetchrow(
        "SELECT locale, settings->>$2::text AS prefix FROM tenants WHERE id = $1", tenant, _SETTING[what]
    )
    table, column = _COLUMN.get(what, (what, "number"))
    value = await connection.fetchval(
        f"""INSERT INTO counters AS c (tenant_id, name, value)
            SELECT $1::varchar, $2::varchar,
              1 + greatest($3::bigint, max(left(substring({column} FROM '[0-9]+$'), 15)::bigint))
            FROM {table} WHERE tenant_id = $1::varchar
            ON CONFLICT (tenant_id, name) DO UPDATE SET value = c.value + 1 RETURNING c.value""",
        tenant, what, _FIRST,
    )  # fmt: skip
    return f"{named['prefix'] or _PREFIXES[what][named['locale']]}-{value}"
