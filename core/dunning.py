"""The words of collecting: stages, a tenant's rules, and the calendar that they keep to."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from core.messages import Struct
from core.money import Money

# Stage → days from the due date; the last one reminds nobody, it gives the debt up.
OFFSETS: dict[str, int] = {
    "T-3": -3, "T-1": -1, "DUE": 0, "T+1": 1, "T+3": 3, "T+7": 7, "T+15": 15, "T+30": 30, "WRITE_OFF": 60,
}  # fmt: skip
STAGES = tuple(OFFSETS)
WRITE_OFF = "WRITE_OFF"


class Rule(Struct):
    """How a tenant reminds at one stage. `hour` is the tenant's; `templates` maps a locale to a template's name."""

    stage: str
    channel: str
    hour: int = 10
    enabled: bool = True
    throttle_hours: int = 20  # least time between two reminders of one invoice
    templates: dict[str, str] = {}
    fallback_channel: str | None = None
    fallback_after_hours: int = 4


class Calendar(Struct):
    """When a tenant may remind: hours from `opens` to before `closes`, not on holidays or closed weekdays.

    `holidays` are days (`2026-12-25`) or yearly ones (`12-25`); weekdays count from Monday, 0.
    """

    timezone: str
    opens: int = 8
    closes: int = 21
    holidays: frozenset[str] = frozenset()
    closed_weekdays: frozenset[int] = frozenset()


class Policy(Struct):
    """What a tenant's settings say under `dunning`."""

    automatic: bool | None = None  # None: in production yes, in a sandbox only when asked
    learn_hour: bool = False  # try the allowed hours in place of the rules' own, and prefer those that bring payments
    opens: int = 8
    closes: int = 21
    holidays: tuple[str, ...] = ()
    closed_weekdays: tuple[int, ...] = ()
    promise_days: int = 15  # how far away a promise to pay may lie
    promises: int = 2  # how many promises for one invoice
    instalments: int = 3  # into how many parts a debt may be split; 0 or 1: into none
    instalment_days: int = 30  # between two of them

    def calendar(self, timezone: str) -> Calendar:
        """The calendar in that zone; hours that leave no time are not taken."""
        sound = 0 <= self.opens < self.closes <= 24
        return Calendar(
            timezone=timezone, opens=self.opens if sound else 8, closes=self.closes if sound else 21,
            holidays=frozenset(self.holidays), closed_weekdays=frozenset(self.closed_weekdays),
        )  # fmt: skip


def policy(settings: dict[str, Any]) -> Policy:
    """Read a tenant's settings; what cannot be read counts as not said."""
    try:
        return msgspec.convert(settings.get("dunning") or {}, Policy)
    except msgspec.ValidationError:
        return Policy()


class Hour(Struct):
    """What reminders at one hour of the tenant's day brought: of `sent`, so many were paid within 48 hours."""

    hour: int
    sent: int = 0
    paid: int = 0


class Decision(Struct):
    """What to do about one invoice now."""

    stage: str | None = None  # the stage to be done now
    due_at: datetime | None = None  # when it fell due
    passed: tuple[tuple[str, datetime], ...] = ()  # older stages that will never be done, and when they fell due
    look_at: datetime | None = None  # when to look again; None: nothing is left


class Debt(Struct):
    """What the decision about an invoice hangs on."""

    due_on: date
    done: frozenset[str] = frozenset()  # stages that were done or skipped
    last_at: datetime | None = None  # when it was last reminded of
    promised_for: date | None = None


class Instalment(Struct):
    """One part of a split debt. `paid_by_then`: how much of the whole invoice is to be paid by that day."""

    due_on: date
    amount: Money
    paid_by_then: Money


class Received(Struct):
    """A payment for an invoice; `pending`: a voucher or transfer of which the provider waits for the money.

    `on` is None when nobody said on which day the money came in.
    """

    invoice: str
    amount: Money
    pending: bool
    on: date | None


class Promised(Struct):
    """A promise that stands: so much of that invoice is still to come by that day."""

    number: str
    day: date
    amount: Money


class Terms(Struct):
    """What one customer may agree to, and what came in lately."""

    promise_days: int
    promises_left: dict[str, int]  # invoice → how often a day may still be promised
    instalments: int
    instalment_days: int
    split: frozenset[str] = frozenset()  # invoices that are paid in instalments already
    received: tuple[Received, ...] = ()
    promised: tuple[Promised, ...] = ()  # at most one of each invoice, none of a split one


def standing(promised: Sequence[Promised], numbers: Sequence[str]) -> list[Promised]:
    """The promises about those invoices that stand."""
    return [each for each in promised if each.number in numbers]


def planned(paid: Money, parts: Sequence[tuple[date, Money]]) -> tuple[Instalment, ...]:
    """Parts of a debt on days of the customer's own, the earliest first; what they leave over stays as it was."""
    by_then, made = paid, []
    for due_on, amount in sorted(parts):
        by_then += amount
        made.append(Instalment(due_on=due_on, amount=amount, paid_by_then=by_then))
    return tuple(made)


def shared(amount: Money, debts: Sequence[tuple[str, Money]]) -> dict[str, Money]:
    """How much of a sum goes to each debt, the first ones first; debts that it does not reach are left out."""
    left, found = amount.amount_minor, {}
    for number, owed in debts:
        if part := min(left, owed.amount_minor):
            found[number] = Money(part, amount.currency)
            left -= part
    return found


def split(total: Money, paid: Money, parts: int, first_on: date, days: int) -> tuple[Instalment, ...]:
    """What remains of a debt in equal parts, the first ones a cent larger when it does not divide."""
    left = total.amount_minor - paid.amount_minor
    made: list[Instalment] = []
    by_then = paid
    for place in range(parts):
        amount = Money(left // parts + (place < left % parts), total.currency)
        by_then += amount
        made.append(Instalment(due_on=first_on + timedelta(days=place * days), amount=amount, paid_by_then=by_then))
    return tuple(made)
