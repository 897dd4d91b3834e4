"""Takes orders to a machine out of texts that come from outside: product names, pages, a customer's display name.

A sentence that speaks to an assistant says nothing to a customer, so it is left out before an agent or a model sees it.
"""

import re
from typing import Any

import msgspec

from orchestrator.figures import without_hidden
from orchestrator.normal import plain

_ORDER = re.compile(
    # forget / ignore … rules
    r"\b(?:ignor\w+|olvid\w+|disregard\w*|forget|override|esque[cz]\w+|desconsider\w+|descart\w+)\b[^.!?\n]{0,40}"
    r"\b(?:instruc\w+|reglas?|regras?|rules?|prompts?|anterior\w*|previous|above|guidelines|todo|tudo|everything)\b"
    # you are now …, assistant: …, system: …
    r"|\b(?:eres|tu eres|you are|voce e|voce) (?:ahora|now|agora)\b"
    r"|\b(?:actua|act|aja|finge|finja|pretend) (?:como|as|que)\b"
    r"|\b(?:system|sistema|assistant|asistente|assistente|developer|admin\w*) ?(?:prompt|override|mode)? ?:"
    r"|\[(?:system|sistema|admin|inst)[^\]]*\]"
    # tell the customer that …
    r"|\b(?:di|dile|digale|diga|dize|tell|inform|responde|responda|reply|answer|say)\b[^.!?\n]{0,12}"
    r"\b(?:al|el|the|ao|o|los|all|aos) (?:clientes?|customers?|usuarios?|users?)\b"
)
_TAG = re.compile(r"</?[a-z|][^<>]{0,40}>|\{\{?\w*\}?\}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")


def clean(text: str) -> str:
    """The text without invisible characters, tags of prompts, and orders to an assistant."""
    if not text:
        return text
    seen = _TAG.sub("", _CONTROL.sub("", without_hidden(text)))
    if not _ORDER.search(plain(seen)):
        return seen if seen == text else seen.strip()
    lines = (" ".join(filter(None, map(_until_order, _SENTENCE.split(line)))) for line in seen.splitlines())
    return "\n".join(lines).strip()


def _until_order(sentence: str) -> str:
    """A sentence without orders, or what stands before its order when that may be a name."""
    folded = plain(sentence)
    order = _ORDER.search(folded)
    if order is None:
        return sentence
    # folding a ligature makes a text longer: then the places do not match
    return sentence[: order.start()].strip(" ,;:-–([") if len(folded) == len(sentence) else ""


def name(text: str | None) -> str | None:
    """A customer's display name; None when somebody wrote something else into it."""
    return text if text and clean(text) == text else None


def cleaned(value: Any) -> Any:
    """What a tool found, with every text in it clean; the same object when nothing had to go."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        items = [cleaned(item) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else type(value)(items)
    if isinstance(value, msgspec.Struct):
        changed = {
            field: new
            for field in value.__struct_fields__
            if (new := cleaned(old := getattr(value, field))) is not old and new != old
        }
        return msgspec.structs.replace(value, **changed) if changed else value
    return value
