"""What is promised is read as it is said: the part, its day, and not the day of a condition."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import promised
from agents.promised import Part

TODAY = date(2026, 11, 21)
MONDAY, FRIDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 27), date(2026, 11, 28)
HALF = Fraction(1, 2)
PESOS = frozenset({"MXN", "COP"})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("te pago 500 el lunes y el resto después", [Part(MONDAY, Decimal(500)), Part(None, rest=True)]),
        ("la mitad el viernes", [Part(FRIDAY, share=HALF)]),
        ("half on friday", [Part(FRIDAY, share=HALF)]),
        ("metade na sexta", [Part(FRIDAY, share=HALF)]),
        ("te pago la mitad el viernes y la otra mitad el 4 de diciembre",
         [Part(FRIDAY, share=HALF), Part(date(2026, 12, 4), rest=True)]),
        ("half on friday and the rest on the 15th", [Part(FRIDAY, share=HALF), Part(date(2026, 12, 15), rest=True)]),
        ("pago R$ 50 na segunda e o resto depois",
         [Part(MONDAY, Decimal(50), money=frozenset({"BRL"})), Part(None, rest=True)]),
        ("te pago mañana 1,500.50", [Part(date(2026, 11, 22), Decimal("1500.50"))]),
        ("hoy no puedo, te doy 500 el viernes", [Part(FRIDAY, Decimal(500))]),
        ("solo 2 mil pesos, el lunes", [Part(MONDAY, Decimal(2000), money=PESOS)]),
        ("quinientos el viernes", [Part(FRIDAY, Decimal(500))]),
        ("five hundred on friday", [Part(FRIDAY, Decimal(500))]),
        ("te pago mil doscientos el lunes y trescientos el viernes",
         [Part(MONDAY, Decimal(1200)), Part(FRIDAY, Decimal(300))]),
        ("cento e vinte reais na sexta", [Part(FRIDAY, Decimal(120), money=frozenset({"BRL"}))]),
        ("el 10 por ciento el lunes", [Part(MONDAY, share=Fraction(1, 10))]),
        ("diez por ciento el lunes", [Part(MONDAY, share=Fraction(1, 10))]),
        ("vinte por cento na sexta", [Part(FRIDAY, share=Fraction(1, 5))]),
        ("ten percent on friday", [Part(FRIDAY, share=Fraction(1, 10))]),
        ("un tercio el viernes", [Part(FRIDAY, share=Fraction(1, 3))]),
        ("a quarter on friday", [Part(FRIDAY, share=Fraction(1, 4))]),
        ("te pago 30 de la más vieja el lunes", [Part(MONDAY, Decimal(30))]),
        ("pago 30 da mais antiga na sexta", [Part(FRIDAY, Decimal(30))]),
        ("I'll pay 300 of F-1045 on Friday", [Part(FRIDAY, Decimal(300))]),
        ("te pago veinte pesos el lunes", [Part(MONDAY, Decimal(20), money=PESOS)]),
        ("puedo pagar 30% hoy", [Part(TODAY, share=Fraction(3, 10))]),
        ("te pago 20 dólares el lunes", [Part(MONDAY, Decimal(20), money=frozenset({"USD"}))]),
        ("actually 200 on monday instead", [Part(MONDAY, Decimal(200))]),
        ("te pago 500", [Part(None, Decimal(500))]),
        ("les paso 1200 el lunes y el resto el viernes", [Part(MONDAY, Decimal(1200)), Part(FRIDAY, rest=True)]),
        ("put 5000 on the first one Friday", [Part(FRIDAY, Decimal(5000))]),
    ],
)  # fmt: skip
def test_a_part_is_read_with_its_day(text: str, parts: list[Part]):
    assert list(promised.promised(text, TODAY)) == parts


@pytest.mark.parametrize("text", [
    "te pago el 15", "te pago el viernes 4", "pago dia 30", "te pago 2 facturas el lunes", "te pago en 3 días",
    "te pago la factura 1023 el lunes", "te pago el lunes a las 5", "pago F-1023 el lunes", "te pago todo el viernes",
    "I'll pay on Dec 1", "te pago el treinta y uno de diciembre", "te pago el viernes", "15",
])  # fmt: skip
def test_a_day_or_a_number_is_no_part(text: str):
    assert promised.promised(text, TODAY) == ()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("si me cae el dinero el viernes te pago el sábado", SATURDAY),
        ("if they pay me on friday i'll pay you saturday", SATURDAY),
        ("se cair o dinheiro na sexta eu pago no sábado", SATURDAY),
        ("te pago el sábado si me cae el viernes", SATURDAY),
        ("si el viernes me pagan te pago el sábado", SATURDAY),
        ("te pago si me depositan el viernes", None), ("i'll pay if they pay me on friday", None),
        ("pago se me pagarem na sexta", None), ("cuando cobre el viernes te pago", None),
        ("si, el viernes", FRIDAY), ("sí te pago el viernes", FRIDAY), ("si el viernes", FRIDAY),
        ("se los pago el viernes", FRIDAY), ("te pago el once de diciembre", date(2026, 12, 11)),
    ],
)
def test_the_day_of_paying_is_not_the_one_of_the_condition(text: str, day: date | None):
    assert promised.day(text, TODAY) == day


@pytest.mark.parametrize("text", [
    "ni el viernes ni el lunes te puedo pagar", "no te pago el viernes ni el lunes", "el lunes tampoco",
    "I won't pay on Friday nor on Monday", "não pago na sexta nem na segunda", "segunda também não",
])  # fmt: skip
def test_a_day_that_is_refused_is_no_promise(text: str):
    assert promised.day(text, TODAY) is None
    assert promised.day("el viernes no, el lunes", TODAY) == MONDAY
    assert promised.day("I'll pay Monday either way", TODAY) == MONDAY


def test_euros_are_told_apart_from_the_money_of_the_debt():
    (part,) = promised.promised("I'll pay 10 euros on Friday", TODAY)
    assert (part.amount, part.money) == (10, {"EUR"})


@pytest.mark.parametrize("text", [
    "te pago si me depositan", "i'll pay when i get paid", "pago quando eu receber", "te pago el viernes si me cae",
    "si me pagan el viernes te deposito el lunes", "pago sexta se cair meu salário", "I'll pay Friday if I get paid",
    "i might be able to pay friday, not sure", "quizás te pago el viernes", "acho que pago na sexta",
    "te pago el viernes si puedo", "en cuanto me paguen el viernes te deposito",
])  # fmt: skip
def test_a_condition_is_noticed(text: str):
    assert promised.conditional(text)


@pytest.mark.parametrize("text", [
    "sí, te pago el viernes", "si no te molesta te pago el viernes", "te pago el viernes si está bien",
    "I'll pay on Friday if that's ok", "if you don't mind, Friday", "pago na sexta, se puder ser", "no sé cuándo",
    "te pago el viernes, si dios quiere", "pago sexta se não se importa", "te pago el viernes si te parece bien",
])  # fmt: skip
def test_courtesy_is_no_condition(text: str):
    assert not promised.conditional(text)


@pytest.mark.parametrize("text", ["te pago -50 el viernes", "te pago 0 el viernes", "pago R$ 0 na sexta", "0 pesos"])
def test_a_sum_below_one_is_noticed(text: str):
    assert promised.unpayable(text)


@pytest.mark.parametrize("text", ["te pago 50 el viernes", "el viernes - 500", "pago 10-12", "0.50 pesos", "el 05/12"])
def test_a_sum_that_can_be_paid_is_none(text: str):
    assert not promised.unpayable(text)


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(text: str):
    assert all(part.amount is None or part.amount > 0 for part in promised.promised(text, TODAY))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("la vencida el lunes y la otra el viernes", 2), ("the first one on Monday and the second one on Friday", 2),
        ("te pago 30 pesos el 12 de diciembre y el resto el 16 de diciembre", 1), ("la vencida el lunes", 1),
    ],
)  # fmt: skip
def test_invoices_with_days_of_their_own_are_told_apart(text: str, clauses: int):
    assert len(promised.clauses(text)) == clauses
