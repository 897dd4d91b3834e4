"""The language of an answer: the tenant's until the customer's words tell another one."""

from datetime import UTC, datetime

import pytest

from core.conversation import Line
from orchestrator.intents import read
from orchestrator.language import choose

AT = datetime(2026, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "current", "default", "answer"),
    [
        ("asdf", None, "es", "es"), ("hello", None, "es", "en"), ("oi", None, "es", "pt"), ("hola", None, "pt", "es"),
        ("llanta 195 65 r15", None, "es", "es"), ("cobran envio?", None, "es", "es"),
        ("acrescenta 2 trenas de 5m", "pt", "pt", "pt"), ("blz vou querer, como pago?", "pt", "pt", "pt"),
        ("hola necesito 3 balatas", "en", "es", "es"), ("can i talk to a person", "es", "es", "en"),
        ("quanto custa a furadeira", "es", "es", "pt"), ("balata jetta 2015", "en", "es", "en"),
        ("thanks", "es", "es", "es"), ("thank you", "es", "es", "es"), ("mi saldo", "en", "es", "es"),
        ("hola", "en", "en", "es"), ("meu saldo", "es", "es", "pt"), ("my balance", "pt", "pt", "en"),
        ("no me llegó", "es", "es", "es"), ("¿Qué me recomiendas?", "es", "es", "es"),
        ("good morning", None, "es", "en"), ("oi, tudo bem?", None, "es", "pt"), ("Olá", None, "es", "pt"),
        ("qué onda", None, "pt", "es"), ("hey there", None, "pt", "en"), ("cuánto debo", "en", "en", "es"),
        ("quanto devo", "en", "en", "pt"), ("what do I owe", "pt", "pt", "en"),
    ],
)  # fmt: skip
def test_a_language_is_kept_until_words_tell_another(text: str, current: str | None, default: str, answer: str) -> None:
    assert choose(read(text), text, (), current, default) == answer


@pytest.mark.parametrize("silent", ["ABC-123", "ok", "PRO-100", "NO-200", "482913", "👍", "ana@do.com", "3/8 x 2", "?"])
@pytest.mark.parametrize("current", ["es", "en", "pt"])
def test_a_code_an_ok_or_a_figure_changes_nothing(silent: str, current: str) -> None:
    assert choose(read(silent), silent, (), current, "es") == current


@pytest.mark.parametrize(
    ("default", "talk"),
    [
        ("es", ("es: hola, tienes balatas? | es: ok | en: how much is the first one? | en: ABC-123 | en: thanks | "
               "es: cuánto debo | es: dame 2 | es: thanks")),
        ("es", "es: ABC-123 | en: hello | en: ok | en: brake pads | pt: oi, quanto custa o frete? | pt: sim"),
        ("pt", "pt: oi | es: hola, cuánto cuesta el envío | es: ok | es: gracias | pt: quero pagar o boleto amanhã"),
        ("en", "en: what do I owe? | en: gracias | es: hola | es: P-1141 | en: where is my order?"),
    ],
)  # fmt: skip
def test_it_follows_the_last_messages_with_enough_words(default: str, talk: str) -> None:
    current, history = None, list[Line]()
    for said in talk.split(" | "):
        expected, _, text = said.partition(": ")
        current = choose(read(text), text, (), current, default, history=history)
        assert current == expected, said
        history.append(Line(author="customer", text=text, at=AT))
