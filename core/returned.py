"""What comes back of an order's lines, in pieces and money: exact, and over several returns never more than a line."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from core.money import Money
from core.records import Back, Order, OrderLine


def shares(total: int, parts: Sequence[int]) -> list[int]:
    """Split a total by parts, in minor units: the sum is the total, each share less than a unit from its exact one."""
    whole, reached, given = sum(parts), 0, 0
    found = []
    for part in parts:
        reached += part
        found.append((total * reached // whole if whole else 0) - given)
        given += found[-1]
    return found


def left(line: OrderLine, back: Back) -> Decimal:
    """The pieces of a line that are in no return yet."""
    return max(Decimal(0), line.quantity - back.pieces)


def credit(line: OrderLine, back: Back, pieces: Decimal) -> int:
    """What so many more pieces are credited, in minor units: their part of the line's price as it was paid.

    Counted from the line's beginning, so that all returns of a line together are its price exactly, never more.
    """
    price = line.total.amount_minor
    if line.quantity <= 0 or back.pieces + pieces >= line.quantity:
        return max(0, price - back.credit_minor)
    return max(0, int(price * (back.pieces + pieces) // line.quantity) - back.credit_minor)


def amount(order: Order, backs: Sequence[Back], pieces: Mapping[int, Decimal]) -> Money:
    """What these pieces of an order's lines, by place from 0, are credited together."""
    lines = order.lines
    whole = len(pieces) == len(lines) and all(pieces[n] >= line.quantity for n, line in enumerate(lines))
    if whole and not any(back.pieces for back in backs):
        return order.total
    return Money(sum(credit(lines[n], backs[n], some) for n, some in pieces.items()), order.total.currency)
