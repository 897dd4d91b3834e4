"""Stage 1 of routing: text to intent, language, sentiment and priority, by rules and a small linear model; no I/O."""

import re
import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from agents import (
    changes,
    faults,
    no_person,
    other_amount,
    pointing,
    promised_price,
    reading,
    return_wishes,
    returns,
    withdrawal_words,
)
from agents.registry import BY_INTENT
from core.messages import Struct
from orchestrator import consent, mood
from orchestrator.labels import INTENTS
from orchestrator.linear import Scorer, features, softmax
from orchestrator.normal import tokens

_DATA = Path(__file__).parent / "data"
_PRIORITY = {
    "human": 8, "complaint": 7, "dispute": 7, "withdrawal": 6, "return": 6, "payment": 5, "payment_promise": 5,
    "purchase": 5, "order_status": 5, "debt": 4, "quotation": 4, "greeting": 2, "other": 2, "thanks": 1, "goodbye": 1,
}  # fmt: skip
_SHORT_ANSWER = 5
_SENTENCE = 14  # words of a text that another agent may read again
_MIDDLING = 14
_SHORT, _FEW_WORDS, _FIGURES = 7, 3, frozenset({"<number>", "<code>", "<money>"})
_CODE = re.compile(r"(?<!\d)[0-9]{3}[ -]?[0-9]{3}(?!\d)")
_LONGEST = 2000  # what a customer wants is said by then
_RULE_CONFIDENCE, _LANGUAGE_SURE = 0.97, 0.6
_UNCLEAR = 0.22  # below this share of the best agent the text says nothing that we know
_MORE_THAN_A_FAULT = frozenset({"opt_out", "dispute", "return"})
_TAKES = r"(?:(?:lo |la |los |las )?acepto|aceito|(?:i )?accept(?: it| that)?)"
_AFFIRMS = re.compile(
    r"^(?:si+|sip|sim|yes|yeah|yep|ok|okay|oki|dale|va|claro|bueno|sale|de acuerdo|esta bien|correcto|confirmo|adelante"
    r"|perfecto|hagale|listo|por supuesto|pode ser|isso|beleza|com certeza|sure|go ahead|please do|confirmed?|right"
    rf"|(?:(?:si|sim|yes|ok|okay|va|dale|bueno|sure) )?{_TAKES})"
    r"(?: (?:por favor|please|gracias|esta bien|claro|va|obrigad[oa]|senor|quiero|quero|confirmo|adelante))*[ !]*$"
)
_OF_AN_ORDER = re.compile(
    r"\b(?:donde|cuando|estado|estatus|status|where|when|onde|cade|quando|como|how|lleg\w+|cheg\w+|arriv\w+|track\w*)\b"
)
# `ok, gracias` ends a matter: it is no yes to an offer, as `sí, gracias` is.
_THANKS = re.compile(
    r"(?:(?:ok|okay|oki|bueno|listo|perfecto|sale|va|great|perfect|beleza|perfeito|ya|esta bien|claro) )*"
    r"(?:(?:muchas |mil |many |muito )?(?:gracias|thanks|thank you|obrigad[oa]|valeu)[ !]*)+"
)


class Intent(Struct):
    """What the customer wants, as far as one message tells."""

    name: str
    confidence: float
    language: str | None  # None: too little text to tell
    sentiment: float = 0.0  # -1 furious … 1 delighted
    priority: int = 3  # 0 … 10
    affirms: bool = False  # a bare yes
    code: bool = False  # holds six digits, as a one-time code has, or says that such a code has not come
    replies: bool = False  # a no, `all of it`, or a reason why something goes back: an answer, if we asked for one
    points: bool = False  # to one of a list, by its place: `la segunda`, `the last one`
    # `no` or `cancel` for nothing but that: it voids a withdrawal, also after other things; or how it speaks of a sum
    calls_off: str = ""
    which: bool = False  # names an order, and asks nothing about it
    changes: bool = False  # so many more, less or instead: `make it 3 pieces`, while a quote is open
    drops: bool = False  # what is open is not wanted any more: `ya no lo quiero`, `cancel it`
    brief: str = ""  # the text itself when it is short: as the answer to a question it is read again
    said: str = ""  # the text itself when it is one sentence, for what the agent that holds the talk may read in it
    # of a return: `off` when it is called off, `keeps` when that is so only while one is talked over, `adds` to it
    of_return: Literal["", "off", "keeps", "adds"] = ""
    bare: bool = False  # hardly more than a number or a code: what it is depends on what was asked

    def named(self, name: str, confidence: float) -> "Intent":
        """The same reading under another name."""
        return msgspec.structs.replace(self, name=name, confidence=confidence)


def _rules() -> list[tuple[str, re.Pattern[str]]]:
    rules = tomllib.loads((_DATA / "rules.toml").read_text("utf-8"))["rule"]
    return [(rule["intent"], re.compile(rule["pattern"])) for rule in rules]


_RULES = _rules()
_MODEL = Scorer(_DATA / "intents.model")


def read(text: str) -> Intent:
    """Read one message, however short, long or odd; never raises."""
    text = text[:_LONGEST]
    besides = no_person.without(text)
    text = besides or text
    words = tokens(text)
    plain = " ".join(words)
    name, confidence, language = _classify(words, text)
    ruled = next((intent for intent, pattern in _RULES if pattern.search(plain)), None)
    if promised_price.said(text):
        ruled = "pricing"  # with sales, whatever else it sounds like
    if ruled:
        name, confidence = ruled, max(_RULE_CONFIDENCE, confidence if ruled == name else 0.0)
    if besides == "":  # `no quiero hablar con una persona`, and nothing else
        name = "other"
    if name == "opt_out" and not consent.speaks_of_messages(text):
        name = "other"  # `I don't want it anymore` is of the goods
    ails = faults.said(text)
    if ails and not _more_than_a_fault(name, text):  # never a search or an order of more of it
        name, confidence = "return" if ails == "unwanted" else "complaint", _RULE_CONFIDENCE
    sentiment = mood.sentiment(words, text)
    return Intent(
        name=name,
        confidence=round(confidence, 3),
        language=language,
        sentiment=sentiment,
        priority=_priority(name, words, sentiment),
        affirms=(bool(_AFFIRMS.match(plain)) or reading.agrees(text)) and not _THANKS.fullmatch(plain),
        code=bool(_CODE.search(text)) or reading.code_missing(text),
        replies=_replies(text, words),
        calls_off=other_amount.or_left(text),
        points=not ails and pointing.place(reading.product_phrase(_without_link(text)), pointing.MOST) is not None,
        which=name == "order_status" and _names_order(text, plain),
        changes=not ails and len(words) <= _SHORT and _changes(text),
        drops=not ails and len(words) <= _SENTENCE and changes.cancels(text),
        brief=text if len(words) <= _SHORT_ANSWER else "",
        said=text if len(words) <= _SENTENCE else "",
        of_return=_of_return(text, words),
        bare=len(words) <= _FEW_WORDS and not _FIGURES.isdisjoint(words),
    )


def _changes(text: str) -> bool:
    return changes.tells(text) and any(wish.amount for wish in changes.read(text))


def _more_than_a_fault(name: str, text: str) -> bool:
    """`não liga` is what a drill does; a person is wanted by who names one."""
    return name in _MORE_THAN_A_FAULT or (name == "human" and no_person.names_one(text))


def _without_link(text: str) -> str:
    """`the link of the second` points to the second."""
    return pointing.without_link(reading.fold(text)) or text


def _of_return(text: str, words: list[str]) -> Literal["", "off", "keeps", "adds"]:
    if len(words) > _MIDDLING:
        return ""
    if return_wishes.calls_off(text):
        return "off"
    if return_wishes.calls_off(text, talked=True):
        return "keeps"
    return "adds" if return_wishes.adds(text) else ""


def _names_order(text: str, plain: str) -> bool:
    return reading.order_number(text) is not None and not _OF_AN_ORDER.search(plain)


def _replies(text: str, words: list[str]) -> bool:
    everything = len(words) <= _FEW_WORDS and reading.everything(text)
    return everything or reading.refuses(text) or returns.gives_reason(text) or bool(withdrawal_words.share(text))


def _classify(words: list[str], text: str) -> tuple[str, float, str | None]:
    if not words:
        return "other", 0.0, None
    scores = _MODEL.scores(features(words, text.lower()))
    name, confidence = _strongest(softmax(scores[: len(INTENTS)]))
    languages = softmax(scores[len(INTENTS) :])
    heard = max(range(len(languages)), key=languages.__getitem__)
    language = _MODEL.classes[len(INTENTS) + heard] if languages[heard] >= _LANGUAGE_SURE else None
    return name, confidence, language


def _strongest(shares: list[float]) -> tuple[str, float]:
    """The agent with the largest share of all its intents together, and the best of these."""
    together: dict[str, float] = {}
    for name, share in zip(INTENTS, shares, strict=True):
        agent = BY_INTENT.get(name, name)
        together[agent] = together.get(agent, 0.0) + share
    agent = max(together, key=together.__getitem__)
    if together[agent] < _UNCLEAR:
        return "other", together[agent]
    own = (pair for pair in zip(INTENTS, shares, strict=True) if BY_INTENT.get(pair[0], pair[0]) == agent)
    return max(own, key=lambda pair: pair[1])[0], together[agent]


def _priority(name: str, words: list[str], sentiment: float) -> int:
    if mood.grave(words):
        return 10
    priority = _PRIORITY.get(name, 3) + (2 if mood.urgent(words) else 0) + (1 if sentiment <= -0.5 else 0)
    return min(priority, 8 if name != "human" else 10)
