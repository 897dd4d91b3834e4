"""Rows that tests of the business tables need."""

from typing import Any

from storage import tenants


async def make_tenant(resources: Any, tenant: str = "acme", **more: Any) -> None:
    await tenants.create(resources, tenant, name=tenant, environment="sandbox", **more)


async def make_customer(resources: Any, tenant: str = "acme", name: str = "Ana", **profile: Any) -> int:
    made: int = await resources.pg.fetchval(
        "INSERT INTO customers (tenant_id, name, profile) VALUES ($1, $2, $3) RETURNING id", tenant, name, profile
    )
    return made
