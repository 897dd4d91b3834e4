"""Words for searching in Spanish, Portuguese and English: folded, singular, with sizes and units made equal.

Queries and stored text go through the same functions, so only what they agree on matters.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from core.fold import fold
from core.unit_words import UNIT_TOKENS

# 1 1/2 and 1-1/2 are one size; 195/65 are two numbers: only a real fraction has one of these denominators.
_TOKEN = re.compile(
    r"(?:(?P<whole>\d{1,2})[ -])?(?P<fraction>\d{1,2}/(?:2|3|4|8|16|32|64))(?![\d/])"
    r"|(?P<decimal>\d+[.,]\d+)|(?P<word>[a-z0-9]+)|(?P<inch>\")"
)
_TYRE = re.compile(r"\b(\d{3})[/ -]?(\d{2})[/ -]*z?r[ -]?(\d{2})\b")  # 195/65R15 and 195 65 r15 are one size
_PARTS = re.compile(r"\d+|[a-z]+")

# Words that carry no product: articles, prepositions, and how people ask for things.
_FILLER_WORDS = """
a al algo alguna alguno algun as at ao aos ate ayuda amigo avisa an and any are bien boa bom bonita bonito boas
bueno buena buen buenas buenos busco buscando buscar can cada como comprar conseguir costo costa could
coste cual cuanto cuanta cuantas cuantos cuesta cuestan custa custam cto da dame dan das de del dele den desde
desejo dia dias dime disculpa disponible do does don donde dos e e' el ella ellas en encontrar encuentro entre
es esa ese eso esta estan este estes esto estou estoy existe favor find for from gostaria gracias hacer hasta
have haver hay hello hey hi hola how i in is it la las le les lo looking los manda mande mandame maneja manejan
mas me mejor mi might mis much muy my na nas necesito necesita nao need ni no nos o obrigado obrigada of oi ola
on or os otra otro ou para pero please pode podem podes podria por posso preciso precio precios precisando preco
precos prices price puede pueden puedes pues q que qual quais quanto quanta quantos quantas queria quero quiere
quieren quiero quisiera saber se sell ser si some su sua sus tambien tarde tardes te tem tendra tendran
teneis tenes tengo tenho tiene tienen tienes thanks the there to todo tu tus tudo um uma umas un una unas uno
unos uns usted vale valen vcs vc vende venden vendem vendes voce voces want would x xq y ya yo you your
noche noches noite
"""
FILLER = frozenset(_FILLER_WORDS.split())
# What people say about money and themselves; short ones are a typo away from a brand (debo, Depo).
_NO_PRODUCT_WORDS = """
debo debes debe debemos deben devo deve devemos owe pagar pagando gane gano ganamos ganho ganhei carro coche auto
urge urgente ocupo mande ahora agora hoy hoje manana amanha cotiza cotizar cotizacion orcamento quote
"""
_NO_PRODUCT = FILLER | frozenset(_NO_PRODUCT_WORDS.split())


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Drop the plural of Spanish, Portuguese and English from a folded word."""
    if len(word) < 4 or not word.isalpha():
        return word
    for plural, singular in (("oes", "ao"), ("aes", "ao"), ("ais", "al"), ("eis", "el"), ("ois", "ol"), ("ens", "em")):
        if word.endswith(plural) and len(word) > 4:
            return word.removesuffix(plural) + singular
    if word.endswith("es"):
        word = word[:-2]
    elif word[-1] == "s" and word[-2] not in "siu":
        word = word[:-1]
    if len(word) > 3 and word[-1] == "e":
        word = word[:-1]
    # luces and luz, batteries and battery meet here
    return word[:-1] + {"c": "z", "y": "i"}.get(word[-1], word[-1])


def tokens(text: str) -> list[str]:
    """Cut text into search words, in order, filler included: sizes, units and plurals in one form."""
    return list(_tokens(fold(text)))


def _tokens(folded: str) -> Iterator[str]:
    for match in _TOKEN.finditer(_TYRE.sub(r"\1 \2 r\3", folded)):
        if fraction := match["fraction"]:
            yield f"{match['whole']}-{fraction}" if match["whole"] else fraction
        elif decimal := match["decimal"]:
            yield decimal.replace(",", ".")
        elif word := match["word"]:
            yield UNIT_TOKENS.get(word) or stem(word)
        else:
            yield "pulg"


def query_words(text: str) -> list[str]:
    """The words of a question that can name a product: no filler, no repeats, at most twelve."""
    return content_words(text, without=_NO_PRODUCT)[:12]


def content_words(text: str, without: frozenset[str] = FILLER) -> list[str]:
    """The words of a text without filler and repeats, in order."""
    kept = " ".join(part for part in fold(text).split() if part.strip(".,;:!?¿¡()") not in without)
    return list(dict.fromkeys(_tokens(kept)))


def index_words(texts: Iterable[str]) -> list[str]:
    """All words under which a thing is found: `15mm` also as `15` and `mm`."""
    found: dict[str, None] = {}
    for text in texts:
        for token in content_words(text):
            found.update(dict.fromkeys([token, *split(token)]))
    return list(found)


def split(token: str) -> list[str]:
    """`10w40` is also `10`, `w`, `40`, `10w` and `w40`; a plain word or number has no parts."""
    if "/" in token or "." in token:
        return []
    parts = _PARTS.findall(token)
    if len(parts) < 2:
        return []
    pairs = [one + two for one, two in pairwise(parts)] if len(parts) > 2 else []
    return [UNIT_TOKENS.get(part, part) for part in parts] + pairs


# a song has nothing to do with cancelling, a part of a debt nothing with installing
_NO_FAMILY = frozenset({"cancion", "cancao", "installment", "instalment"})


@lru_cache(maxsize=20_000)
def root(word: str) -> str:
    """The common part of a word family: envío, envíos and enviar; devolver and devolución; pago and pagar."""
    if not word.isalpha() or len(word) < 4 or word in _NO_FAMILY:
        return word
    return word[: 5 if len(word) > 6 else 4].rstrip("aeiou")


@lru_cache(maxsize=20_000)
def spellings(word: str) -> frozenset[str]:
    """The word and all forms with one letter missing: two words with a common form are one or two typos apart."""
    return frozenset([word, *(word[:at] + word[at + 1 :] for at in range(len(word)))])


def distance(one: str, other: str, limit: int = 2) -> int:
    """Count typing errors (insert, drop, change, swap of neighbours) between two words, up to `limit` + 1."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, a in enumerate(one, 1):
        line = [row]
        for column, b in enumerate(other, 1):
            best = min(last[column] + 1, line[-1] + 1, last[column - 1] + (a != b))
            if row > 1 and column > 1 and a == other[column - 2] and one[row - 2] == b:
                best = min(best, before[column - 2] + 1)
            line.append(best)
        if min(line) > limit:
            return limit + 1
        before, last = last, line
    return min(last[-1], limit + 1)
