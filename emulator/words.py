"""How the played models understand text: language, concepts in three languages, how well two texts match."""

import re
import unicodedata

# Stems by concept: what a model knows about the words of our trade.
CONCEPTS: dict[str, tuple[str, ...]] = {
    "balance": ("saldo", "balan", "royal", "regal", "ganan", "ganho", "earni"),
    "invoice": ("factu", "fatur", "invoi", "debo", "devo", "owe", "deuda", "divid", "adeud", "venci", "due", "dunni"),
    "pay": ("pagar", "pago", "pagam", "payme", "pay", "link", "liga", "cobra"),
    "price": ("preci", "preco", "price", "cuant", "quant", "costo", "cuest", "custa", "much", "cost"),
    "product": (
        "produ",
        "catal",
        "busca",
        "searc",
        "tiene",
        "tene",
        "stock",
        "exist",
        "estoq",
        "sku",
        "piez",
        "sales",
        "sell",
    ),
    "order": ("pedid", "order", "envio", "entre", "shipp", "track", "rastr", "deliv"),
    "quote": ("cotiz", "orcam", "quote", "quota", "presu"),
    "human": ("human", "perso", "aseso", "atend", "opera", "agent", "ejecu"),
    "support": ("ayuda", "ajuda", "help", "sopor", "supor", "probl", "issue", "duda", "horar", "hours", "faq", "knowl"),
    "greeting": ("hola", "ola", "hello", "hi", "buena", "bueno", "bom", "oi", "greet", "small"),
    "withdraw": ("retir", "saque", "sacar", "withd", "payou"),
    "release": ("lanza", "lanca", "relea", "album", "cancio", "music", "song", "track"),
    "return": ("devol", "retur", "cambi", "troca", "refun", "reemb"),
}
LANGUAGES: dict[str, frozenset[str]] = {
    "es": frozenset({
        "el", "la", "los", "las", "que", "de", "mi", "tengo", "cuanto", "cual", "quiero", "hola", "por", "favor",
        "tienes", "tienen", "esta", "es", "una", "un", "para", "con", "saldo", "debo", "gracias", "buenos", "dias",
    }),
    "pt": frozenset({
        "o", "a", "os", "as", "que", "de", "meu", "minha", "tenho", "quanto", "qual", "quero", "ola", "por",
        "favor", "voces", "tem", "esta", "uma", "um", "para", "com", "devo", "obrigado", "bom", "dia", "nao",
        "voce", "oi",
    }),
    "en": frozenset({
        "the", "what", "is", "my", "how", "much", "do", "i", "you", "have", "want", "please", "and", "for", "with",
        "hello", "hi", "owe", "thanks", "good", "a", "an", "to", "of",
    }),
}  # fmt: skip
WORD = re.compile(r"[a-z0-9]+")
STEM = 5


def plain(text: str) -> str:
    """Lower case without accents."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The words of a text, plain."""
    return WORD.findall(plain(text))


def language(text: str, usual: str = "es") -> str:
    """es, pt or en, by common words and by letters that only one of them has."""
    found = set(words(text))
    scores = {name: len(found & common) for name, common in LANGUAGES.items()}
    scores["es"] += 2 * sum(text.count(letter) for letter in "ñ¿¡")
    scores["pt"] += 2 * sum(text.lower().count(letter) for letter in "ãõç")
    best = max(scores, key=lambda name: (scores[name], name == usual))
    return best if scores[best] else usual


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in words(text) if len(word) > 1}


def _concepts(stems: set[str]) -> set[str]:
    return {
        concept
        for concept, known in CONCEPTS.items()
        if any(stem.startswith(word) or (len(stem) > 3 and word.startswith(stem)) for word in known for stem in stems)
    }


def match(text: str, other: str) -> float:
    """How much two texts are about the same: shared concepts count double, shared stems once."""
    mine, theirs = _stems(text), _stems(other.replace("_", " "))
    return 2.0 * len(_concepts(mine) & _concepts(theirs)) + len({s for s in mine & theirs if len(s) > 3})


def best(text: str, options: dict[str, str]) -> tuple[str, float]:
    """The option whose description matches best, with its score; options are name → description."""
    scored = {name: match(text, f"{name} {about}") for name, about in options.items()}
    name = max(scored, key=lambda option: scored[option])
    return name, scored[name]
