"""Several returns of an order's pieces: exact minor units, and never more than what was paid."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from core import returned
from core.money import Money
from core.records import Back, Order, OrderLine

_LINES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 10**9)), min_size=1, max_size=5)


def order(lines: list[tuple[int, int]], total: int) -> Order:
    shares = returned.shares(total, [price for _, price in lines])
    return Order(
        number="P-1", status="delivered", total=Money(total, "MXN"), placed_on=date(2026, 11, 1),
        lines=tuple(
            OrderLine(name="x", quantity=Decimal(pieces), total=Money(share, "MXN"))
            for (pieces, _), share in zip(lines, shares, strict=True)
        ),
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(_LINES, st.integers(0, 10**10))
def test_the_shares_of_a_total_sum_to_it_and_each_is_right_to_a_unit(lines: list[tuple[int, int]], total: int) -> None:
    prices = [price for _, price in lines]
    shares = returned.shares(total, prices)
    if sum(prices):
        assert sum(shares) == total
        exact = [Fraction(total * price, sum(prices)) for price in prices]
        assert all(abs(share - right) < 1 for share, right in zip(shares, exact, strict=True))
    else:
        assert not any(shares)


@settings(max_examples=200, deadline=None)
@given(_LINES, st.integers(0, 10**10), st.data())
def test_all_returns_together_are_never_more_than_the_pieces_and_their_price(
    lines: list[tuple[int, int]], total: int, data: st.DataObject
) -> None:
    bought = order(lines, total)
    made: list[tuple[int, Decimal, int]] = []  # line, pieces, credit; a rejected one is taken out again
    for _ in range(data.draw(st.integers(1, 12))):
        if made and data.draw(st.booleans()) and data.draw(st.booleans()):
            made.pop(data.draw(st.integers(0, len(made) - 1)))
            continue
        line = data.draw(st.integers(0, len(lines) - 1))
        back = of_line(made, line)
        left = returned.left(bought.lines[line], back)
        if left:
            some = Decimal(data.draw(st.integers(1, int(left))))
            made.append((line, some, returned.credit(bought.lines[line], back, some)))
        for place, sold in enumerate(bought.lines):
            now = of_line(made, place)
            assert now.pieces <= sold.quantity
            assert 0 <= now.credit_minor <= sold.total.amount_minor
    for place, sold in enumerate(bought.lines):  # and the rest of each line brings it to its price exactly
        back = of_line(made, place)
        if left := returned.left(sold, back):
            assert back.credit_minor + returned.credit(sold, back, left) == sold.total.amount_minor


def of_line(made: list[tuple[int, Decimal, int]], line: int) -> Back:
    return Back(
        pieces=sum((some for place, some, _ in made if place == line), Decimal(0)),
        credit_minor=sum(credit for place, _, credit in made if place == line),
    )


def test_a_piece_is_credited_its_part_of_the_price_and_the_whole_order_its_total() -> None:
    bought = order([(3, 100), (2, 50)], 174)
    none = [Back(), Back()]
    assert [line.total.amount_minor for line in bought.lines] == [116, 58]
    assert returned.amount(bought, none, {0: Decimal(1)}) == Money(38, "MXN")
    assert returned.amount(bought, [Back(Decimal(1), 38), Back()], {0: Decimal(2)}) == Money(78, "MXN")
    assert returned.amount(bought, none, {0: Decimal(3), 1: Decimal(2)}) == Money(174, "MXN")
