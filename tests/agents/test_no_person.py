"""`No quiero hablar con nadie` asks for no person; what stands beside it is what is wanted."""

import pytest

from agents import no_person
from orchestrator.intents import read


@pytest.mark.parametrize(
    ("text", "rest", "intent"),
    [
        ("No quiero hablar con una persona, solo dime el precio", "solo dime el precio", "pricing"),
        ("I don't want to talk to a person, just the price", "I just the price", "pricing"),
        ("i don’t need an agent. how much do I owe?", "i how much do I owe?", "debt"),
        ("não quero falar com uma pessoa, só o preço", "só o preço", "pricing"),
        ("no me pases con nadie, cuanto debo", "cuanto debo", "debt"),
        ("não me passe para ninguém, quanto eu devo", "quanto eu devo", "debt"),
        ("no quiero hablar con una persona", "", "other"), ("i don't want to talk to anyone", "", "other"),
    ],
)  # fmt: skip
def test_what_is_wanted_stands_beside(text: str, rest: str, intent: str) -> None:
    assert no_person.without(text) == rest
    assert read(text).name == intent


@pytest.mark.parametrize(
    "text",
    [
        "quiero hablar con una persona", "no quiero un robot, quiero hablar con una persona",
        "why don't you connect me with a person", "no puedo hablar con alguien?", "can't i talk to a person",
        "no quiero hablar con un agente virtual, pasame con un humano", "por que no me pasas con una persona?",
        "no necesito hablar con nadie mas que con el gerente",
    ],
)  # fmt: skip
def test_who_wants_a_person_is_heard(text: str) -> None:
    assert no_person.without(text) is None
    assert read(text).name == "human"
