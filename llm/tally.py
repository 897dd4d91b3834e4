"""Counts every attempt at a tier, for /metrics: a Redis hash that all processes add to, and that may be lost."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from redis.exceptions import RedisError

from core import keys
from llm.base import Attempt

_REDIS_SECONDS = 0.2


async def count(redis: Any, attempts: Sequence[Attempt]) -> None:
    """Add these attempts and their milliseconds; whatever Redis says, the answer goes on."""
    if redis is None or not attempts:
        return
    with contextlib.suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(_REDIS_SECONDS), redis.pipeline(transaction=False) as together:
            for attempt in attempts:
                together.hincrby(keys.MODEL_ATTEMPTS, f"{attempt.tier} {attempt.outcome}", 1)
                together.hincrby(keys.MODEL_MILLIS, f"{attempt.tier} {attempt.outcome}", attempt.ms)
            await together.execute()
