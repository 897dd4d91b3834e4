"""The language of an answer: the tenant's until the customer's words tell another one."""

import pytest

from orchestrator.intents import read
from orchestrator.language import choose


@pytest.mark.parametrize(
    ("text", "current", "default", "answer"),
    [
        ("asdf", None, "es", "es"), ("hello", None, "es", "en"), ("oi", None, "es", "pt"), ("hola", None, "pt", "es"),
        ("llanta 195 65 r15", None, "es", "es"), ("cobran envio?", None, "es", "es"),
        ("acrescenta 2 trenas de 5m", "pt", "pt", "pt"), ("blz vou querer, como pago?", "pt", "pt", "pt"),
        ("hola necesito 3 balatas", "en", "es", "es"), ("can i talk to a person", "es", "es", "en"),
        ("quanto custa a furadeira", "es", "es", "pt"), ("balata jetta 2015", "en", "es", "en"),
        ("thanks", "es", "es", "es"), ("no me llegó", "es", "es", "es"), ("¿Qué me recomiendas?", "es", "es", "es"),
    ],
)  # fmt: skip
def test_a_language_is_kept_until_words_tell_another(text: str, current: str | None, default: str, answer: str) -> None:
    assert choose(read(text), text, (), current, default) == answer
