"""Liveness, readiness and metrics of the API process."""

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from redis.exceptions import RedisError

from storage import model_health, sweep
from storage.resources import Resources

router = APIRouter()
_OLDEST_SECONDS = 10.0  # a message that waits longer means that nobody works


@router.get("/health")
async def health() -> dict[str, str]:
    """Alive: no dependency is asked."""
    return {"status": "ok"}


@router.get("/health/ready")
async def ready(request: Request, response: Response) -> dict[str, Any]:
    """Each dependency, the backlog's age and the workers; 503 when anything is degraded.

    A model tier that is open degrades nothing: the next tier answers, and the offline one always does.
    """
    resources: Resources = request.app.state.resources
    checks: dict[str, Any] = {"postgres": "ok", "redis": "ok"}
    try:
        checks["backlog"] = await sweep.backlog(resources)
    except Exception as fault:  # whatever keeps us from asking is what readiness must tell
        checks["postgres"] = type(fault).__name__
    try:
        await resources.redis.ping()
    except (RedisError, OSError) as fault:
        checks["redis"] = type(fault).__name__
    checks["models"] = {**await model_health.breakers(resources), "offline": {"state": "closed"}}
    backlog = checks.get("backlog", {})
    checks["workers"] = int(backlog.get("workers", 0))
    checks["oldest_unanswered_seconds"] = round(backlog.get("oldest_seconds", 0.0), 1)
    fine = (
        checks["postgres"] == checks["redis"] == "ok"
        and checks["workers"] > 0
        and checks["oldest_unanswered_seconds"] < _OLDEST_SECONDS
    )
    response.status_code = 200 if fine else 503
    return {"status": "ok" if fine else "degraded", **checks}


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus: webhook answers of this process, the backlog, and the model tiers."""
    registry = CollectorRegistry()
    answers = Gauge("orkesta_webhook_answers", "Webhook requests answered", ["route", "status"], registry=registry)
    for key, count in request.app.state.inbound.counts.items():
        route, _, status = key.partition(":")
        answers.labels(route, status).set(count)
    waits = Gauge("orkesta_backlog", "What waits in the todo table, by state or measure", ["what"], registry=registry)
    for what, value in (await sweep.backlog(request.app.state.resources)).items():
        waits.labels(what).set(value)
    await _models(request.app.state.resources, registry)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


async def _models(resources: Resources, registry: CollectorRegistry) -> None:
    names = ["tier", "outcome"]
    tries = Counter("orkesta_llm_attempts", "Attempts at a model tier, by outcome", names, registry=registry)
    seconds = Counter("orkesta_llm_attempt_seconds", "Seconds that they took", names, registry=registry)
    for tier, outcome, count, took in await model_health.attempts(resources):
        tries.labels(tier, outcome).inc(count)
        seconds.labels(tier, outcome).inc(took)
    state = Gauge("orkesta_llm_breaker", "Breaker of a tier: 1 for its state", ["tier", "state"], registry=registry)
    for tier, found in (await model_health.breakers(resources)).items():
        for name in model_health.STATES:
            state.labels(tier, name).set(found["state"] == name)
    tokens = Gauge("orkesta_llm_tokens_month", "Tokens this month (UTC)", ["tier", "model"], registry=registry)
    cost = Gauge("orkesta_llm_cost_usd_month", "US dollars this month (UTC)", ["tier", "model"], registry=registry)
    for tier, model, used, micros in await model_health.spent(resources):
        tokens.labels(tier, model).set(used)
        cost.labels(tier, model).set(micros / 1_000_000)
