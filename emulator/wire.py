"""A log of the traffic between product and providers for the chat page; secrets are masked when it is read."""

import asyncio
from collections import deque
from itertools import count
from typing import Any, Literal

import msgspec

from emulator.outbox import peer_key

CAPACITY = 4_000
BODY_SHOWN = 4_000  # characters


class Line(msgspec.Struct, kw_only=True, gc=False):
    """One exchange: `in` is a webhook that we posted to the product, `out` a request that the product made."""

    seq: int = 0
    at: float
    direction: Literal["in", "out"]
    tenant: str
    channel: str
    peer: str = ""
    what: str  # `POST /webhooks/telegram/acme`, `sendMessage`, `statuses`
    status: int  # of the answer; 0: no answer
    ms: float = 0.0
    attempt: int = 1
    body: bytes = b""
    answer: bytes = b""
    note: str = ""


class Wire:
    """A short ring of lines, and the queues of the pages that are watching."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=CAPACITY)
        self._seq = count(1)
        self._watchers: set[asyncio.Queue[tuple[str, Any]]] = set()

    def put(self, line: Line) -> None:
        """Log one exchange and show it to the watching pages."""
        line.seq = next(self._seq)
        self._lines.append(line)
        self.tell("wire", line)

    def find(self, tenant: str = "", peer: str = "", since: int = 0, limit: int = 200) -> list[Line]:
        """Lines oldest first."""
        key = peer_key(peer)
        found = [
            line
            for line in self._lines
            if line.seq > since and tenant in ("", line.tenant) and key in ("", peer_key(line.peer))
        ]
        return found[-limit:]

    def clear(self) -> None:
        """Forget all lines."""
        self._lines.clear()

    def tell(self, name: str, what: Any) -> None:
        """Offer an event to every watching page; one that does not keep up loses events, not memory."""
        for queue in self._watchers:
            if not queue.full():
                queue.put_nowait((name, what))

    def watch(self) -> asyncio.Queue[tuple[str, Any]]:
        """Begin to receive events."""
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue(maxsize=1_000)
        self._watchers.add(queue)
        return queue

    def unwatch(self, queue: asyncio.Queue[tuple[str, Any]]) -> None:
        """Stop receiving events."""
        self._watchers.discard(queue)


def shown(line: Line, secrets: set[str]) -> dict[str, Any]:
    """The line as JSON-ready fields without any of the secrets."""
    fields = {name: getattr(line, name) for name in line.__struct_fields__}
    for name in ("body", "answer"):
        fields[name] = mask(getattr(line, name)[:BODY_SHOWN].decode("utf-8", "replace"), secrets)
    fields["what"] = mask(line.what, secrets)
    return fields


def mask(text: str, secrets: set[str]) -> str:
    """Replace every secret by dots."""
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, "•••")
    return text
