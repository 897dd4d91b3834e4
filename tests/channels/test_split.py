"""Long text is cut where a reader would cut it, and never inside one visible character."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from channels.split import shorten, size, split

FAMILY, FLAG, ACCENT = "👩‍👩‍👧‍👦", "🇲🇽", "é"
PIECES = st.sampled_from(
    [FAMILY, FLAG, ACCENT, "\r\n", "\n\n", " ", ". ", "word", "क्षि", "한국", "a", "\u0301", "😀", "\t"]
)
TEXTS = st.lists(st.one_of(PIECES, st.characters(exclude_categories=["Cs"])), max_size=60).map("".join)
UNITS = st.sampled_from(["chars", "utf16", "bytes"])


def graphemes(text: str) -> list[str]:
    return [g for g in regex.findall(r"\X", text) if not g.isspace()]


@given(TEXTS, st.integers(40, 90), UNITS)
def test_pieces_fit_keep_every_character_and_are_never_empty(text, limit, unit):
    pieces = split(text, limit, unit)
    assert all(size(piece, unit) <= limit and piece.strip() for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(TEXTS, st.integers(40, 90), UNITS)
def test_no_cut_divides_a_grapheme_that_fits(text, limit, unit):
    if all(size(g, unit) <= limit for g in regex.findall(r"\X", text)):
        assert [g for piece in split(text, limit, unit) for g in graphemes(piece)] == graphemes(text)


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("one two\n\nthree four", 14, ["one two", "three four"]),
        ("one two. three\nfour five", 18, ["one two. three", "four five"]),
        ("Hola. Buenos días a todos", 9, ["Hola.", "Buenos", "días a", "todos"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        (f"abc{FLAG}", 4, ["abc", FLAG]),
        ("abc\r\ndef", 4, ["abc", "def"]),
        ("exactly8 and", 8, ["exactly8", "and"]),
        ("   ", 2, []),
    ],
)
def test_cuts_prefer_paragraph_line_sentence_word(text, limit, pieces):
    assert split(text, limit) == pieces


def test_one_overlong_grapheme_still_ends():
    zalgo = "a" + "\u0301" * 5000
    assert "".join(split(zalgo, 100, "utf16")) == zalgo
    assert "".join(split(zalgo, 101, "bytes")) == zalgo


@given(TEXTS, st.integers(10, 30), UNITS)
def test_a_shortened_text_fits(text, limit, unit):
    assert size(shorten(text, limit, unit), unit) <= limit
