"""What the workers found out about the model tiers, for readiness and metrics: read from Redis, where they share it."""

from typing import Any

from redis.exceptions import RedisError

from core import keys
from core.clock import Clock
from storage.resources import Resources

STATES = ("closed", "half-open", "open")


async def breakers(resources: Resources) -> dict[str, dict[str, Any]]:
    """The breaker of each configured tier: state, and while it is not closed the reason and the seconds left."""
    settings = resources.settings
    names = [*settings.model_tiers, *(f"{tier}-speech" for tier in settings.hearing_tiers)]
    names += ["embeddings"] if settings.embedding_model else []
    if not names:
        return {}
    try:
        async with resources.redis.pipeline(transaction=False) as together:
            for name in names:
                together.hmget(keys.breaker(name), ["until", "failures", "reason"])
            found = await together.execute()
    except (RedisError, OSError):
        return {name: {"state": "unknown"} for name in names}
    return {name: _breaker(*row) for name, row in zip(names, found, strict=True)}


def _breaker(until: bytes | None, failures: bytes | None, reason: bytes | None) -> dict[str, Any]:
    told: dict[str, Any] = {"state": "closed", "failures": int(failures or 0)}
    if until:
        seconds = (int(float(until)) - Clock.millis()) / 1000
        told |= {"state": "open" if seconds > 0 else "half-open", "reason": (reason or b"").decode()}
        told["seconds"] = max(0, round(seconds))
    return told


async def attempts(resources: Resources) -> list[tuple[str, str, int, float]]:
    """Tier, outcome, attempts and their seconds since Redis began to count; empty without Redis."""
    try:
        async with resources.redis.pipeline(transaction=False) as together:
            together.hgetall(keys.MODEL_ATTEMPTS)
            together.hgetall(keys.MODEL_MILLIS)
            counts, millis = await together.execute()
    except (RedisError, OSError):
        return []
    rows = []
    for name, count in sorted(counts.items()):
        tier, _, outcome = name.decode().partition(" ")
        rows.append((tier, outcome, int(count), int(millis.get(name, 0)) / 1000))
    return rows


async def spent(resources: Resources) -> list[tuple[str, str, int, int]]:
    """Tier, model, tokens and micros of this month (UTC), all tenants together."""
    rows = await resources.pg.fetch(
        """SELECT tier, model, sum(prompt_tokens + completion_tokens)::bigint AS tokens,
                  sum(cost_micros)::bigint AS micros
           FROM llm_spend WHERE month = date_trunc('month', now())::date GROUP BY tier, model ORDER BY tier, model"""
    )
    return [(row["tier"], row["model"], row["tokens"], row["micros"]) for row in rows]
