"""What is said while a person is awaited: that the message is kept, or that the wait was called off."""

import re

from agents import human, payout, reading
from agents.base import Answer, Turn
from core.messages import Reply

_CALLS_OFF = re.compile(
    r"\b(?:olvid(?:al[oa]|elo|a|en?lo|ate)|dej(?:al[oa]|elo|emoslo)|never ?mind|forget (?:it|about it|that)"
    r"|esque(?:ce|ca)|deixa|deixe|(?:no|not|nao) (?:hace falta|es necesario|needed|precisa|e necessario)|no need"
    r"|ya (?:lo |la |se |quedo |esta )?(?:resolvi|resolvio|resuelto|solucione|solucionado)"
    r"|(?:solved|sorted|figured)\b.*\b(?:it|out|already|now)|ja (?:resolvi|consegui|esta resolvido))\b"
)
_NOT_WANTED = re.compile(r"\b(?:ya no|no|nao|don'?t|do not|not|cancel\w*)\b")
_PERSON = re.compile(
    r"\b(?:person[a]?|human[oa]?|pessoa|agente?|asesor[a]?|atendente|atend?imento|atencion|operador[a]?|operator|someone"
    r"|somebody|anyone|alguien|alguem|advisor|representante|ejecutivo)\b"
)
_KNOWN_WORDS = """
olvidalo olvidala olvidelo olvidenlo olvidate olvida dejalo dejala dejelo dejemoslo deja nevermind never mind forget it
about that esquece esqueca deixa deixe pra para la lo las los se eso isso esto este esta ya ja no nao not i i'm i'd i've
don't dont do need needed longer any anymore more want wanna to talk speak chat with a an the my person
human agent someone somebody anyone operator advisor you me it's its is all good figured sorted solved out already ok
okay thanks thank please sorry hi hello actually then now on own so hey
hace falta es necesario quiero quisiera necesito quero preciso precisa sem necessidade mais mas nada hablar platicar
hablo con de del una un uma um persona humano humana asesor asesora agente alguien operador operadora representante
ejecutivo falar conversar com pessoa atendente alguem assistente resolvi resolvio resuelto
resolvido solucione solucionado quedo encontre consegui gracias obrigado obrigada por favor porfa perdon desculpa oi
hola ola bueno mejor entonces pues entao bem bien ah e y and que sozinho solo sola eu yo tambien asi ta esta todo tudo
cancel cancela cancelalo cancelen cancelem cancelado atencion atendimento request
"""
_KNOWN = frozenset(_KNOWN_WORDS.split())
_MOST_WORDS = 14
_STILL = re.compile(r"\b(?:no|nao|don'?t|do not|never)(?: \w+){0,2} (?:olvid|forget|esque[cq]|cancel|dej|deix)\w*")


def gives_up(text: str) -> bool:
    """True for what says nothing but that no person is wanted any more: `olvídalo`, `never mind`, `deixa pra lá`."""
    folded = reading.fold(text)
    words = re.findall(r"[a-z']+", folded)
    if not words or len(words) > _MOST_WORDS or "?" in text or any(word not in _KNOWN for word in words):
        return False
    if _STILL.search(folded):
        return False
    return bool(_CALLS_OFF.search(folded) or (_NOT_WANTED.search(folded) and _PERSON.search(folded)))


async def kept(turn: Turn) -> Answer:
    """That the message waits for the person, with how long that takes, and how to call it off."""
    text = [human.say(turn.locale, "kept", business=turn.tenant.name), await human.when(turn)]
    text.append(human.say(turn.locale, "kept_or"))
    return Answer(reply=Reply(text=" ".join(filter(None, text)), author="system"))


def ended(turn: Turn) -> Answer:
    """That nobody is awaited any more, and the assistant goes on; with what waits of a withdrawal, if one does."""
    notes = payout.as_of(turn.state.get("notes") or {}, turn.now)
    waits = payout.told_beside(notes, turn.locale, "waits", turn.now.tzinfo)
    text = human.say(turn.locale, "ended_on" if waits else "ended")
    return Answer(reply=Reply(text=f"{text} {waits}".strip(), author="system"))
