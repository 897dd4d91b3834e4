"""What a person of the house told this customer earlier: after the hand-back it still holds."""

from agents.base import Turn
from agents.wording import Wording
from core.words import content_words, root

say = Wording("support")
ENOUGH = 2  # words that a question and a person's message share, or all the words of a short question


def said(turn: Turn) -> str | None:
    """The newest message of a person that speaks of what the customer asks, as a quotation; None when there is none."""
    asked = {root(word) for word in content_words(turn.text)}
    for line in reversed(turn.history):
        if line.author != "human":
            continue
        shared = asked & {root(word) for word in content_words(line.text)}
        if asked and len(shared) >= min(ENOUGH, len(asked)):
            return say(turn.locale, "colleague", said=line.text.strip()[:400])
    return None
