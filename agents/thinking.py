"""Takes time to think for what it is: `lo platico con mi esposa`, `let me think about it`, `vou pensar` order none."""

import re

from agents import reading, taking
from agents.base import Answer, Turn
from agents.wording import Wording, choices, day
from core.messages import Reply
from core.records import Quote

say = Wording("thinking")
_LATER = (
    r"(?:luego|despues|manana|mas tarde|al rato|en un rato|mas al rato|otro dia|pronto|el (?:lunes|martes|miercoles"
    r"|jueves|viernes|sabado|domingo)|la (?:proxima )?semana(?: que viene)?|depois|amanha|mais tarde|semana que vem"
    r"|later|tomorrow|soon|next week|on (?:mon|tues|wednes|thurs|fri)day)"
)
_TELL = r"(?:aviso|avisamos|confirmo|confirmamos|digo|comento|cuento|falo|marco|escribo|busco|respondo)"
_MINE = r"(?:(?:o |a |el |la )?(?:mi|mis|nuestr[oa]|meu|minha|noss[oa]|my|our|the)) [a-z]+"
_OVER = re.compile(
    rf"\b{_LATER}(?: yo| eu| ya)? (?:te|le|les|lhe) {_TELL}\b|\b(?:te|le|les|lhe) {_TELL} {_LATER}\b"
    r"|\b(?:te|les) aviso\b|\bl[oa]s? pienso\b"
    r"|\b(?:me )?l[oa]s? (?:voy a |vamos a |tengo que |tenemos que |quiero )?pens(?:ar|are|aremos|amos)\w*\b"
    r"|\b(?:dejame|dejeme|dejanos|deja|voy a|vamos a|tengo que|necesito) (?:que )?(?:lo |la )?pens(?:ar|e)\w*\b"
    rf"|\b(?:platic|consult|coment|chec|habl|ve|vea|revis)\w* con {_MINE}"
    r"|\b(?:vou|preciso|deixa eu|tenho que|vamos|quero) pensar\b|\bvou ver e te\b"
    rf"|\b(?:ver|falar|conversar|consultar|checar|verificar) com {_MINE}"
    r"|\b(?:think|sleep) (?:about it|about this|about that|it over|on it|on that|this over)\b|\blet me think\b"
    r"|\b(?:i'?ll|i will|we'?ll|we will|let me|will) (?:get back to you|let you know|come back to you)\b"
    rf"|\b(?:talk|check|discuss|ask|speak|consult)(?: it| this| that)?(?: over)? (?:with |to )?{_MINE}"
)
_MOST_WORDS = 14


async def over(turn: Turn, quote: Quote | None) -> Answer | None:
    """Say that there is no hurry, and how long the quote stands; None for any other text."""
    words = reading.fold(turn.text)
    if len(words.split()) > _MOST_WORDS or not _OVER.search(words):
        return None
    if re.search(r"\d", words) or taking.wants(turn.text):
        return None
    if turn.intent in ("human", "support", "payment", "return") or (quote and quote.status == "expired"):
        return None
    if quote is None:
        return Answer(reply=Reply(text=say(turn.locale, "no_hurry")))
    date, total = day(quote.valid_until, turn.locale), quote.sums.total.text(turn.locale)
    text = say(turn.locale, "stands", number=quote.number, total=total, date=date)
    reply = Reply(text=text, buttons=choices(turn.locale, "purchase", "human"), money=True)
    return Answer(reply=reply, state={"looking": None})
