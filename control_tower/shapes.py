"""Rows of storage as the tower's JSON: times in RFC 3339 UTC, ids as text, no inner columns."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from core.clock import rfc3339
from core.money import Money

_ROW = (
    "id", "tenant", "channel", "peer", "customer_name", "mode", "held_by", "agent", "locale", "contact", "opted_out",
    "unanswered", "preview", "last_direction", "last_author", "last_status", "last_message_at", "summary",
    "human_stretch",
)  # fmt: skip
_MESSAGE = ("seq", "direction", "author", "kind", "text", "status", "reason", "at", "sent_at")


def plain(value: Any) -> Any:
    """Make a value JSON: times, decimals and structs become what the contract says."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.structs.asdict(value))
    return value


def row(found: dict[str, Any]) -> dict[str, Any]:
    """A conversation of the list."""
    return {name: found[name] for name in _ROW if name in found}


def message(found: dict[str, Any]) -> dict[str, Any]:
    """One message."""
    return {"id": str(found["id"]), **{name: found[name] for name in _MESSAGE}, **inside(found)}


def inside(found: dict[str, Any]) -> dict[str, Any]:
    """What a message carries beside its text, and for a reply of an agent why it said so."""
    content = found["content"]
    part = content.get("part", {})
    files = [part["media"]] if part.get("media") else []
    return {
        "attachments": content.get("attachments", []) + files, "buttons": part.get("buttons", []),
        "why": why(found),
    }  # fmt: skip


def why(found: dict[str, Any]) -> dict[str, Any] | None:
    """Agent, intent and route of the turn that wrote a message."""
    if not found["agent"] and not found["intent"]:
        return None
    trace = found["trace"] or {}
    return {
        "agent": found["agent"], "intent": found["intent"], "outcome": found["outcome"],
        "route": trace.get("route"), "tier": trace.get("tier"), "ms": trace.get("ms"),
    }  # fmt: skip


def with_money(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`amount_minor` also as the money `amount`, and so on."""
    return [
        row | {
            name.removesuffix("_minor"): Money(minor, row["currency"])
            for name, minor in row.items() if name.endswith("_minor")
        }
        for row in rows
    ]  # fmt: skip
