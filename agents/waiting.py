"""What is said while a person is awaited: that the message is kept, or that the wait was called off."""

import re

from agents import human, payout, reading
from agents.base import Answer, Turn
from core.messages import Reply

_CALLS_OFF = re.compile(
    r"\b(?:olvid(?:al[oa]|elo|a|en?lo|ate)|dej(?:al[oa]|elo|emoslo)|never ?mind|forget (?:it|about it|that)"
    r"|esque(?:ce|ca)|deixa|deixe|(?:no|not|nao) (?:hace falta|es necesario|needed|precisa|e necessario)|no need"
    r"|ya (?:lo |la |se |quedo |esta )?(?:resolvi|resolvio|resuelto|solucione|solucionado)"
    r"|(?:solved|sorted|figured)\b.*\b(?:it|out|already|now)|all (?:sorted|good|set)|ja (?:resolvi|consegui"
    r"|esta resolvido)"
    r"|ta resolvido|(?:ya )?(?:lo |la )(?:arregle|resolvi)|ya (?:lo )?arregle|ya me (?:contestaron|respondieron"
    r"|ayudaron)"
    r"|ya (?:quedo|esta)$|\bya no(?: gracias)?$|\bya no la (?:necesito|ocupo)\b|(?:don'?t"
    r"|do not) bother (?:them|anyone|anybody)"
    r"|no (?:longer|more) (?:needed|necessary)|i'?m (?:good|fine|ok|okay)(?: now)?$|deixa quieto"
    r"|(?:no|nao) (?:e |es )?(?:mais |ya )?(?:necesari[oa]|necessari[oa]))\b"
)
_GO_ON = re.compile(  # with the assistant instead
    r"(?:(?:mejor|entonces|pues|bueno|ya|ok|then|so|entao|melhor|pode|puedes|por favor|please|y|and|e|let'?s"
    r"|prefiero|prefiro|quiero|quero|i'?d rather|i would rather|i want to|would like to) )*"
    r"(?:"
    r"(?:sigue|siguele|sigueme|seguir|seguimos|sigamos|contesta\w*|continu[ae]\w*|continuemos|continuamos"
    r"|ayudam?e?\w*"
    r"|atiende\w*|responde\w*|segue|segu(?:e|ir)|vamos|ajuda|atende|answer|go on|carry on|continue|help(?: me)?"
    r"|keep going)"
    r"(?: (?:con|com|with|me|atendiendo\w*|ayudando\w*|ajudando))*"
    r" (?:tu|usted|contigo|el bot|la maquina|o bot|voce(?: mesm[oa])?|vc(?: mesm[oa])?|yourself|you|the bot"
    r"|the assistant"
    r"|el asistente)"
    r"|(?:back|volta|voltar|regresa\w*|volvamos|vuelve) (?:to|pro|para o|al|con el|to the) ?(?:the )?(?:bot"
    r"|robo|assistant"
    r"|asistente|assistente)"
    r"|(?:you|voce|vc|tu|usted) (?:can |pode |puedes )?(?:just )?(?:continu\w+|segu\w+|sig\w+|respond\w+|answer"
    r"|go on|carry on)"
    r"|(?:contigo|com voce|with you)|(?:just you|the bot|bot|o bot|el bot)(?: is| e| esta) (?:fine|ok|okay"
    r"|enough|good|bien|bom)"
    r"|pode ser voce|voce mesm[oa])"
    r"(?: (?:mejor|nomas|mismo|melhor|mesm[oa]|instead|then|now|please|por favor|gracias|thanks|obrigad[oa]"
    r"|entonces|entao"
    r"|solo|so|ya|yourself))*"
)
_NOT_WANTED = re.compile(
    r"\b(?:ya no|no|nao|don'?t|do not|not|cancel\w*|forget|skip|olvid\w+|esque[cq]\w*|deix\w+|quita|sin|sem"
    r"|without)\b"
)
_PERSON = re.compile(
    r"\b(?:person[a]?|human[oa]?|pessoa|agente?|asesor[a]?|atendente|atend?imento|atencion|operador[a]?"
    r"|operator|someone"
    r"|somebody|anyone|anybody|nobody|alguien|nadie|alguem|ninguem|advisor|representante|ejecutivo)\b"
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
arregle arreglado ahora contestaron respondieron ayudaron lo del lo preocupes ocupo necesaria necesarias necessario
necessaria mais el o for nadie anybody nobody ninguem pases pasen pase passe passem me skip quita sin sem
without al dile diles
que ta esta bother them anyone set fine longer more necessary quieto ayuda ajuda help ningun nenhum ninguna nenhuma te
"""
_KNOWN = frozenset(_KNOWN_WORDS.split())
_MOST_WORDS, _FEWEST = 14, 2
_TO_THE_BOT = re.compile(
    r"(?:(?:ok|okay|bueno|ya|fine|alright|ta bom|esta bien|oye|hey|ei) )*(?:bot|robot|robo|assistant|asistente)"
)
_WELL = re.compile(r"(?:ya que|ya q|ya|ni modo|bueno|ok|okay|ta bom|fine|whatever)")
_RATHER = re.compile(r"\s*(?:mejor|melhor|better|rather|just|instead) ")
_STILL = re.compile(
    r"\b(?:no|nao|don'?t|do not|never)(?: \w+){0,2} (?:olvid|forget|esque[cq]|cancel|dej|deix)\w*"
    r"|\b(?:sin|sem|without)\b.* (?:no|nao|not)$"
)


def gives_up(text: str) -> bool:
    """True for what says nothing but that no person is wanted any more: `olvídalo`, `sigue tú`, `deixa pra lá`."""
    folded = reading.fold(text).strip(" .!")
    if "?" not in text and _GO_ON.fullmatch(folded):
        return True
    parts = re.split(r"\s*[,.;]\s*", folded)
    if len(parts) > 1 and "?" not in text and _GO_ON.fullmatch(parts[-1]):
        folded = ", ".join(parts[:-1])  # `olvídalo, sigue tú`
    words = re.findall(r"[a-z']+", folded)
    if not words or len(words) > _MOST_WORDS or "?" in text or any(word not in _KNOWN for word in words):
        return False
    if _STILL.search(folded):
        return False
    return bool(_CALLS_OFF.search(folded) or (_NOT_WANTED.search(folded) and _PERSON.search(folded)))


def asks_besides(text: str) -> str:
    """What is asked for behind a word that nobody is awaited any more: `quanto devo` of `esquece, quanto devo`."""
    head, comma, rest = text.strip().partition(",")
    if not comma or len(rest.split()) < _FEWEST:
        return ""
    words = " ".join(re.findall(r"[a-z']+", reading.fold(head)))
    left = gives_up(head) or _TO_THE_BOT.fullmatch(words)
    return rest.strip() if left or (_WELL.fullmatch(words) and _RATHER.match(reading.fold(rest))) else ""


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
