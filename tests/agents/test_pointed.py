"""Which invoice is spoken of is read from its number, place, age, size or sum."""

from datetime import date

import pytest

from agents import pointed
from core.money import Money
from core.records import Invoice


def invoice(number: str, minor: int, due_on: date, days: int) -> Invoice:
    money = Money(minor, "MXN")
    return Invoice(number=number, status="open", total=money, due=money, due_on=due_on, days_overdue=days)


OLD = invoice("F-1016", 2873_65, date(2026, 10, 12), 41)
BIG = invoice("F-1084", 9221_00, date(2026, 12, 16), -24)
SMALL = invoice("F-1098", 500_00, date(2026, 12, 17), -25)
ALL = [OLD, BIG, SMALL]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I'll pay the overdue one on Wednesday", [OLD]), ("te pago la vencida mañana", [OLD]),
        ("pago a vencida amanhã", [OLD]), ("pago só as vencidas", [OLD]), ("the oldest on friday", [OLD]),
        ("la más vieja", [OLD]), ("a mais antiga na sexta", [OLD]), ("te pago la primera el lunes", [OLD]),
        ("the first one on Monday", [OLD]), ("a primeira fatura na sexta", [OLD]), ("la segunda factura", [BIG]),
        ("la última el lunes", [SMALL]), ("la de 500 el lunes", [SMALL]), ("a de 9221 na sexta", [BIG]),
        ("the 500 one on friday", [SMALL]), ("the one for 2873 on friday", [OLD]), ("la más chica", [SMALL]),
        ("a maior na sexta", [BIG]), ("the biggest one", [BIG]), ("F-1084 el lunes", [BIG]), ("f1084 mañana", [BIG]),
        ("la factura 1084 el lunes", [BIG]), ("invoice #1098 on friday", [SMALL]),
        ("la vencida y la de 500", [OLD, SMALL]),
        ("split the big one in 3", [BIG]), ("divide la grande en 3", [BIG]), ("parcela a grande em 3", [BIG]),
        ("la vieja mañana", [OLD]), ("the small one on friday", [SMALL]), ("esa primera la pago el lunes", [OLD]),
        ("just the october one, on friday", [OLD]), ("la de octubre el 1", [OLD]), ("a de outubro na sexta", [OLD]),
        ("la otra el viernes", [BIG, SMALL]), ("la de 777 el lunes", []),
    ],
)  # fmt: skip
def test_an_invoice_is_pointed_to(text: str, found: list[Invoice]):
    assert pointed.pointed(text, ALL, [OLD.number]) == found


@pytest.mark.parametrize("text", [
    "te pago todo el viernes", "te pago 500 el lunes", "la primera semana de diciembre", "pago na segunda",
    "I'll pay on the first", "te pago el primero", "la otra mitad el lunes", "te pago 1084 pesos el lunes",
    "la segunda quincena", "la otra semana", "el 5 de diciembre", "pago dia 10", "by Friday at the latest",
    "a última hora del viernes",
    "at the earliest on Monday",
    "la primera parte el lunes", "lo más pronto posible", "el lunes a más tardar", "pago na segunda, no máximo",
])  # fmt: skip
def test_a_promise_of_all_points_to_none(text: str):
    assert pointed.pointed(text, ALL, [OLD.number]) is None


def test_when_nothing_is_overdue_those_of_today_are_meant():
    today = invoice("F-1", 100_00, date(2026, 11, 22), 0)
    assert pointed.pointed("la vencida", [today, BIG]) == [today]
    assert pointed.pointed("la vencida", [BIG, SMALL]) == []
