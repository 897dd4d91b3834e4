"""What models answered and what it cost: kept before an answer is used, read again when its turn is repeated."""

from collections.abc import Sequence
from typing import Any

from core.batch import Batcher
from core.clock import Clock
from core.model_calls import ModelCall
from storage.storable import as_json

_FRESH_SECONDS = 5.0  # how old a month's sum may be, besides what this process spent itself
_KEEP = """
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
                       $8::text[], $9::text[], $10::text[], $11::int[], $12::int[], $13::int[], $14::bigint[])
    AS g(tenant_id, conversation_id, from_seq, call, task, agent, tier, model, answer, prompt, prompt_tokens,
         completion_tokens, latency_ms, cost_micros)
), kept AS (
  INSERT INTO llm_calls (tenant_id, conversation_id, from_seq, call, task, agent, tier, model, answer, prompt,
                         prompt_tokens, completion_tokens, latency_ms, cost_micros)
  SELECT tenant_id, conversation_id, from_seq, call, task, agent, tier, model, answer::jsonb, prompt, prompt_tokens,
         completion_tokens, latency_ms, cost_micros FROM given
  ON CONFLICT DO NOTHING
  RETURNING tenant_id, tier, model, prompt_tokens, completion_tokens, cost_micros
)
INSERT INTO llm_spend AS s (tenant_id, month, tier, model, calls, prompt_tokens, completion_tokens, cost_micros)
SELECT tenant_id, date_trunc('month', now())::date, tier, model, count(*), sum(prompt_tokens), sum(completion_tokens),
       sum(cost_micros)
FROM kept GROUP BY tenant_id, tier, model ORDER BY tenant_id, tier, model  -- one order of locks for all processes
ON CONFLICT (tenant_id, month, tier, model) DO UPDATE
SET calls = s.calls + excluded.calls, prompt_tokens = s.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = s.completion_tokens + excluded.completion_tokens,
    cost_micros = s.cost_micros + excluded.cost_micros
"""


class LlmCalls:
    """The calls of all tenants, as one process keeps them: concurrent ones share a commit."""

    def __init__(self, pg: Any) -> None:
        self._pg = pg
        self._keeps: Batcher[ModelCall, None] = Batcher(self._keep, most=128)
        self._sums: dict[str, tuple[float, int]] = {}  # tenant → until when it is fresh, micros of this month

    async def find(self, conversation: str, from_seq: int, call: str) -> dict[str, Any] | None:
        """What a model already answered to this question of this turn."""
        found: dict[str, Any] | None = await self._pg.fetchval(
            "SELECT answer FROM llm_calls WHERE conversation_id = $1 AND from_seq = $2 AND call = $3",
            conversation, from_seq, call,
        )  # fmt: skip
        return found

    async def keep(self, call: ModelCall) -> None:
        """Store a call; raises the database's error, and then the answer must not be used."""
        await self._keeps(call)

    async def spent(self, tenant: str) -> int:
        """Micros that the tenant's models cost this month (UTC), a few seconds old at most."""
        known = self._sums.get(tenant)
        if known and known[0] > Clock.monotonic():
            return known[1]
        micros = await self._pg.fetchval(
            """SELECT coalesce(sum(cost_micros), 0)::bigint FROM llm_spend
               WHERE tenant_id = $1 AND month = date_trunc('month', now())::date""",
            tenant,
        )
        self._sums[tenant] = (Clock.monotonic() + _FRESH_SECONDS, micros)
        return int(micros)

    async def _keep(self, batch: list[ModelCall]) -> Sequence[None]:
        columns = [list(column) for column in zip(*map(_columns, batch), strict=True)]
        await self._pg.execute(_KEEP, *columns)
        for call in batch:
            if known := self._sums.get(call.tenant):
                self._sums[call.tenant] = (known[0], known[1] + call.cost_micros)
        return [None] * len(batch)


def _columns(call: ModelCall) -> tuple[Any, ...]:
    return (
        call.tenant, call.conversation, call.from_seq, call.call, call.task, call.agent, call.tier, call.model,
        as_json(call.answer), call.prompt, call.prompt_tokens, call.completion_tokens, call.latency_ms,
        call.cost_micros,
    )  # fmt: skip


async def spending(resources: Any, of: list[str] | None, *, months: int = 3) -> list[dict[str, Any]]:
    """What models cost, by tenant, month, tier and model: the newest month first."""
    rows = await resources.pg.fetch(
        """SELECT tenant_id AS tenant, month, tier, model, calls, prompt_tokens, completion_tokens, cost_micros
           FROM llm_spend WHERE ($1::text[] IS NULL OR tenant_id = ANY ($1))
             AND month > date_trunc('month', now()) - make_interval(months => $2)
           ORDER BY month DESC, tenant_id, tier, model""",
        of, months,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def experiment(resources: Any, tenant: str, *, days: int = 30) -> list[dict[str, Any]]:
    """How each version of the prompts did: conversations, how many ended with a person, and what they cost.

    Resolved is a conversation that the version answered and that no person had to take over meanwhile.
    """
    rows = await resources.pg.fetch(
        """
        WITH calls AS (
          SELECT prompt, conversation_id, min(at) AS since, count(*) AS calls, sum(cost_micros) AS cost,
                 sum(prompt_tokens + completion_tokens) AS tokens, avg(latency_ms) AS latency
          FROM llm_calls WHERE tenant_id = $1 AND at > now() - make_interval(days => $2) AND prompt <> ''
          GROUP BY prompt, conversation_id
        ), judged AS (
          SELECT c.*, EXISTS (SELECT 1 FROM turns t WHERE t.conversation_id = c.conversation_id
                              AND t.outcome = 'for_human' AND t.at >= c.since - interval '1 minute') AS handed_off
          FROM calls c
        )
        SELECT prompt AS version, count(*)::int AS conversations, count(*) FILTER (WHERE handed_off)::int AS handed_off,
               count(*) FILTER (WHERE NOT handed_off)::int AS resolved,
               round(count(*) FILTER (WHERE NOT handed_off)::numeric / count(*), 4)::float8 AS resolution,
               sum(calls)::int AS calls, sum(tokens)::bigint AS tokens, sum(cost)::bigint AS cost_micros,
               round(avg(latency))::int AS latency_ms
        FROM judged GROUP BY prompt ORDER BY prompt
        """,
        tenant, days,
    )  # fmt: skip
    return [dict(row) for row in rows]
