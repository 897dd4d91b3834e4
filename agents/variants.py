"""Reads another size or colour of what is quoted: `mejor el de 550 cca`, `una de 24 y una de 20`; pure functions.

A figure behind `el de`, `the … one` tells things of one kind apart; it counts nothing.
"""

import re
from decimal import Decimal
from typing import Literal, NamedTuple

from agents import reading
from core import units
from core.unit_words import UNIT_CODES

_MANY = (
    r"\d{1,4}|una?|uno|uma?|one|two|three|four|five|six|dos|dois|duas|tres|cuatro|quatro|cinco|seis|siete|sete|ocho|oito"
    r"|nueve|nove|diez|dez"
)
_THE = r"(?:el|la|los|las|lo|o|a|os|as|the)"
_COLOURS_NAMED = """
azul azules azuis blue;roja rojo rojas rojos vermelha vermelho vermelhas vermelhos red;negra negro negras negros preta
preto pretas pretos black;blanca blanco blancas blancos branca branco brancas brancos white;verde verdes green;amarilla
amarillo amarillas amarillos amarela amarelo amarelas amarelos yellow;gris grises cinza cinzas gray grey;cafe cafes
marron marrom brown;rosa rosas pink;naranja naranjas laranja laranjas orange
"""
_COLOUR_OF = {name: line.split()[0] for line in _COLOURS_NAMED.split(";") for name in line.split()}
_COLOUR = "(?:" + "|".join(_COLOUR_OF) + ")"
_FIGURE = r"\d[\w.,/]*(?: [a-z\"°º.]+){0,3}"
_TAIL = r"(?: (?:mejor|melhor|instead|rather|por favor|please|porfa|entonces|entao|then))*"
_ATTRIBUTE = re.compile(  # the whole of what comes in the place of something
    rf"(?:(?:(?P<n>{_MANY}) )?(?:(?:de |of )?{_THE} )?(?:(?:de|d) )(?P<of>{_FIGURE})"
    rf"|(?:(?P<n2>{_MANY}) (?:of )?)?(?P<the>(?:the|an?) )?(?P<one>{_FIGURE}?) ?(?P<ones>ones?)"
    rf"|(?:(?P<n3>{_MANY}) )?(?:(?:de |of )?{_THE}|del|do|da|dos|das) (?:de (?:cor|color) )?"
    rf"(?P<colour>{_COLOUR})(?: ones?)?){_TAIL}"
)
_SO_MANY_OF = re.compile(  # not `2 de las 5 bujías`, two of what there are
    rf"(?P<n>{_MANY}) (?:(?:de|d)(?: {_THE} de)? (?P<of>{_FIGURE})|(?:of|in) (?P<of2>{_FIGURE})"
    rf"|of the (?P<of3>{_FIGURE}?) ones?|(?:(?P<unit>[a-z]+) )?(?:del|do|da|dos|das|de l[oa]s?|of the|of|de|in)"
    rf" (?:(?:cor|color) )?(?P<colour>{_COLOUR})(?: ones?)?){_TAIL}"
)
_SWAP = re.compile(
    r"(?:(?:no|mejor|melhor|please|por favor|can you|could you|puedes|pode|ok|y|e|and) )*"
    r"(?:cambi\w+|troc\w+|mud[ae]\w*|swap|replace|change|switch|sustitu\w+|substitu\w+|reemplaz\w+)"
    r"(?: (?P<old>.+?))?,? (?:por|for|with|pel[oa]s?|para|pra|to|a|al) (?P<new>.+)"
)
_RATHER = re.compile(
    r"(?:(?:no|nao|ok|y|e|and|wait|espera|perdon|desculpa|sorry|entonces|entao|actually|na verdade|en realidad),? )*"
    r"(?P<verb>mejor|melhor|prefiero|prefiro|quiero|quero|que sean?|i'?d rather(?: have)?|i want|rather"
    r"|make (?:it|them)|better|dame|deme|give me|seja|sejam|pon|poe)? ?(?P<new>.+)"
)
_SPLIT = re.compile(r" ?(?:[,;\n]|\b(?:y|e|and)\b) ?")
_MORE = re.compile(
    r"(?:(?:y|e|and|agreg\w+|anad\w+|add|mas|mais|tambien|tambem|also|acrescent\w+|adicion\w+|plus|inclu\w+) )+"
)
_INSTEAD = re.compile(
    r"(?:mejor|melhor|rather|instead|que sean|que sejam|make (?:it|them)|cambi\w+|troc\w+|swap|change)"
    r"(?: (?:a|por|to|for|pra))? "
)
_ASKS = re.compile(
    r"(?:(?:quiero|quero|dame|deme|give me|i want|ponme|manda\w*|me ve|me da|let me have|ok|si|sim|yes),? )+"
)
_YES_OR_NO = r"(?:(?:si|sim|yes|no|nao|mejor|melhor|please|por favor) )*"
_PLACE = re.compile(
    rf"{_YES_OR_NO}(?:en (?:su )?lugar|en vez|em vez|no lugar)(?: d?(?:es[eoa]s?|dess[ea]s?|disso))?"
    rf"|{_YES_OR_NO}(?:instead|replace (?:it|them)|cambial[oa]s?|in (?:its|their) place)"
)
_BESIDE = re.compile(
    rf"{_YES_OR_NO}(?:ademas|alem(?: disso)?|besides|in addition|also|as well|tambien|tambem|agregal[oa]s?"
    r"|add (?:it|them))"
)
_TOKEN = re.compile(r"\d+(?:[.,/]\d+)?|[a-z]+|[\"°º]")
_SAME = {
    "grados": "°", "grado": "°", "graus": "°", "grau": "°", "degrees": "°", "degree": "°", "º": "°", '"': "PULG",
    "w": "W", "watt": "W", "watts": "W", "v": "V", "volt": "V", "volts": "V", "voltios": "V", "amp": "A", "amps": "A",
    "amperes": "A", "amperios": "A", "grit": "grao", "grano": "grao",
}  # fmt: skip

Mode = Literal["instead", "beside", ""]


class Some(NamedTuple):
    """So much of a size or a colour; no amount is as many as there are of what it stands for."""

    amount: Decimal | None
    attribute: str
    unit: str = ""


class Wanted(NamedTuple):
    """Some of another size or colour, in the place of what is quoted or beside it; no mode is not told."""

    parts: tuple[Some, ...]
    mode: Mode
    old: str = ""  # what goes, where that is named


def wanted(text: str) -> Wanted | None:
    """What a text wants of another size or colour; None when it names a thing, or nothing of the kind."""
    words = " ".join(reading.fold(text).replace("¿", " ").split()).strip(" .!?")
    if (swap := _SWAP.fullmatch(words)) and (found := _attribute(swap["new"])):
        return Wanted((found,), "instead", reading.product_phrase(swap["old"] or ""))
    if several := _several(words):
        return several
    rather = _RATHER.fullmatch(words)
    if rather and (found := _attribute(rather["new"])):
        return Wanted((found,), "instead" if rather["verb"] or found.amount is None else "")
    return None


def place(text: str) -> Mode:
    """The answer to our question whether something comes in the place of what is quoted, or beside it."""
    words = " ".join(re.findall(r"\w+", reading.fold(text)))
    if _BESIDE.fullmatch(words):
        return "beside"
    return "instead" if _PLACE.fullmatch(words) else ""


def _attribute(words: str) -> Some | None:
    match = _ATTRIBUTE.fullmatch(words)
    if not match or (match["one"] and not (match["the"] and match["ones"] == "one") and not _measured(match["one"])):
        return None  # `2 bosch ones` are two
    many = match["n"] or match["n2"] or match["n3"]
    return _some(many, match["of"] or match["one"] or match["colour"])


def _several(words: str) -> Wanted | None:
    """`2 de 80 e 2 de 220`, `y 25 metros del azul`."""
    more, instead = _MORE.match(words), _INSTEAD.match(words)
    rest = words[max(more.end() if more else 0, instead.end() if instead else 0) :]
    rest = _ASKS.sub("", rest, count=1) if _ASKS.match(rest) else rest
    matches = [_SO_MANY_OF.fullmatch(part) for part in _SPLIT.split(rest) if part]
    if not matches or any(match is None for match in matches):
        return None
    parts = [_some(m["n"], m["of"] or m["of2"] or m["of3"] or m["colour"], m["unit"] or "") for m in matches if m]
    found = tuple(part for part in parts if part)
    mode: Mode = "beside" if more else "instead" if instead else ""
    return Wanted(found, mode) if len(found) == len(matches) else None


def _some(many: str | None, attribute: str, unit: str = "") -> Some | None:
    code = UNIT_CODES.get(unit, "")
    name = reading.product_phrase(attribute)
    quantity = units.parse_quantity(many) if many else None
    if not name or (unit and not code) or _MONEY.search(attribute):
        return None
    return Some(quantity.amount if quantity else None, name, code)


def tells_apart(word: str) -> bool:
    """True for a colour or a unit, which things of one kind have different."""
    return word in _COLOUR_OF or word in UNIT_CODES or word in _SAME


def _measured(attribute: str) -> bool:
    return any(token in _UNITS or token in _RATES for token in _tokens(attribute))


def has_figures(attribute: str) -> bool:
    """True for a size, false for a colour."""
    return bool(re.search(r"\d", attribute))


def is_bare(phrase: str) -> bool:
    """True for a small figure, or one with its unit, and nothing more: no name of a thing."""
    first, *rest = _tokens(phrase) or [""]
    return first.isdigit() and len(first) < _CODE and all(token in _UNITS for token in rest)


def has(name: str, attribute: str) -> bool:
    """True when a product's name has the figures of an attribute, of the same unit, and its words."""
    known, asked = _tokens(name), _tokens(attribute)
    for at, token in enumerate(asked):
        if token[0].isdigit():
            unit = asked[at + 1] if at + 1 < len(asked) else ""
            if not any(each == token and _fits(unit, known, n) for n, each in enumerate(known)):
                return False
        elif token not in _UNITS and not any(each[:4] == token[:4] for each in known):
            return False
    return True


def is_figure_of(name: str, amount: Decimal | None, phrase: str) -> bool:
    """True when a figure and the word behind it stand so in a product's name: `88 grados` of a thermostat."""
    asked = _tokens(f"{amount.normalize():f} {phrase}")[:2] if amount and phrase else []
    known = _tokens(name)
    return len(asked) > 1 and asked in [known[at : at + 2] for at in range(len(known))]


def _fits(unit: str, known: list[str], at: int) -> bool:
    there = known[at + 1] if at + 1 < len(known) else ""
    return unit not in _UNITS or there not in _UNITS or unit == there


def _tokens(text: str) -> list[str]:
    words = _TOKEN.findall(reading.fold(text))
    return [_SAME.get(word) or UNIT_CODES.get(word) or _COLOUR_OF.get(word, word) for word in words]


_MONEY = re.compile(r"\b(?:pesos?|mxn|reais|real|brl|cop|usd|dolar\w*|dollars?|bucks)\b")
_CODE = 4  # figures that may name a part
_RATES = frozenset({"cca", "ah", "hp", "rpm", "k", "psi", "amp"})
_UNITS = frozenset({*_SAME.values(), *UNIT_CODES.values()})
