"""Search words: folding, plurals, sizes, typing errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fold import fold
from core.synonyms import synonyms
from core.words import distance, index_words, query_words, root, spellings, stem


@pytest.mark.parametrize(
    "family",
    [
        ("balata", "balatas"), ("motor", "motores"), ("cable", "cables"), ("llave", "llaves"), ("luz", "luces"),
        ("lápiz", "lápices"), ("caminhão", "caminhões"), ("pincel", "pincéis"), ("metal", "metais"),
        ("battery", "batteries"), ("brush", "brushes"), ("parafuso", "parafusos"), ("tapón", "tapones"),
    ],
)  # fmt: skip
def test_singular_and_plural_meet(family):
    assert len({stem(fold(word)) for word in family}) == 1


@pytest.mark.parametrize(
    "family", [("envío", "envíos", "enviar"), ("devolver", "devolución"), ("pago", "pagar"), ("factura", "facturar")]
)
def test_a_word_family_has_one_root(family):
    assert len({root(stem(fold(word))) for word in family}) == 1


def test_one_size_written_in_many_ways_gives_the_same_words():
    assert query_words("llanta 195/65R15") == query_words("llanta 195 65 r15") == query_words("LLANTA 195-65 R 15")
    assert query_words("codo ½ pulgada") == query_words('codo 1/2"') == query_words("codo 1/2 plg")


def test_a_code_is_also_found_by_its_parts():
    assert {"15mm", "15", "mm"} <= set(index_words(["broca 15mm"]))
    assert {"10w40", "10", "40"} <= set(index_words(["aceite 10W40"]))


@pytest.mark.parametrize(
    "text", ["hola", "buenas tardes", "quiero pagar", "cuánto debo", "gracias", "obrigado", "thanks"]
)
def test_what_names_no_product_leaves_no_words(text):
    assert query_words(text) == []


def test_an_item_is_also_found_by_the_other_names_of_its_kind():
    assert {"pastilla", "freno", "brak", "pad"} <= synonyms({"balata", "delantera"})
    assert synonyms({"freno"}) == set()  # a part of a name names nothing


@given(st.text("abcdefgh", min_size=3, max_size=12), st.data())
def test_one_typing_error_is_at_distance_one_and_has_a_common_form(word, data):
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("xyz"))
    for typed in (word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :]):
        assert distance(word, typed) == 1
        assert spellings(word) & spellings(typed)


@given(st.text("abcd", max_size=9), st.text("abcd", max_size=9))
def test_distance_is_symmetric_and_zero_only_for_the_same_word(one, other):
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
