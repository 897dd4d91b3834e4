"""What was delivered to customers (and what they wrote), found quickly by tenant and peer, in bounded memory."""

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import msgspec

from core.clock import rfc3339
from core.errors import Invalid

CAPACITY = 200_000  # entries of about 1 kB (measured): 200 MB when full; the oldest leave first
NO_RAW = msgspec.Raw(b"null")


class Entry(msgspec.Struct, kw_only=True, gc=False):
    """One message of a conversation as the customer's phone has it."""

    id: str
    seq: int = 0
    tenant: str
    channel: str
    account: str
    to: str  # the customer's address, also for what the customer wrote
    text: str = ""
    buttons: tuple[dict[str, str], ...] = ()
    media: dict[str, Any] | None = None
    template: dict[str, Any] | None = None
    at: float
    raw: msgspec.Raw = NO_RAW
    status: str = "sent"
    error: str | None = None
    our_id: str | None = None
    kind: str = "text"

    def shown(self) -> dict[str, Any]:
        """The entry as JSON-ready fields, times as RFC 3339."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        fields["at"] = rfc3339(datetime.fromtimestamp(self.at, UTC))
        return fields


def peer_key(peer: str) -> str:
    """The same person however the number is written: `whatsapp:+52 1…`, `+521…` (or its URL-decoded ` 521…`)."""
    return peer.removeprefix("whatsapp:").strip().removeprefix("+")


class Outbox:
    """A ring of entries with an index by (tenant, peer); both forget the oldest entries together."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self._ring: deque[Entry] = deque()
        self._by_peer: dict[tuple[str, str], list[Entry]] = {}  # short: an empty deque alone takes 0.7 kB
        self._by_id: dict[str, Entry] = {}
        self._seq = count(1)
        self.total = 0

    def __len__(self) -> int:
        return len(self._ring)

    def put(self, entry: Entry) -> None:
        """Append an entry, give it its sequence number, drop the oldest when full."""
        entry.seq = self.total = next(self._seq)
        self._ring.append(entry)
        self._by_id[entry.id] = entry
        key = (entry.tenant, peer_key(entry.to))
        if key not in self._by_peer:
            self._by_peer[key] = []
        self._by_peer[key].append(entry)
        while len(self._ring) > self.capacity:
            self._drop(self._ring.popleft())

    def get(self, entry_id: str) -> Entry | None:
        """The entry with this provider id, if it is still in memory."""
        return self._by_id.get(entry_id)

    def find(
        self, tenant: str = "", to: str = "", since: str = "", channel: str = "", limit: int = 10_000
    ) -> list[Entry]:
        """Entries oldest first; `since` is a sequence number, epoch seconds or an RFC 3339 time (exclusive)."""
        after_seq, after_time = _since(since)
        found = [
            entry
            for entry in self._candidates(tenant, to)
            if entry.seq > after_seq and entry.at > after_time and channel in ("", entry.channel)
        ]
        return found[-limit:]

    def clear(self) -> None:
        """Forget all entries; sequence numbers go on."""
        self._ring.clear()
        self._by_peer.clear()
        self._by_id.clear()

    def _candidates(self, tenant: str, to: str) -> Iterable[Entry]:
        if tenant and to:
            return self._by_peer.get((tenant, peer_key(to)), ())
        peer = peer_key(to)
        return (e for e in self._ring if tenant in ("", e.tenant) and peer in ("", peer_key(e.to)))

    def _drop(self, entry: Entry) -> None:
        key = (entry.tenant, peer_key(entry.to))
        queue = self._by_peer[key]
        queue.pop(0)  # both are in order of arrival: the ring's oldest is its peer's oldest
        if not queue:
            del self._by_peer[key]
        if self._by_id.get(entry.id) is entry:
            del self._by_id[entry.id]


def _since(value: str) -> tuple[int, float]:
    if not value:
        return 0, 0.0
    try:
        if "T" in value:
            # A `+` of the offset arrives as a space when the caller did not quote it.
            return 0, datetime.fromisoformat(value.replace(" ", "+")).timestamp()
        number = float(value)
        return (0, number) if number > 1e9 else (int(number), 0.0)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"since: a sequence number, epoch seconds or an RFC 3339 time, not {value[:40]!r}") from error
