"""Model years: what a part is for by its name, what was named, and that other years are never said to fit."""

from decimal import Decimal

import pytest

from agents import fits, years
from core.money import Money
from core.records import Product


def part(name: str, *lacks: str) -> Product:
    return Product(sku="BAL-WA10238", name=name, price=Money(100, "MXN"), stock=Decimal(1), lacks=lacks)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("balatas jetta 2008", (2008,)), ("brake pads for a 2015 jetta", (2015,)), ("de 2010 a 2012", (2010, 2012)),
        ("$2000", ()), ("2000 pesos", ()), ("2,015", ()), ("llanta 195 65 r15", ()), ("BAL-2008", ()), ("2008%", ()),
    ],
)  # fmt: skip
def test_a_year_is_no_price_and_no_code(text: str, found: tuple[int, ...]) -> None:
    assert years.named(text) == found


@pytest.mark.parametrize(
    ("name", "year", "fit"),
    [
        ("Balata Jetta 2014-2018 LUK", 2014, True), ("Balata Jetta 2014-2018 LUK", 2018, True),
        ("Balata Jetta 2014-2018 LUK", 2008, False), ("Balata Jetta 2014-2018 LUK", 2019, False),
        ("Balata Peugeot 2008 2014-2018", 2008, True), ("Aceite de motor 5W30", 2008, True),
    ],
)  # fmt: skip
def test_a_part_is_for_the_years_in_its_name(name: str, year: int, fit: bool) -> None:
    assert years.suits(part(name), (year,)) is fit


def test_another_car_of_the_year_is_not_taken_for_the_one_that_was_named() -> None:
    jetta, peugeot = part("Balata Jetta 2014-2018", "2008"), part("Balata Peugeot 206 2008-2010", "jetta")
    assert years.choose([peugeot, jetta], (2008,)) == ([jetta], False)
    assert years.choose([peugeot, jetta], (2015,)) == ([jetta], True)
    assert years.spans([jetta, peugeot]) == "2008-2010, 2014-2018"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("BAL-XX999", "bal-xx999"), ("tienes BAL-WA10239?", "bal-wa10239"), ("CIM999", "cim999"), ("BAL-WA10238", ""),
        ("mazda cx-5", ""), ("llanta 195-65", ""), ("np300", ""), ("plan-pro", ""),
    ],
)  # fmt: skip
def test_a_code_that_nothing_has_is_noticed(text: str, said: str) -> None:
    assert fits.code(text, [part("Balata Nissan NP300 2014-2017")]) == said
