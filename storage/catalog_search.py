"""Find products by what people type: typos, plurals, synonyms, sizes, in any order, the best first.

Three steps. The tenant's vocabulary gives for each typed word the words that it can mean (`catalog_spellings`: two
words are near when dropping a letter makes them equal). The GIN index gives items that have all of them and, if
these are few, all but one. Python scores these few: the share of the question that an item covers, rare words
weighing more, unknown words counting against it; so a question about something else scores low everywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import log
from typing import Any

from core.money import Money
from core.records import Product, ProductFilter
from core.unit_words import COUNTS, HALVES, NUMBERS, UNIT_TOKENS
from core.words import distance, query_words, spellings, split, stem
from storage import catalog_kinds

COLUMNS = "sku, name, brand, category, unit, price_minor, currency, stock"
ENOUGH = 80  # candidates of a strict tsquery
FEW = 25  # of a loose one, which stand in when the strict find too little
SPECIFIC = 4  # known words from which on a find with the score SURE makes looser questions needless
SURE = 0.6
LEFT_OUT = 6  # words that may be left out in turn
UNKNOWN = 0.6  # weight of a word that the catalogue does not have, next to one that one item has
MINOR = 0.2  # of that, when it only says how much is wanted (dos kilos) or joins words
_JOINING = ("con", "sin", "com", "sem", "with", "without")
_MINOR_WORDS = frozenset({*UNIT_TOKENS.values(), *map(stem, (*NUMBERS, *COUNTS, *HALVES)), *_JOINING})


@dataclass(slots=True)
class Token:
    """A typed word: what it can mean, and how much it tells. `strength` maps vocabulary words to 0..1."""

    text: str
    strength: dict[str, float] = field(default_factory=dict)
    weight: float = 0.0

    def best(self) -> list[str]:
        top = max(self.strength.values())
        return [word for word, value in self.strength.items() if value >= top]


async def search(
    connection: Any, tenant: str, query: str, limit: int = 5, only: ProductFilter | None = None, *, most: int = 0
) -> list[Product]:  # fmt: skip
    """The products that fit best, with `score` 0..1; an exact SKU comes first with 1. `only` leaves out others.

    `most`: give so many where they are found anyway, though `limit` are enough.
    """
    scores = await _by_sku(connection, tenant, query, limit)
    lacks: dict[str, tuple[str, ...]] = {}
    if max(scores.values(), default=0.0) < 1:
        for sku, (score, lacking) in (await _by_words(connection, tenant, query, limit, only)).items():
            scores[sku], lacks[sku] = max(score, scores.get(sku, 0.0)), lacking
    best = sorted(scores, key=lambda sku: (-scores[sku], sku))[: max(limit * 2, most)]
    found = {row["sku"]: row for row in await connection.fetch(_SELECT, tenant, best)} if best else {}
    products = [product(found[sku], scores[sku], lacks.get(sku, ())) for sku in best if sku in found]
    return sorted((each for each in products if only is None or only.takes(each)), key=rank)[: max(limit, most)]


def rank(found: Product) -> tuple[float, bool, str]:
    """What comes first: the better score, then what is in stock."""
    return -round(found.score, 3), found.stock <= 0, found.sku


async def _by_sku(connection: Any, tenant: str, query: str, limit: int) -> dict[str, float]:
    parts = query.split()
    keys = {_key(part) for part in parts if len(part) >= 5} | ({_key(query)} if len(parts) <= 4 else set())
    keys = {key for key in keys if len(key) >= 4 and any(sign.isdigit() for sign in key)}
    if not keys:
        return {}
    prefix = _key(query) if len(parts) == 1 and any(sign.isdigit() for sign in query) else ""
    rows = await connection.fetch(_BY_KEY, tenant, sorted(keys), prefix if len(prefix) >= 4 else "", limit)
    return {row["sku"]: 1.0 if row["exact"] else 0.9 for row in rows}


def _key(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isascii() and sign.isalnum())


async def _by_words(
    connection: Any, tenant: str, query: str, limit: int, only: ProductFilter | None
) -> dict[str, tuple[float, tuple[str, ...]]]:  # fmt: skip
    """The score of each item that is found, and the words of the question that it has not."""
    tokens = await _understand(connection, tenant, query_words(query))
    words = await _found(connection, tenant, tokens, limit, only)
    shares = catalog_kinds.shares(tokens, words, _MINOR_WORDS)
    return {
        sku: (_score(tokens, each) * shares.get(sku, 1.0), catalog_kinds.lacks(tokens, each, _MINOR_WORDS))
        for sku, each in words.items()
    }


async def _found(
    connection: Any, tenant: str, tokens: list[Token], limit: int, only: ProductFilter | None
) -> dict[str, set[str]]:  # fmt: skip
    """The words of each item that may be meant: those that have all that was asked, else most, else some."""
    known = [token for token in tokens if token.strength]
    words: dict[str, set[str]] = {}

    async def look(queries: list[str], most: int) -> None:
        for row in await _candidates(connection, tenant, queries, most, only):
            words.setdefault(row["sku"], {word[len(tenant) + 1 :] for word in row["words"]})

    for queries, most in _stages(tenant, known) if known else ():
        await look(queries, most)
        if len(words) >= limit or (len(known) >= SPECIFIC and _best(tokens, words) >= SURE):
            break
    if missed := catalog_kinds.missed(known, words.values()):  # perhaps it was the kind of thing
        await look([_any(tenant, token.best()) for token in missed], FEW)
    return words


def _best(tokens: list[Token], words: dict[str, set[str]]) -> float:
    return max((_score(tokens, each) for each in words.values()), default=0.0)


async def _candidates(
    connection: Any, tenant: str, queries: list[str], most: int, only: ProductFilter | None
) -> list[Any]:  # fmt: skip
    if only is None:
        return list(await connection.fetch(_CANDIDATES, tenant, queries, most))
    wanted = (only.least, only.most, only.in_stock, only.category)
    return list(await connection.fetch(_FILTERED, tenant, queries, most, *wanted))


async def _understand(connection: Any, tenant: str, words: list[str]) -> list[Token]:
    """Look the words up in the vocabulary; a code that it does not have, such as `15mm`, is taken apart."""
    if not words:
        return []
    parts = [part for word in words for part in split(word)]
    vocabulary = await _vocabulary(connection, tenant, [*words, *parts])
    total = vocabulary.pop("", 1)
    tokens = []
    for word in words:
        pieces = [word] if word in vocabulary or not split(word) else split(word)
        tokens += [_token(piece, vocabulary, total) for piece in pieces]
    return list({token.text: token for token in tokens}.values())


async def _vocabulary(connection: Any, tenant: str, words: list[str]) -> dict[str, int]:
    forms = {form for word in words for form in (spellings(word) if len(word) > 2 else {word})}
    prefixes = [word for word in words if len(word) >= 4 and word.isalpha()]
    rows = await connection.fetch(_VOCABULARY, tenant, sorted(forms), prefixes)
    return {row["word"]: row["items"] for row in rows}


def _token(text: str, vocabulary: dict[str, int], total: int) -> Token:
    token = Token(text)
    for word in vocabulary:
        if value := _strength(text, word):
            token.strength[word] = value
    if token.strength:
        items = max(vocabulary[word] for word in token.best())
        token.weight = log(1 + total / items) + 0.1
        if text in token.strength:  # typed right is more likely than a typo of something else
            token.strength = {word: value if word == text else value * 0.6 for word, value in token.strength.items()}
    else:
        token.weight = UNKNOWN * log(1 + total) * (MINOR if text in _MINOR_WORDS else 1) + 0.1
    return token


def _strength(typed: str, word: str) -> float:
    """How likely `typed` means `word`: 1 the same, less with each typo, in short words and in numbers."""
    if typed == word:
        return 1.0
    near = min(len(typed), len(word)) >= 3 and not spellings(typed).isdisjoint(spellings(word))
    errors = distance(typed, word) if near else 3
    if not (typed.isalpha() and word.isalpha()):
        return 0.5 if errors == 1 and typed.isalpha() == word.isalpha() else 0.0
    length = max(len(typed), len(word))
    if errors == 1:
        return 0.92 if length >= 6 else 0.85 if length >= 5 else 0.62 if length == 4 else 0.5
    if errors == 2 and length >= 7:
        return 0.75
    return 0.7 if len(typed) >= 4 and word.startswith(typed) else 0.0


def _stages(tenant: str, tokens: list[Token]) -> Iterable[tuple[list[str], int]]:
    """Lists of tsqueries, strict to loose, and how many items of each; the next is for when one finds too little."""
    best = [_any(tenant, token.best()) for token in tokens]
    heads = _any(tenant, [f"^{word}" for token in tokens for word in token.best()])
    yield [_all([*best, heads]), _all(best)], ENOUGH
    soft = [_any(tenant, token.strength) for token in tokens]
    yield [_all(soft)], FEW
    order = sorted(range(len(tokens)), key=lambda at: tokens[at].weight)
    if len(tokens) > 1:
        yield [_all([*best[:at], *best[at + 1 :]]) for at in order[:LEFT_OUT]], FEW
    rare = order[::-1][:3]
    pairs = [_all([soft[a], soft[b]]) for a in rare for b in rare if a < b]
    yield [*pairs, *(best[at] for at in rare)], FEW


def _any(tenant: str, words: Iterable[str]) -> str:
    quoted = tenant.replace("'", "''")
    return "(" + " | ".join([f"'{quoted}/{word}'" for word in words]) + ")"


def _all(groups: Sequence[str]) -> str:
    return " & ".join(groups)


def _score(tokens: list[Token], words: set[str]) -> float:
    covered = total = 0.0
    matched, head = 0, False
    for token in tokens:
        total += token.weight
        hits = words & token.strength.keys()
        if hits:
            covered += token.weight * max([token.strength[word] for word in hits])
            matched += 1
            head = head or not words.isdisjoint([f"^{word}" for word in hits])
    return covered / total * (0.9 + 0.05 * head + 0.05 * matched / max(len(words), matched))


def product(row: Any, score: float = 0.0, lacks: tuple[str, ...] = ()) -> Product:
    """A row of the catalogue as agents see it."""
    return Product(
        sku=row["sku"], name=row["name"], price=Money(row["price_minor"], row["currency"]), unit=row["unit"],
        stock=_plain(row["stock"]), category=row["category"], brand=row["brand"], score=round(score, 4),
        lacks=lacks,
    )  # fmt: skip


def _plain(number: Decimal) -> Decimal:
    """1200 rather than 1.2E+3 or 1200.000."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


_BY_KEY = "SELECT sku, exact FROM catalog_by_key($1, $2, $3, $4)"
_VOCABULARY = "SELECT word, items FROM catalog_vocabulary($1, $2, $3)"
_CANDIDATES = "SELECT sku, words FROM catalog_candidates($1, $2, $3)"
_FILTERED = "SELECT sku, words FROM catalog_filtered($1, $2, $3, $4, $5, $6, $7)"
_SELECT = f"SELECT {COLUMNS} FROM catalog_items WHERE tenant_id = $1 AND sku = ANY ($2)"
