"""What is said about a withdrawal: a no, a sum, or one that was made before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from agents import payout
from agents.withdrawal_words import about_a_made_one, amount, asks_state, calls_off, foreign, instead, share

NOW = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no", "no"), ("Não.", "no"), ("ya no", "no"), ("ya no quiero retirar", "no"), ("não quero mais", "no"),
        ("I don't want to withdraw anymore", "no"), ("never mind", "no"), ("olvídalo", "no"), ("mejor no", "no"),
        ("cancel it", "cancel"), ("cancela", "cancel"), ("quiero cancelar el retiro", "cancel"),
        ("no, cancela", "cancel"), ("no lo canceles", ""), ("don't cancel it", ""), ("no me llegó", ""), ("stop", ""),
        ("no, mejor 45", "change"), ("não, melhor a metade", "change"), ("no, make it 45", "change"),
        ("no 45", "change"),
        ("no quiero 45", "no"), ("no, no quiero retirar 45", "no"), ("no, gracias", "no"),
        ("no entiendo", ""), ("no quiero más mensajes", ""), ("cancelar mi pedido", ""), ("sí quiero", ""),
    ],
)  # fmt: skip
def test_only_a_plain_no_calls_it_off(text: str, said: str) -> None:
    assert calls_off(text) == said


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
        ("sácame todo", "all"), ("todo", "all"), ("everything", "all"), ("tudo", "all"), ("withdraw all of it", "all"),
        ("quero sacar tudo", "all"), ("retira todo mi saldo disponible", "all"), ("la mitad", "half"), ("half", "half"),
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
        ("retira 500 pesos", "USD", True), ("50 reais", "USD", True), ("100 euros", "USD", True), ("R$ 50", "USD", True),
        ("200 mil pesos colombianos", "USD", True), ("100 usd", "COP", True), ("30 dólares", "BRL", True),
        ("retira 500", "USD", False), ("$500", "USD", False), ("US$ 50", "USD", False), ("30 dollars", "USD", False),
        ("500 pesos", "COP", False), ("500 pesos", "MXN", False), ("R$ 50", "BRL", False), ("50 reais", "BRL", False),
    ],
)  # fmt: skip
def test_another_money_than_the_accounts_is_noticed(text: str, currency: str, other: bool) -> None:
    assert foreign(text, currency) is other
