"""What is known of one payment: facts that events tell, joined so that neither order nor repetition matters.

Every field only grows: the larger number, the union of a set, the higher stage. So joining is commutative, associative
and idempotent, and whatever follows from the facts is the same for every order of the same events.
"""

from typing import Literal

import msgspec

from core.messages import Struct
from core.payments import Kind

Status = Literal[
    "created", "declined", "pending", "failed", "succeeded", "partially_refunded", "refunded", "disputed", "lost",
    "flagged",
]  # fmt: skip
CREATED, DECLINED, PENDING, FAILED, RECEIVED = 0, 5, 10, 20, 30  # stages of the money
REFUNDED, DISPUTED, CLOSED = 40, 50, 60  # ranks above: what happened to it later
_STAGES: dict[int, Status] = {CREATED: "created", DECLINED: "declined", PENDING: "pending", FAILED: "failed"}
_MOST_MINOR = 10**15  # no event moves more: the columns hold 64 bits


class Voucher(Struct):
    """What the customer takes to the shop."""

    number: str
    url: str
    expires_at: int  # epoch seconds


class Part(Struct):
    """A refund or dispute: `rank` 0 under way, 1 done or lost, 2 failed or won: nothing was taken."""

    minor: int
    rank: int = 0


class Facts(Struct):
    """Of one payment. Sets are of strings, as JSON arrays; empty means that no event told."""

    stage: int = CREATED
    asked: int = 0
    received: int = 0
    currencies: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()  # ids of ours
    sessions: frozenset[str] = frozenset()  # ids of the provider's links
    documents: frozenset[str] = frozenset()  # `invoice:F-1`
    tenants: frozenset[str] = frozenset()  # as the metadata name them
    modes: frozenset[str] = frozenset()  # live, test
    methods: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()  # why it was declined
    refunded_in_all: int = 0  # cumulative, as the charge says it
    refunds: dict[str, Part] = {}
    disputes: dict[str, Part] = {}
    vouchers: frozenset[str] = frozenset()  # `expires_at number url`

    def joined(self, other: "Facts") -> "Facts":
        """Both together."""
        values = {}
        for name in self.__struct_fields__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, frozenset):
                values[name] = mine | theirs
            elif isinstance(mine, dict):
                values[name] = {key: _later(mine.get(key), theirs.get(key)) for key in sorted({*mine, *theirs})}
            else:
                values[name] = max(mine, theirs)
        return Facts(**values)

    @property
    def refunded(self) -> int:
        """How much went back to the customer."""
        gone = sum(part.minor for part in self.refunds.values() if part.rank < 2)
        failed = sum(part.minor for part in self.refunds.values() if part.rank == 2)
        return min(self.received, max(gone, self.refunded_in_all - failed))

    @property
    def lost(self) -> int:
        """How much a lost dispute took."""
        taken = sum(part.minor for part in self.disputes.values() if part.rank == 1)
        return max(0, min(self.received - self.refunded, taken))

    @property
    def contested(self) -> bool:
        """Whether a dispute is open or was lost."""
        return any(part.rank < 2 for part in self.disputes.values())

    @property
    def rank(self) -> int:
        """How far it came: only grows."""
        if self.stage < RECEIVED:
            return self.stage
        if self.disputes:
            return CLOSED if all(part.rank for part in self.disputes.values()) else DISPUTED
        return REFUNDED if self.refunds or self.refunded_in_all else self.stage

    @property
    def status(self) -> Status:
        """What people call it, before it is held against the debt."""
        if self.stage < RECEIVED:
            return _STAGES[self.stage]
        if any(part.rank == 0 for part in self.disputes.values()):
            return "disputed"
        if self.lost:
            return "lost"
        if self.refunded:
            return "refunded" if self.refunded >= self.received else "partially_refunded"
        return "succeeded"

    @property
    def voucher(self) -> Voucher | None:
        """The voucher that ends last."""
        found = [each.split(" ", 2) for each in self.vouchers]
        newest = max(found, key=lambda each: (int(each[0]), each[1]), default=None)
        return Voucher(number=newest[1], url=newest[2], expires_at=int(newest[0])) if newest else None


class Told(Struct):
    """What one event tells: facts about a payment, and what became of the link that it came by."""

    payment_id: str = ""  # the provider's; empty: the event is about a link alone
    facts: Facts = Facts()
    session: str = ""
    link_status: Literal["", "expired", "complete"] = ""


def document(kind: Kind, number: str) -> str:
    """How facts name what is paid."""
    return f"{kind}:{number}"


def minor(value: object) -> int:
    """An amount as events carry it; raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_MINOR:
        raise ValueError("not an amount in minor units")
    return value


def _later(mine: Part | None, theirs: Part | None) -> Part:
    found = [part for part in (mine, theirs) if part]
    return Part(minor=max(part.minor for part in found), rank=max(part.rank for part in found))


def stored(facts: Facts) -> dict[str, object]:
    """As JSON-ready fields, the same for the same facts."""
    built: dict[str, object] = msgspec.to_builtins(facts)
    return {key: sorted(value) if isinstance(value, list | tuple) else value for key, value in built.items() if value}


def loaded(fields: dict[str, object]) -> Facts:
    """Back from JSON."""
    return msgspec.convert(fields, Facts)
