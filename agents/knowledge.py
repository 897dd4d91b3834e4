"""The tenant's own pages as part of an answer, always with their source; shared by several agents."""

from agents.base import Turn
from agents.wording import Wording

say = Wording("knowledge")
RELEVANT = 0.3  # below this score a passage does not answer the question


async def passage(turn: Turn, least: float = RELEVANT, question: str = "") -> list[str]:
    """The lines of the best passage for what the customer asked, or none."""
    passages = await turn.tools.knowledge(question or turn.text)
    if not passages or passages[0].score < least:
        return []
    best, theirs = passages[0], turn.tenant.locale
    source = say(turn.locale, "source", source=best.title or best.source)
    if turn.locale == theirs:
        return [best.text, "", source]
    return [say(turn.locale, f"written_in_{theirs}"), best.text, "", source]
