"""Keeps a failing tier from being asked: closed, open for a while, then one single probe; one for all processes.

Storage holds what the processes share: failures in a row, until when it is open, who probes. A process looks there only
every second or after a failure of its own, so asking costs nothing; without an answer each one counts for itself.
"""

import time
from collections.abc import Iterable
from typing import Protocol

FAILURES, OPEN_SECONDS, LONGEST_SECONDS = 5, 30.0, 600.0
_LOOK_EVERY_SECONDS, _PROBE_SECONDS = 1.0, 30.0

class Shared(Protocol):
    """What the processes share; each answer is None when it cannot be had in time."""

    async def ask(self, tier: str, probe_ms: int) -> tuple[str, int, int, str] | None:
        """Word (closed, open, half-open, probe), ms that it stays open, failures in a row, reason."""
        ...

    async def fail(
        self, tier: str, *, at_once: bool, open_ms: int, most: int, reason: str, keep_seconds: int
    ) -> tuple[str, int, int, str] | None:  # fmt: skip
        """Count a failure; open for so long at once, or with the last of so many in a row."""
        ...

    async def clear(self, tier: str) -> None:
        """The tier works."""
        ...

    async def release(self, tier: str) -> None:
        """The probe ended without telling anything."""
        ...

    async def count(self, attempts: Iterable[tuple[str, str, int]]) -> None:
        """Add attempts: tier, outcome, ms."""
        ...


class Breaker:
    """The breaker of one tier as one process sees it; times are monotonic seconds."""

    def __init__(self, tier: str, shared: Shared | None = None) -> None:
        self.tier, self._shared = tier, shared
        self._failures, self._until, self._probing, self._looked = 0, 0.0, False, 0.0
        self.reason = ""

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        if not self._until:
            return "closed"
        return "open" if time.monotonic() < self._until else "half-open"

    async def allows(self) -> bool:
        """True when a call may be made now; after an open stretch only one caller of all processes is the probe."""
        state = self.state
        if state == "closed" and time.monotonic() - self._looked < _LOOK_EVERY_SECONDS:
            return True
        if state == "open" or self._probing:
            return False
        self._probing = state == "half-open"  # no other task of this process asks meanwhile
        word = await self._asked()
        if word:
            self._probing = word == "probe"
        if word == "closed":  # perhaps somebody else's probe went well
            self._until, self.reason = 0.0, ""
        elif word in ("half-open", "probe"):
            self._until = self._until or time.monotonic()
        return word not in ("open", "half-open")

    async def succeeded(self) -> None:
        """The tier works."""
        known = self._failures or self._until or self._probing
        self._failures, self._until, self._probing, self.reason = 0, 0.0, False, ""
        if known and self._shared:
            await self._shared.clear(self.tier)

    async def released(self) -> None:
        """A call ended without telling anything about the tier (cancelled, or our own mistake): the next one probes."""
        if self._probing:
            self._probing = False
            if self._shared:
                await self._shared.release(self.tier)

    async def failed(self, reason: str, *, at_once: bool = False, seconds: float | None = None) -> None:
        """Count a failure; open after five in a row, after a failed probe, or at once."""
        self._failures += 1
        stretch = min(OPEN_SECONDS if seconds is None else seconds, LONGEST_SECONDS)
        opens = at_once or self._probing
        self._probing = False
        self._looked = time.monotonic()
        told = self._shared and self._heard(
            await self._shared.fail(
                self.tier, at_once=opens, open_ms=round(stretch * 1000), most=FAILURES, reason=reason,
                keep_seconds=round(2 * LONGEST_SECONDS),
            )
        )  # fmt: skip
        if opens or (not told and self._failures >= FAILURES):
            self._until, self.reason = max(self._until, time.monotonic() + stretch), reason

    async def _asked(self) -> str:
        self._looked = time.monotonic()
        return self._heard(await self._shared.ask(self.tier, round(_PROBE_SECONDS * 1000))) if self._shared else ""

    def _heard(self, told: tuple[str, int, int, str] | None) -> str:
        """Take over what all processes know, and return its word; empty when it cannot be had."""
        if told is None:
            return ""
        word, left, self._failures, reason = told
        if left > 0:
            self._until, self.reason = time.monotonic() + min(left / 1000, LONGEST_SECONDS), reason
        return word
