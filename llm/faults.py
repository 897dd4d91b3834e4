"""From what a provider said to one class of error, and from the class to what the ladder does: two tables.

Status comes before code: Groq uses the code `rate_limit_exceeded` for both a 429 and a 413.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from core.errors import ModelError

Action = Literal["retry", "next", "repair", "shorten", "alert"]


class Class(NamedTuple):
    """`action`: what the ladder does. `breaker`: none, counts towards opening, or opens at once."""

    action: Action
    breaker: Literal["none", "counts", "opens"]


CLASSES: dict[str, Class] = {
    "throttled": Class("retry", "opens"),  # for exactly retry-after; retried when that fits the deadline
    "capacity": Class("next", "counts"),
    "overloaded": Class("retry", "counts"),
    "timeout": Class("next", "counts"),
    "connection": Class("next", "counts"),
    "too_long": Class("shorten", "none"),
    "tool_call": Class("repair", "none"),
    "truncated": Class("repair", "none"),
    "empty": Class("next", "none"),
    "no_completion": Class("next", "counts"),  # 200 with a web page, or no choices at all
    "content_filter": Class("next", "none"),
    "model_gone": Class("alert", "opens"),
    "auth": Class("alert", "opens"),
    "bad_request": Class("alert", "none"),  # our own fault: the same request fails everywhere
}
# provider (or any), statuses, code (or any) → class; the first row that fits decides.
_ANY = "*"
_TABLE: tuple[tuple[str, range, str, str], ...] = (
    ("groq", range(498, 499), _ANY, "capacity"),
    (_ANY, range(429, 430), _ANY, "throttled"),
    (_ANY, range(413, 414), _ANY, "too_long"),
    (_ANY, range(400, 401), "context_length_exceeded", "too_long"),
    ("groq", range(400, 401), "tool_use_failed", "tool_call"),
    ("groq", range(400, 401), "json_validate_failed", "tool_call"),
    (_ANY, range(400, 401), "content_filter", "content_filter"),
    (_ANY, range(400, 401), "model_decommissioned", "model_gone"),
    (_ANY, range(404, 405), _ANY, "model_gone"),
    (_ANY, range(401, 402), _ANY, "auth"),
    (_ANY, range(403, 404), _ANY, "auth"),
    (_ANY, range(408, 409), _ANY, "overloaded"),
    (_ANY, range(409, 410), _ANY, "overloaded"),
    (_ANY, range(500, 600), _ANY, "overloaded"),
    (_ANY, range(400, 500), _ANY, "bad_request"),
)


def error(name: str, provider: str, message: str, retry_after: float | None = None) -> ModelError:
    """The ModelError of a class."""
    return ModelError(f"{provider}: {message[:200]}", code=name, action=CLASSES[name].action, retry_after=retry_after)


def of_status(provider: str, status: int, body: object, headers: Mapping[str, str], message: str) -> ModelError:
    """Classify an HTTP answer that is an error."""
    code = _code(body)
    for who, statuses, wanted, name in _TABLE:
        if who in (_ANY, provider) and status in statuses and wanted in (_ANY, code):
            return error(name, provider, message, _retry_after(headers))
    return error("no_completion", provider, message)


def _code(body: object) -> str:
    """Groq nests it under `error`, the openai SDK unwraps it; an HTML page has none."""
    if not isinstance(body, dict):
        return ""
    inner: Any = body.get("error", body)
    return str(inner.get("code") or "") if isinstance(inner, dict) else ""


def _retry_after(headers: Mapping[str, str]) -> float | None:
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:  # absent, or an HTTP date: then our own back-off
            continue
        if seconds >= 0:
            return seconds
    return None
