"""Reading messages: quality on the labelled sets, and no input that breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.routing import evaluate, matrix
from bench.routing_data import read as labelled
from orchestrator import consent
from orchestrator.intents import read
from orchestrator.labels import INTENTS, LANGUAGES
from orchestrator.normal import tokens


@pytest.mark.parametrize("language", LANGUAGES)
def test_agent_choice_is_right_on_messages_outside_the_training(language: str) -> None:
    figures, pairs, _ = evaluate(list(labelled("test", language)))
    assert figures["agent_macro_f1"] >= 0.90, matrix(pairs)
    assert figures["language_accuracy"] >= 0.95


@pytest.mark.parametrize("language", LANGUAGES)
def test_agent_choice_is_right_on_messy_messages_that_nobody_looked_at(language: str) -> None:
    held_out = [example for example in labelled("street", language) if example.half == "test"]
    figures, pairs, _ = evaluate(held_out)
    assert len(held_out) >= 75
    assert figures["agent_macro_f1"] >= 0.90, matrix(pairs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_hardly_any_held_out_message_stands_in_the_training(language: str) -> None:
    """Short usual phrases are the same in every set; sentences should not be."""
    learnt = {" ".join(tokens(example.text)) for kind in ("train", "check") for example in labelled(kind, language)}
    held_out = [" ".join(tokens(example.text)) for example in labelled("test", language)]
    assert sum(plain in learnt for plain in held_out) / len(held_out) < 0.25


def test_every_intent_has_training_messages_in_every_language() -> None:
    for language in LANGUAGES:
        assert {example.intent for example in labelled("train", language)} == set(INTENTS)


@given(st.text(max_size=300))
def test_any_text_is_read_without_raising(text: str) -> None:
    intent = read(text)
    assert intent.name in INTENTS
    assert 0 <= intent.confidence <= 1
    assert -1 <= intent.sentiment <= 1
    assert 0 <= intent.priority <= 10
    consent.read(text)


@pytest.mark.parametrize("text", ["hola" * 5000, "\x00" * 100, "ｈｏｌａ", "𝓱𝓸𝓵𝓪", "🙏" * 500, "\u202eabc", "é" * 3000])
def test_odd_texts_are_read(text: str) -> None:
    assert read(text).name in INTENTS


_WORDS = {
    "opted_out": {
        "es": ("STOP", "BAJA", "ALTO", "CANCELAR", "PARAR", "SALIR", "dar de baja", "No me escriban más"),
        "en": ("STOP", "STOPALL", "UNSUBSCRIBE", "QUIT", "END", "CANCEL", "opt-out", "stop messaging me"),
        "pt": ("PARAR", "PARE", "SAIR", "CANCELAR", "DESCADASTRAR", "Não quero mais mensagens"),
    },
    "opted_in": {"es": ("ALTA", "REACTIVAR"), "en": ("START", "UNSTOP", "SUBSCRIBE"), "pt": ("VOLTAR", "REATIVAR")},
}


@pytest.mark.parametrize(("wish", "language"), [(wish, language) for wish in _WORDS for language in _WORDS[wish]])
def test_every_word_of_consent_counts_however_it_is_typed(wish: str, language: str) -> None:
    for word in _WORDS[wish][language]:
        for typed in (word, word.lower(), word.title(), f" {word}. ", f"¡{word}!", f"{word}\n", f"*{word}*"):
            assert consent.read(typed) == wish, typed


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("STOP", "opted_out"), ("Baja.", "opted_out"), ("¡Alto!", "opted_out"), ("SAIR", "opted_out"),
        ("cancelar", "opted_out"), ("Unsubscribe", "opted_out"), ("ALTA", "opted_in"), ("start", "opted_in"),
        ("cancelar mi pedido", None), ("/start", None), ("doy de baja la luz alta", None), ("", None),
        ("¿a qué hora pasa el alto?", None), ("STOP please", "opted_out"), ("hola, baja por favor", "opted_out"),
        ("please unsubscribe", "opted_out"), ("no me escriban más, gracias", "opted_out"),
        ("parem de me mandar mensagens por favor", "opted_out"), ("stop the order please", None),
        ("cancelar por favor", None), ("cancel please", None), ("please", None), ("stop by the shop", None),
        ("unsubscribe me from marketing only, keep order updates", "promotions_stopped"),
        ("ya no me manden promos", "promotions_stopped"), ("não quero mais receber promoções", "promotions_stopped"),
        ("stop sending me offers", "promotions_stopped"), ("ya no me manden nada, ni promos", None),
        ("ya no hay promos?", None), ("quiero la promo de llantas", None), ("no quiero la promo, la otra", None),
        ("vuelvan a mandarme promos", "opted_in"), ("resubscribe me", "opted_in"),
        ("quiero suscribirme al plan pro", None), ("me manden otra vez la liga", None),
        ("pode me avisar de promoção de novo", "opted_in"), ("send me the messages again", "opted_in"),
    ],
)  # fmt: skip
def test_only_a_message_that_is_nothing_else_gives_or_takes_consent(text: str, wish: str | None) -> None:
    assert consent.read(text) == wish


def test_threats_of_law_have_the_highest_priority() -> None:
    assert read("los voy a denunciar ante profeco").priority >= 9
    assert read("hola buenas tardes").priority <= 3


def test_anger_is_negative_and_thanks_are_positive() -> None:
    assert read("PÉSIMO servicio, son unos rateros!!!").sentiment <= -0.7
    assert read("excelente, mil gracias").sentiment > 0.3


@pytest.mark.parametrize("text", ["remove both", "quita los dos", "tira os dois", "borra la segunda", "delete that"])
def test_to_take_things_out_of_a_quote_takes_no_consent_back(text: str) -> None:
    assert not consent.speaks_of_messages(text)
    assert read(text).name != "opt_out"


@pytest.mark.parametrize("text", ["remove me", "bórrenme", "me saquen de ahí", "delete my number", "me tirem daí"])
def test_to_take_a_person_out_is_of_messages(text: str) -> None:
    assert consent.speaks_of_messages(text)
