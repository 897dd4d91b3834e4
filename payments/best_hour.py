"""Which hour of the day brings in the most: Thompson sampling over the allowed hours, from what was seen so far."""

import random
from collections.abc import Mapping, Sequence

import msgspec

from core.dunning import Calendar, Hour, Rule


def allowed(calendar: Calendar) -> range:
    """The hours at which the tenant may remind."""
    return range(calendar.opens, calendar.closes)


def draw(seen: Mapping[int, Hour], hours: Sequence[int], seed: str) -> int:
    """An hour, the likelier the more often it was followed by a payment; unknown hours get their chance.

    The same seed on the same evidence draws the same hour: looking twice at an invoice does not move its reminder.
    """
    chance = random.Random(seed)
    drawn = {hour: _sample(chance, seen.get(hour) or Hour(hour=hour)) for hour in hours}
    return max(hours, key=drawn.__getitem__)


def tried(rules: Sequence[Rule], seen: Mapping[int, Hour], calendar: Calendar, invoice: str) -> tuple[Rule, ...]:
    """The rules of one invoice with an hour drawn for each stage."""
    hours = allowed(calendar)
    return tuple(
        msgspec.structs.replace(rule, hour=draw(seen, hours, f"{invoice}:{rule.stage}")) for rule in rules
    )


def _sample(chance: random.Random, hour: Hour) -> float:
    return chance.betavariate(1 + hour.paid, 1 + hour.sent - hour.paid)
