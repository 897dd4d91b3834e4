"""What is said about a withdrawal: a no, a sum, or one that was made before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from agents import payout
from agents.withdrawal_words import about_a_made_one, amount, calls_off

NOW = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no", "no"), ("Não.", "no"), ("ya no", "no"), ("ya no quiero retirar", "no"), ("não quero mais", "no"),
        ("I don't want to withdraw anymore", "no"), ("never mind", "no"), ("olvídalo", "no"), ("mejor no", "no"),
        ("cancel it", "cancel"), ("cancela", "cancel"), ("quiero cancelar el retiro", "cancel"),
        ("no, cancela", "cancel"), ("no lo canceles", ""), ("don't cancel it", ""), ("no me llegó", ""), ("stop", ""),
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
        ("quero sacar R$ 1.200,50", Decimal("1200.50")), ("2 mil", 2000),
        ("tengo 45 canciones", None), ("cuanto gane en 2025", None), ("el 15", None), ("el 50%", None),
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
