"""Tells who asks us to mark an invoice as paid that only its payment does that."""

import re

from agents import reading
from agents.base import Answer, Turn
from agents.wording import Wording, choices
from core.messages import Reply

say = Wording("dunning")
_MARKS = re.compile(
    r"\b(?:marc\w+|mark|pon(?:er|ga|la|lo|me)?|set|registr\w+|coloc\w+|coloqu\w+|d[ae](?:le|la|lo)?|deja(?:la|lo)?"
    r"|baix\w+|label|flag|consider\w*)\b[^.;!?\n]{0,40}"
    r"\b(?:como|as|por|en|em)(?: ya| ja| already)?"
    r" (?:pagad[oa]s?|pag[oa]s?|paid|liquidad[oa]s?|quitad[oa]s?|saldad[oa]s?)\b"
)


def asked(turn: Turn) -> Answer | None:
    """That nobody marks a debt as paid by hand here; None when that is not asked, or it is said to be paid."""
    words = reading.fold(turn.text)
    if not _MARKS.search(words) or reading.says_paid(_MARKS.sub(" ", words)):
        return None
    reply = Reply(text=say(turn.locale, "marked_by_payment"), buttons=choices(turn.locale, "payment", "human"))
    return Answer(reply=reply)
