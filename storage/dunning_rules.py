"""How a tenant reminds: its rules stage by stage and its calendar, read and changed by people."""

from collections.abc import Sequence
from typing import Any

import msgspec

from core.dunning import Policy, Rule, policy
from core.errors import Invalid, NotFound
from storage import audit
from storage.resources import Resources


async def listed(resources: Resources, tenant: str) -> tuple[list[Rule], Policy]:
    """The rules in the order of their stages, and what the tenant's settings say. Raises NotFound."""
    settings = await resources.pg.fetchval("SELECT settings FROM tenants WHERE id = $1", tenant)
    if settings is None:
        raise NotFound(f"there is no tenant {tenant!r}")
    rows = await resources.pg.fetch("SELECT * FROM dunning_rules WHERE tenant_id = $1 ORDER BY stage", tenant)
    return [msgspec.convert(dict(row), Rule, strict=False) for row in rows], policy(settings)


async def change(
    resources: Resources, tenant: str, rules: Sequence[Rule], settings: dict[str, Any] | None, actor: str
) -> None:
    """Put these stages' rules and these settings in place of the ones before; every open invoice is planned anew."""
    if settings is not None:
        try:
            msgspec.convert(settings, Policy)
        except msgspec.ValidationError as fault:
            raise Invalid(f"policy: {fault}") from None
    async with resources.pg.acquire() as connection, connection.transaction():
        if rules:
            await connection.executemany(_PUT, [(tenant, *_row(rule)) for rule in rules])
        if settings is not None:
            await connection.execute(
                """UPDATE tenants SET settings = jsonb_set(settings, '{dunning}',
                     coalesce(settings -> 'dunning', '{}') || $2::jsonb) WHERE id = $1""",
                tenant, settings,
            )  # fmt: skip
        await connection.execute(
            """UPDATE invoices SET dunning_at = '-infinity'
               WHERE tenant_id = $1 AND status IN ('open', 'partially_paid') AND dunning_at <> '-infinity'""",
            tenant,
        )
        detail = {"rules": msgspec.to_builtins(list(rules)), "policy": settings}
        await audit.write(connection, tenant, actor, "dunning.rules", tenant, detail)


def _row(rule: Rule) -> tuple[Any, ...]:
    return (
        rule.stage, rule.channel, rule.templates, rule.hour, rule.enabled, rule.throttle_hours, rule.fallback_channel,
        rule.fallback_after_hours,
    )  # fmt: skip


_PUT = """
INSERT INTO dunning_rules (tenant_id, stage, channel, templates, hour, enabled, throttle_hours, fallback_channel,
                           fallback_after_hours) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, stage) DO UPDATE
SET channel = excluded.channel, templates = excluded.templates, hour = excluded.hour, enabled = excluded.enabled,
    throttle_hours = excluded.throttle_hours, fallback_channel = excluded.fallback_channel,
    fallback_after_hours = excluded.fallback_after_hours
"""
