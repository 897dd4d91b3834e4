"""What the customer showed interest in, for the agents that come next: they use it, and say so once."""

import re

from agents import knowledge, reading
from agents.base import Turn
from agents.wording import Wording

say = Wording("interest")
_OF_IT = re.compile(
    r"\b(?:incluye\w*|trae|traen|viene|vienen|sirve|dura|permite|puedo|includes?|come with|comes with|have|allow\w*"
    r"|can i|por un ano|al ano|anual\w*|por ano|per year|yearly|a year"
    r"|inclui\w*|vem com|tem|da direito|posso|garantia|warranty|limite?|cuant[oa]s|how many|quant[oa]s)\b"
)


def of(turn: Turn) -> str:
    """The one product that was shown last, by name; empty when there were several or none."""
    shown = turn.state.get("shown") or []
    return str(shown[0][1]) if len(shown) == 1 else ""


def asks_of_it(text: str) -> bool:
    """True for `¿incluye letras?`, `how many artists can I have`: a question about what was just shown."""
    return bool(_OF_IT.search(reading.fold(text)))


async def passage(turn: Turn, least: float = knowledge.RELEVANT) -> list[str]:
    """What the tenant's pages say about the question together with that product, after a word about it."""
    name = of(turn)
    if not name:
        return []
    found = await knowledge.passage(turn, least, question=f"{turn.text} {name}")
    return [say(turn.locale, "sees", name=name), *found] if found else []
