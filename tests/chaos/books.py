"""The books of a fault run: what was asked, what the providers got, what the database and the media store hold."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bench.pictures import picture
from core.messages import Account
from storage.media_store import MediaStore
from storage.resources import Resources

WORD = re.compile(r"zq[bcdfghjklmnpqrstvwxz]{7}")


@dataclass
class Question:
    """One message of a customer."""

    word: str
    account: Account
    peer: str
    number: int  # its place among the customer's messages
    picture: str = ""  # the id of the file that it came with
    at: float = 0.0
    accepted: float = 0.0
    answers: list[float] = field(default_factory=list)


class Report(msgspec.Struct, kw_only=True):
    """The books of a run. `lost`, `duplicated`, `reordered`, `breaches` and `media_lost` must be 0."""

    seconds: float
    sent: int
    deliveries: int  # webhook posts, copies and retries among them
    accepted: int
    answered: int
    lost: int
    duplicated: int
    reordered: int
    breaches: int
    media: int  # messages that came with a picture
    media_lost: int  # of those, the ones neither stored whole nor known to have expired
    media_expired: int
    unknown: int  # sends of unknown outcome that are listed for people
    unknown_without_reply: int  # of those, the ones that the provider does not have
    resent: int  # second sends that were decided on and recorded
    per_second: float
    latency_p50: float
    latency_p99: float
    slowest_answer: float
    begun_by_a_killed_worker: int  # messages at the head of a conversation that a worker held when it was killed
    slowest_after_a_worker_kill: float  # of those: from that kill to the answer
    model_calls: int  # that the model answered
    faults: dict[str, int]
    unknown_by_reason: dict[str, int]
    examples: list[str] = []

    @property
    def clean(self) -> bool:
        """Whether the promise was kept."""
        return not (self.lost or self.duplicated or self.reordered or self.breaches or self.media_lost)


async def listed(resources: Resources) -> dict[str, Any]:
    """The words whose reply is of unknown outcome, and those whose second send is recorded."""
    unknown = await resources.pg.fetch(
        """SELECT m.text, c.peer, c.channel, m.reason
           FROM messages m JOIN conversations c ON c.id = m.conversation_id
           WHERE m.direction = 'out' AND m.status = 'unknown'"""
    )
    resent = await resources.pg.fetch(
        """SELECT m.text, c.peer FROM message_events e JOIN messages m ON m.id = e.message_id
           JOIN conversations c ON c.id = m.conversation_id
           WHERE e.kind = 'resend' AND e.code NOT IN ('never_begun', 'refused', 'absent_at_provider')"""
    )
    return {
        "unknown": [told(row["text"], row["peer"]) for row in unknown],
        "resent": [told(row["text"], row["peer"]) for row in resent],
        "reasons": Counter(f"{row['channel']}: {row['reason']}" for row in unknown),
    }


async def media(resources: Resources, refs: list[str]) -> dict[str, str]:
    """What became of each picture: `stored` (every byte is there), `expired`, or why it counts as lost."""
    rows = await resources.pg.fetch(
        """SELECT m.content -> 'attachments' -> f.index::int ->> 'ref' AS ref, f.status, f.key, f.error
           FROM media f JOIN messages m ON m.id = f.message_id"""
    )
    known = {row["ref"]: row for row in rows}
    store = MediaStore(resources.settings.home)
    return {ref: _became(known.get(ref), ref, store) for ref in refs}


def _became(row: Mapping[str, Any] | None, ref: str, store: MediaStore) -> str:
    if row is None:
        return "unknown to the database"
    if row["status"] == "stored":
        key = hashlib.sha256(picture(ref).data).hexdigest()
        whole = row["key"] == key and store.holds(key) and store.place(key).read_bytes() == picture(ref).data
        return "stored" if whole else "stored, but other bytes"
    expired = (row["status"], row["error"]) == ("failed", "media:expired")
    return "expired" if expired else f"{row['status']}: {row['error']}"


def told(text: str, peer: str) -> str:
    """What a reply answers: the word that it repeats, or the greeting of a new customer."""
    found = WORD.search(text)
    return found.group() if found else greeting(peer)


def greeting(peer: str) -> str:
    """The name under which a new customer's greeting is kept."""
    return f"hola {address(peer)}"


def address(to: str) -> str:
    """A customer's number as every channel means it."""
    return to.removeprefix("whatsapp:").lstrip("+")


def lines(report: Report) -> list[str]:
    """The table."""
    shown = [(name, value) for name, value in msgspec.to_builtins(report).items() if not isinstance(value, dict | list)]
    table = [f"{name.replace('_', ' '):<32}{value:>12.2f}" if isinstance(value, float) else
             f"{name.replace('_', ' '):<32}{value:>12}" for name, value in shown]  # fmt: skip
    return [*table, "", *(f"{name:<48}{count:>6}" for name, count in sorted(report.faults.items())),
            "", *(f"unknown: {name:<39}{count:>6}" for name, count in sorted(report.unknown_by_reason.items())),
            *report.examples]  # fmt: skip
