"""What a call costs, by the configured list; a dollar per million tokens is a millionth of a dollar per token."""

import math
from collections.abc import Mapping

Prices = Mapping[str, tuple[float, float]]


def cost(prices: Prices, tier: str, model: str, prompt_tokens: int, completion_tokens: int) -> int:
    """Micros of a call, rounded up; the longest name that the model's begins with decides."""
    paid, returned = _of(prices, tier, model)
    return math.ceil(prompt_tokens * paid + completion_tokens * returned)


def speech_cost(prices: Prices, tier: str, model: str, seconds: float) -> int:
    """Micros of a transcription: the list names dollars per hour; ten seconds are the least that is billed."""
    per_hour, _ = _of(prices, tier, model)
    return math.ceil(max(seconds, 10.0) / 3600 * per_hour * 1_000_000)


def _of(prices: Prices, tier: str, model: str) -> tuple[float, float]:
    names = [name for name in prices if model.startswith(name)]
    return prices[max(names, key=len)] if names else prices.get(tier) or prices.get("*", (0.0, 0.0))
