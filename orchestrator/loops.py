"""Notices a sender that repeats itself like a machine; counted in the conversation's state, which survives restarts."""

import hashlib
from typing import Any

from core.conversation import Inbound
from orchestrator.normal import plain

SAME_TEXTS, WINDOW_SECONDS = 20, 300


def count(messages: tuple[Inbound, ...], state: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the new tally for the state, and whether the same text came more than 20 times in 5 minutes."""
    tally = dict(state.get("repeats") or {})
    looping = False
    for message in messages:
        said = plain(message.text or message.payload or "")
        key = hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()[:12]
        at = int(message.received_at.timestamp())
        times = [past for past in tally.get("at", []) if past > at - WINDOW_SECONDS] if tally.get("key") == key else []
        tally = {"key": key, "at": [*times, at][-(SAME_TEXTS + 1) :]}
        looping = looping or len(tally["at"]) > SAME_TEXTS
    return tally, looping
