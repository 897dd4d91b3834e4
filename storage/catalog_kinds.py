"""The kind of thing decides a search: for `bateria jetta 2015` any battery comes before a clutch for a Jetta.

A word that only things of one kind or two have names a kind. A word that things of many kinds have (a car, a year, a
brand) is a weak one: beside a kind that never comes with it, it tells little.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from core.words import stem

KINDS_OF_A_KIND, KINDS_OF_A_WEAK_WORD = 2, 3
OTHER_KIND = 0.4  # of the score of what is of another kind than was asked for
TOLD = 0.2  # of the weight of a weak word that the kind never comes with
_LEAST = 4  # letters of a word that may name a kind which the catalogue does not have
_OF_ANYTHING = """
refaccion refacciones pieza piezas parte partes part parts peca pecas producto productos product products produto
produtos accesorio accesorios accessory accessories acessorio acessorios cosa cosas thing things coisa coisas
articulo articulos item items itens repuesto repuestos autoparte autopartes opcion opciones options opcoes
marca marcas brand brands modelo modelos model models todo tipo tipos kind
"""
_ANYTHING = frozenset(map(stem, _OF_ANYTHING.split()))


class Word(Protocol):
    """A word of the question: the vocabulary words that it can mean, and how much it tells."""

    text: str
    strength: dict[str, float]
    weight: float


W = TypeVar("W", bound=Word)


def missed(known: Sequence[W], items: Iterable[set[str]]) -> list[W]:
    """The words that none of the found items has."""
    seen = set[str]().union(*items)
    return [word for word in known if seen.isdisjoint(word.strength)]


def shares(words: Sequence[Word], items: Mapping[str, set[str]], minor: frozenset[str]) -> dict[str, float]:
    """By which share of its score each item counts, where kinds decide; else empty. Makes weak words tell less."""
    known = [word for word in words if word.strength]
    unknown = any(_names_a_kind(word, minor) for word in words)
    if not unknown and any(all(_has(item, word) for word in known) for item in items.values()):
        return {}
    count = {word.text: len(_kinds(word, items.values())) for word in known}
    kinds = [word for word in known if 0 < count[word.text] <= KINDS_OF_A_KIND]
    weak = [word for word in known if count[word.text] >= KINDS_OF_A_WEAK_WORD]
    if not weak:
        return {}
    if not kinds:  # `tapetes jetta`: nothing that is called so, however much there is for a Jetta
        return dict.fromkeys(items, OTHER_KIND) if unknown and len(weak) == len(known) else {}
    of_kind = {sku: item for sku, item in items.items() if any(_has(item, word) for word in kinds)}
    for word in weak:
        if not any(_has(item, word) for item in of_kind.values()):
            word.weight *= TOLD
    return dict.fromkeys(items.keys() - of_kind.keys(), OTHER_KIND) | dict.fromkeys(of_kind, 1.0)


def lacks(words: Sequence[Word], item: set[str], minor: frozenset[str]) -> tuple[str, ...]:
    """The words of the question that an item has not; one that nothing in the catalogue has begins with `?`."""
    absent = [word for word in words if word.text not in minor and not _has(item, word)]
    return tuple(word.text if word.strength else f"?{word.text}" for word in absent)


def _names_a_kind(word: Word, minor: frozenset[str]) -> bool:
    text = word.text
    return not word.strength and text.isalpha() and len(text) >= _LEAST and text not in minor | _ANYTHING


def _has(item: set[str], word: Word) -> bool:
    return not item.isdisjoint(word.strength)


def _kinds(word: Word, items: Iterable[set[str]]) -> set[frozenset[str]]:
    return {frozenset(each for each in item if each[0] == "^") for item in items if _has(item, word)}
