"""A tenant's optional settings: changed one by one, taken back, and written to the audit log."""

import pytest

from core.errors import NotFound
from storage import tenants
from storage.resources import Resources


async def test_a_setting_is_changed_and_taken_back_without_touching_the_others(resources: Resources) -> None:
    await tenants.create(resources, "acme", name="Acme", settings={"hours": "9-18"})
    changed = await tenants.configure(resources, "acme", "ana", {"llm_budget_usd": 2.5, "prompts": ["v1", "v2"]})
    assert (changed.llm_budget_usd, changed.prompts, changed.hours) == (2.5, ("v1", "v2"), "9-18")
    back = await tenants.configure(resources, "acme", "ana", {"llm_budget_usd": None})
    assert (back.llm_budget_usd, back.prompts, back.hours) == (None, ("v1", "v2"), "9-18")
    written = await resources.pg.fetch("SELECT actor FROM audit_log WHERE action = 'tenant.configure'")
    assert [row["actor"] for row in written] == ["ana", "ana"]


async def test_a_tenant_that_does_not_exist_is_not_made(resources: Resources) -> None:
    with pytest.raises(NotFound):
        await tenants.configure(resources, "nobody", "ana", {"llm_budget_usd": 1.0})
