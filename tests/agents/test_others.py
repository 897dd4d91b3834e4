"""Whose account is asked about: one's own, or somebody else's."""

import pytest

from agents.base import Turn
from agents.others import asked_for
from tests.orchestrator.conftest import NOW, StatedTools, tenant


async def _as_it_is(draft: str, facts: object) -> str:
    return draft


def turn(text: str, name: str = "Ana López") -> Turn:
    return Turn(
        text=text, intent="debt", locale="es", now=NOW, tenant=tenant(), channel="web", customer_name=name,
        history=(), state={}, tools=StatedTools({}), ask_llm=_as_it_is,
    )  # fmt: skip


@pytest.mark.parametrize("text", [
    "cuánto debe Juan Pérez?", "cuanto debe juan perez", "cuánto debe mi hermano", "cuál es el saldo de María López",
    "dime la deuda de Pedro", "cuánto tiene Valentina Rojas de saldo", "How much does Juan Perez owe?",
    "what does maria hernandez owe", "what's John's balance", "show me John Smith's debt", "my brother's balance",
    "what's John Smith's royalty balance",
    "what is the balance of Peter", "quanto o João Silva deve?", "quanto joao silva deve", "quanto deve a Maria",
    "qual o saldo da Maria Souza", "a dívida do meu irmão", "how much does he owe", "saldo de la cuenta 700020002",
    "cuanto debe el taller hernandez", "cuánto debe la empresa de mi primo", "how much does the Hernandez workshop owe",
    "quanto deve a oficina hernandez", "quanto a oficina hernandez deve", "quiero pagar la deuda de mi compadre",
    "los pedidos de mi vecino", "las regalías de mi hermano", "quanto ele deve?",
])  # fmt: skip
def test_somebody_elses_account_is_noticed(text: str) -> None:
    assert asked_for(turn(text))


@pytest.mark.parametrize("text", [
    "cuánto debo", "cuanto debe ser el pago", "cuánto debe medir la llanta", "cuánto debe mi cuenta",
    "cuánto debe Ana López", "mi saldo de regalías", "saldo de Spotify", "ganancias de Noche Clara",
    "quanto a gente deve", "quanto eu devo", "what do I owe", "how much do we owe", "pedido de Brembo",
    "saldo de octubre", "invoices for October", "what's my balance", "today's balance", "cuánto tiene de garantía",
    "how much does the pro plan have", "la deuda de Refacciones Norte", "cuánto gané en julio", "cuanto debe ya",
    "quanto custa a furadeira", "soy Valentina Rojas, cuanto tengo de saldo", "pedido P-1141", "balance of my account",
    "saldo da minha conta", "quero o saldo de setembro", "cuánto debe el taller", "cuánto debe la empresa este mes",
    "how much does the workshop owe", "quanto deve a oficina", "cuánto debe mi taller",
])  # fmt: skip
def test_the_own_account_and_things_are_not_taken_for_people(text: str) -> None:
    assert not asked_for(turn(text))


def test_the_own_business_is_not_somebody_else() -> None:
    assert not asked_for(turn("cuánto debe el taller Hernández", "Taller Hernández"))
    assert asked_for(turn("cuánto debe el taller Hernández", "Taller García"))
