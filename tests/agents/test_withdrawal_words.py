"""What is said about a withdrawal: a no, a sum, or one that was made before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from agents import loose_amount, payout
from agents.other_amount import beside_code, differs, instead, is_money, of_it, or_left, said
from agents.withdrawal_words import about_a_made_one, amount, asks_state, calls_off, foreign, share

NOW = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("no", "no"), ("Não.", "no"), ("ya no", "no"), ("ya no quiero retirar", "no"), ("não quero mais", "no"),
        ("I don't want to withdraw anymore", "no"), ("never mind", "no"), ("olvídalo", "no"), ("mejor no", "no"),
        ("cancel it", "cancel"), ("cancela", "cancel"), ("quiero cancelar el retiro", "cancel"),
        ("no, cancela", "cancel"), ("no lo canceles", ""), ("don't cancel it", ""), ("no me llegó", ""), ("stop", ""),
        ("no, mejor 45", "change"), ("não, melhor a metade", "change"), ("no, make it 45", "change"),
        ("no 45", "change"),
        ("no quiero 45", "no"), ("no, no quiero retirar 45", "no"), ("no, gracias", "no"),
        ("stop the withdrawal", "cancel"), ("detén el retiro", "cancel"), ("pare o saque", "cancel"),
        ("alto", ""), ("para el retiro de mañana", ""),
        ("no entiendo", ""), ("no quiero más mensajes", ""), ("cancelar mi pedido", ""), ("sí quiero", ""),
    ],
)  # fmt: skip
def test_only_a_plain_no_calls_it_off(text: str, reading: str) -> None:
    assert or_left(text) == reading


@pytest.mark.parametrize(
    ("text", "sum_"),
    [
        ("20", 20), ("20 dólares", 20), ("los 20", 20), ("unos 50 usd", 50), ("retira 45", 45), ("mejor 45", 45),
        ("quiero sacar 30 dólares para la renta", 30), ("I want to withdraw $250.50", Decimal("250.50")),
        ("quero sacar R$ 1.200,50", Decimal("1200.50")), ("2 mil", 2000), ("retirar 1.000", 1000),
        ("retirar 0.001", Decimal("0.001")), ("0,005", Decimal("0.005")),
        ("tengo 45 canciones", None), ("cuanto gane en 2025", None), ("el 15", None), ("el 50%", None),
        ("no quiero retirar 20", None), ("todo menos 20", None), ("half of 100", None), ("don't send 20", None),
        ("20 días", None), ("cuánto cobran por retirar 20 dólares", None), ("I have 12 songs", None),
    ],
)  # fmt: skip
def test_a_figure_in_a_sentence_about_something_else_is_no_sum(text: str, sum_: Decimal | None) -> None:
    assert amount(text) == sum_


@pytest.mark.parametrize(
    ("text", "open_now", "made"),
    [
        ("cancelar el retiro R-1005", True, True), ("dónde está mi retiro", False, True),
        ("where is my withdrawal", True, False), ("quiero hacer un retiro", False, False),
        ("quiero retirar", False, False), ("cuándo puedo retirar", False, False),
    ],
)  # fmt: skip
def test_a_withdrawal_of_before_is_told_from_a_new_one(text: str, open_now: bool, made: bool) -> None:
    assert about_a_made_one(text, open_now=open_now) is made


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("cámbialo a la mitad", "1/2"), ("make it half", "1/2"), ("muda para a metade", "1/2"), ("halve it", "1/2"),
        ("no, mejor la mitad", "1/2"), ("el doble", "2"), ("la mitad de mi saldo", None), ("half of everything", None),
        ("no quiero la mitad", None), ("la mitad de los filtros", None), ("the other half", None),
        ("¿cuánto es la mitad?", None), ("half of 100", None),
    ],
)  # fmt: skip
def test_a_half_is_of_the_amount_under_way_unless_the_balance_is_named(text: str, part: str | None) -> None:
    assert of_it(text) == (Fraction(part) if part else None)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("ponle 20 menos", -20), ("bájale 20", -20), ("súbele 10", 10), ("$15 less", -15), ("lower it by 10", -10),
        ("add 20", 20), ("add 20 more", 20), ("no, 20 less", -20), ("20 a mais", 20), ("reduz 10", -10),
        ("bájalo a 20", None), ("20 más o menos", None), ("no more than 20", None), ("todo menos 20", None),
        ("mejor 45", None), ("raise it to 50", None), ("¿cuánto es 20 menos?", None),
    ],
)  # fmt: skip
def test_so_much_less_or_more_is_of_the_amount_under_way(text: str, by: int | None) -> None:
    assert differs(text) == by


def test_a_no_is_not_about_a_withdrawal_whose_time_is_over() -> None:
    notes = {"withdrawal": "code", "withdrawal_until": NOW.isoformat()}
    assert payout.is_left(payout.as_of(notes, NOW - timedelta(seconds=1)), "no")
    assert not payout.is_left(payout.as_of(notes, NOW), "no")


def test_a_bare_no_after_other_things_is_about_these_while_no_code_was_sent() -> None:
    assert not payout.is_left({"withdrawal": "amount"}, "no")
    assert payout.is_left({"withdrawal": "amount"}, "cancel")
    assert payout.is_left({"withdrawal": "amount", "expects": "withdrawal"}, "no")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("sácame todo", "all"), ("todo", "all"), ("everything", "all"), ("tudo", "all"),
        ("withdraw all of it", "all"),
        ("quero sacar tudo", "all"), ("retira todo mi saldo disponible", "all"), ("la mitad", "half"),
        ("half", "half"),
        ("a metade", "half"), ("quiero retirar la mitad de mi saldo", "half"), ("half of my balance please", "half"),
        ("gracias por todo", ""), ("no quiero sacar todo", ""), ("todo menos 20", ""), ("la mitad de 100", ""),
        ("cuánto es la mitad", ""), ("la mitad de mis canciones no están", ""), ("how do I withdraw everything", ""),
        ("quiero saber todo sobre retiros", ""), ("thanks for everything", ""), ("don't withdraw all", ""),
    ],
)  # fmt: skip
def test_a_part_of_the_balance_is_read_where_nothing_else_is_said(text: str, part: str) -> None:
    assert share(text) == part


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("qué pasó con mi retiro?", True), ("where is my withdrawal", True), ("cadê meu saque", True),
        ("cadê o meu saque?", True), ("ya salió mi retiro?", True), ("mi retiro no ha llegado", True),
        ("has my withdrawal been paid?", True),
        ("o que aconteceu com o meu saque?", True), ("meu saque já caiu?", True),
        ("quiero hacer un retiro", False), ("cancel my withdrawal", False), ("withdraw 20", False), ("todo", False),
        ("cuánto puedo retirar", False), ("quiero cancelar mi retiro", False),
    ],
)  # fmt: skip
def test_a_question_after_a_withdrawal_is_told_from_a_wish(text: str, asks: bool) -> None:
    assert asks_state(text) is asks


def test_what_comes_after_the_no_is_what_is_wanted_instead() -> None:
    assert amount(instead("no, mejor 45 dólares")) == 45
    assert instead("no quiero 45") == instead("no, gracias") == instead("no, 45 no") == ""


@pytest.mark.parametrize(
    ("text", "currency", "other"),
    [
        ("retira 500 pesos", "USD", True), ("50 reais", "USD", True), ("100 euros", "USD", True),
        ("R$ 50", "USD", True),
        ("200 mil pesos colombianos", "USD", True), ("100 usd", "COP", True), ("30 dólares", "BRL", True),
        ("retira 500", "USD", False), ("$500", "USD", False), ("US$ 50", "USD", False), ("30 dollars", "USD", False),
        ("500 pesos", "COP", False), ("500 pesos", "MXN", False), ("R$ 50", "BRL", False), ("50 reais", "BRL", False),
    ],
)  # fmt: skip
def test_another_money_than_the_accounts_is_noticed(text: str, currency: str, other: bool) -> None:
    assert foreign(text, currency) is other


@pytest.mark.parametrize(
    ("text", "sum_"),
    [
        ("hazlo por 70 mejor", 70), ("ponle 60", 60), ("mejor 70", 70), ("change it to 70", 70), ("déjalo en 70", 70),
        ("make it 60 please", 60), ("actually make it 200", 200), ("na verdade faz 50 só", 50),
        ("melhor deixa 70", 70),
        ("mejor no, que sean 100", 100), ("que sean 45 dólares", 45), ("muda para 80", 80),
        ("cámbialo a US$250.50", 250.5),
        ("pode mudar pra 40?", 40), ("espera, ponle 90", 90), ("can you lower it to 30?", 30), ("baja a 25", 25),
        ("no, mejor 45", 45), ("cambia de 200 a 70", 70), ("withdraw 70 instead", 70), ("não, faz 35", 35),
    ],
)  # fmt: skip
def test_another_amount_is_read_however_it_is_asked_for(text: str, sum_: float) -> None:
    assert said(text) == or_left(text) == "change"
    assert amount(instead(text) or text) == Decimal(str(sum_))


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("ponle setenta", "unclear"), ("make it two hundred", "unclear"), ("cambia la cantidad", "unclear"),
        ("quiero otra cantidad", "unclear"), ("mejor menos", "unclear"), ("el 40%", "unclear"),
        ("no tanto, 50", "unclear"),
        ("todo menos 100", "unclear"), ("half of 100", "unclear"), ("mejor 70 u 80", "unclear"),
        ("deja 70 en mi cuenta", "unclear"),
        ("um pouco menos", "unclear"), ("melhor sessenta", "unclear"), ("quiero retirar menos", "unclear"),
        ("70", "sum"), ("los 20", "sum"), ("la mitad", "sum"), ("mejor la mitad", "change"),
        ("tengo 45 canciones", ""), ("otro código", ""), ("no me llegó", ""), ("gracias por todo", ""),
        ("cuánto me queda", ""),
        ("mejor mañana", ""), ("cuándo llega, antes del 25?", ""), ("cambia mi nombre", ""), ("no", ""), ("hola", ""),
    ],
)  # fmt: skip
def test_a_sum_that_cannot_be_read_is_told_from_what_is_none(text: str, reading: str) -> None:
    assert said(text) == reading


@pytest.mark.parametrize(
    "text",
    [
        "482913", "my code is 482 913", "meu código é 482913, obrigado", "el codigo es 482-913",
        "chegou no email: 482913", "código para confirmar el retiro: 482913",
    ],
)  # fmt: skip
def test_a_code_with_nothing_but_polite_words_is_plain(text: str) -> None:
    assert beside_code(text, "482913") == ""


@pytest.mark.parametrize(
    "text",
    [
        "482913 pero mejor 70", "482913 for half of it", "no, 482913", "espera 482913", "482913 make it sixty",
        "482913, não quero", "482913 pero que sean setenta",
    ],
)  # fmt: skip
def test_a_code_beside_other_wishes_is_not_plain(text: str) -> None:
    assert beside_code(text, "482913")


def test_six_digits_of_money_are_no_code() -> None:
    assert is_money("mejor $150000", "150000")
    assert is_money("150000 dólares", "150000")
    assert not is_money("mi código es 150000", "150000")


@pytest.mark.parametrize("text", [
    "desisto", "cambié de opinión", "mejor luego", "no fui yo, no quiero retirar nada", "wait, I changed my mind",
    "I'll do it later", "nah leave it", "mudei de ideia", "mejor mañana", "não fui eu",
])  # fmt: skip
def test_who_has_changed_his_mind_calls_it_off(text: str):
    assert calls_off(text) == "no"


@pytest.mark.parametrize("text", ["mejor luego 50", "no lo canceles", "cuándo llega", "change it to 70", "mi código"])
def test_what_asks_or_names_a_sum_calls_nothing_off(text: str):
    assert calls_off(text) == ""


@pytest.mark.parametrize("text", [
    "perdón, eran 70", "desculpa, era 70", "me equivoqué, son 70", "ay no, eran 70", "sorry, I meant to say 70",
])  # fmt: skip
def test_a_slip_of_the_pen_is_another_amount(text: str):
    assert amount(instead(text) or text) == 70


@pytest.mark.parametrize("text", ["mais 20", "no wait, it should be 70"])
def test_what_is_added_or_not_understood_is_asked_for(text: str):
    assert said(text) == "unclear"
    assert amount(instead(text) or text) is None


@pytest.mark.parametrize(
    ("text", "sum_"),
    [
        ("ok same account then, but 150", 150), ("same bank as before, 45 this time", 45), ("fine, but 35 only", 35),
        ("ok a la misma pero 120", 120), ("pode ser 30 na mesma conta", 30), ("let's leave it at 90", 90),
        ("too much. 90", 90), ("top it up to 80", 80), ("va pero que sean 80", 80), ("ponle setenta", 70),
        ("no tanto, 50", 50), ("con 45 me alcanza", 45), ("45 is enough", 45), ("how about 45?", 45),
        ("45, i made a mistake", 45),
        ("al final 45", 45), ("saca como 45", 45), ("45. when will it arrive?", 45),
    ],
)  # fmt: skip
def test_an_amount_said_in_passing_is_read(text: str, sum_: int):
    assert or_left(text)
    assert loose_amount.clear(text) == sum_


@pytest.mark.parametrize("text", [
    "cuánto gané en 2025", "cuánto gané en octubre de 2025", "mi pedido 1023", "F-1130", "el 15", "5 de diciembre",
    "tengo 45 canciones", "quiero 2 masterizaciones", "te pago 500 el viernes", "mi código es 482913", "R-1005",
    "llega en 3 días?", "my album 1989", "top 3 countries", "gracias", "cuándo llega, antes del 25?",
])  # fmt: skip
def test_a_figure_that_is_no_amount_is_left_alone(text: str):
    assert loose_amount.kind(text) == ""


@pytest.mark.parametrize("text", [
    "mejor 70 u 80", "deja 70 en mi cuenta", "mais 20", "el 40%", "todo menos 100", "i don't want 45", "half of 100",
])  # fmt: skip
def test_an_amount_that_is_not_clear_is_asked_for(text: str):
    assert loose_amount.kind(text)
    assert loose_amount.clear(text) is None
