"""What models cost and how the prompts' versions do, as the tower tells it."""

from core.model_calls import ModelCall
from storage.llm_calls import LlmCalls


def made(conversation: str, prompt: str, cost: int) -> ModelCall:
    return ModelCall(
        tenant="acme", conversation=conversation, from_seq=1, call="c", task="phrase", agent="sales", tier="groq",
        model="m", answer={}, prompt=prompt, prompt_tokens=10, completion_tokens=5, latency_ms=200, cost_micros=cost,
    )  # fmt: skip


async def test_two_versions_are_compared_by_resolution_hand_off_and_cost(call, resources, people):
    calls = LlmCalls(resources.pg)
    for name, prompt, cost in (("a", "v1", 100), ("b", "v1", 200), ("c", "v2", 50)):
        await calls.keep(made(name, prompt, cost))
    await resources.pg.execute(
        """INSERT INTO turns (conversation_id, turn, tenant_id, from_seq, to_seq, outcome)
           VALUES ('b', 2, 'acme', 3, 3, 'for_human')"""
    )
    body = {"tenant": "acme", "versions": ["v1", "v2"]}
    status, told = await call("boss", "POST", "/api/prompts/experiment", body)
    assert status == 200
    assert told["versions"] == ["v1", "v2"]
    one, two = told["results"]
    assert (one["version"], one["conversations"], one["handed_off"], one["resolution"]) == ("v1", 2, 1, 0.5)
    assert (one["cost_micros"], two["cost_micros"], two["resolution"]) == (300, 50, 1.0)
    assert (await call("vic", "GET", "/api/prompts?tenant=acme"))[1]["results"] == told["results"]


async def test_spending_is_shown_beside_the_budget_and_only_to_the_tenants_own_people(call, resources, people):
    await LlmCalls(resources.pg).keep(made("a", "v1", 100))
    _, told = await call("vic", "GET", "/api/models/usage")
    assert told["budgets_micros"] == {"acme": 50_000_000}
    assert [(row["tier"], row["calls"], row["cost_micros"]) for row in told["usage"]] == [("groq", 1, 100)]
    _, told = await call("far", "GET", "/api/models/usage")
    assert told["usage"] == []
    assert (await call("far", "GET", "/api/prompts?tenant=acme"))[0] == 404


async def test_only_an_admin_begins_an_experiment_and_it_has_two_different_versions(call, people):
    path, body = "/api/prompts/experiment", {"tenant": "acme", "versions": ["v1", "v2"]}
    assert (await call("ana", "POST", path, body))[0] == 403
    assert (await call("boss", "POST", path, {**body, "versions": ["v1", "v1"]}))[0] == 422
    assert (await call("boss", "POST", path, {**body, "versions": ["../x"]}))[0] == 422


async def test_an_admin_sets_a_tenants_budget_and_takes_it_back(call, resources, people):
    path = "/api/models/budget"
    assert (await call("ana", "POST", path, {"tenant": "acme", "usd": 1}))[0] == 403
    assert (await call("boss", "POST", path, {"tenant": "acme", "usd": -1}))[0] == 422
    assert (await call("boss", "POST", path, {"tenant": "acme", "usd": 12.5}))[1]["llm_budget_usd"] == 12.5
    assert (await call("vic", "GET", "/api/models/usage"))[1]["budgets_micros"] == {"acme": 12_500_000}
    assert (await call("boss", "POST", path, {"tenant": "acme", "usd": None}))[1]["llm_budget_usd"] is None
    assert await resources.pg.fetchval("SELECT count(*) FROM audit_log WHERE action = 'tenant.configure'") == 2
