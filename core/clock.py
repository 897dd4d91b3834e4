"""The only source of time: real time, or a sandbox tenant's own."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Now in UTC, for the system and for each tenant; sandbox tenants may run ahead or behind."""

    def __init__(self) -> None:
        self._offsets: dict[str, timedelta] = {}

    def now(self, tenant: str | None = None) -> datetime:
        """Return the current time of `tenant` (real time without one)."""
        real = datetime.now(UTC)
        return real + self._offsets[tenant] if tenant in self._offsets else real

    def set_offset(self, tenant: str, offset: timedelta | None) -> None:
        """Move the tenant's time by `offset` from real time; None returns to real time."""
        if offset is None:
            self._offsets.pop(tenant, None)
        else:
            self._offsets[tenant] = offset

    @staticmethod
    def monotonic() -> float:
        """Seconds that never go back, for measuring and for deadlines inside one process."""
        return time.monotonic()

    @staticmethod
    def millis() -> int:
        """Real time as whole milliseconds since the epoch: the scores of Redis sorted sets."""
        return time.time_ns() // 1_000_000


def rfc3339(moment: datetime) -> str:
    """Write a time as RFC 3339 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
