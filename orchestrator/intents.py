"""Stage 1 of routing: text to intent, language, sentiment and priority, by rules and a small linear model; no I/O."""

import re
import tomllib
from pathlib import Path

from core.messages import Struct
from orchestrator.normal import tokens

_DATA = Path(__file__).parent / "data"
INTENTS = (
    "greeting", "product_search", "purchase", "quotation", "pricing", "complaint", "return", "support", "order_status",
    "royalties_balance", "royalties_earnings", "withdrawal", "debt", "payment", "payment_promise", "dispute", "human",
    "opt_out", "thanks", "goodbye", "other",
)  # fmt: skip
_AFFIRMS = re.compile(
    r"^(?:si+|sip|sim|yes|yeah|yep|ok|okay|oki|dale|va|claro|bueno|sale|de acuerdo|esta bien|correcto|confirmo|adelante"
    r"|perfecto|hagale|listo|por supuesto|pode ser|isso|beleza|com certeza|sure|go ahead|please do|confirmed?|right)"
    r"(?: (?:por favor|please|gracias|esta bien|claro|va|obrigad[oa]|senor|quiero|quero|confirmo|adelante))*[ !]*$"
)
_WORDS = {
    "es": frozenset(
        ("el", "los", "que", "hola", "quiero", "tienen", "cuanto", "gracias", "mi", "con", "y", "necesito")
    ),
    "en": frozenset(("the", "i", "you", "is", "my", "to", "what", "how", "hello", "please", "have", "of", "thanks")),
    "pt": frozenset(
        ("o", "os", "voces", "quero", "tem", "quanto", "obrigado", "meu", "minha", "com", "e", "nao", "oi")
    ),
}


class Intent(Struct):
    """What the customer wants, as far as one message tells."""

    name: str
    confidence: float
    language: str | None  # None: too little text to tell
    sentiment: float = 0.0  # -1 furious … 1 delighted
    priority: int = 3  # 0 … 10
    affirms: bool = False  # a bare yes

    def named(self, name: str, confidence: float) -> "Intent":
        """The same reading under another name."""
        return Intent(
            name=name, confidence=confidence, language=self.language, sentiment=self.sentiment,
            priority=self.priority, affirms=self.affirms,
        )  # fmt: skip


def _rules() -> list[tuple[str, re.Pattern[str]]]:
    rules = tomllib.loads((_DATA / "rules.toml").read_text("utf-8"))["rule"]
    return [(rule["intent"], re.compile(rule["pattern"])) for rule in rules]


_RULES = _rules()


def read(text: str) -> Intent:
    """Read one message, however short, long or odd; never raises."""
    words = tokens(text[:2000])
    plain = " ".join(words)
    name = next((intent for intent, pattern in _RULES if pattern.search(plain)), "other")
    return Intent(
        name=name,
        confidence=0.3 if name == "other" else 0.9,
        language=_language(words),
        affirms=bool(_AFFIRMS.match(plain)),
    )


def _language(words: list[str]) -> str | None:
    counts = {language: sum(word in known for word in words) for language, known in _WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] and list(counts.values()).count(counts[best]) == 1 else None
