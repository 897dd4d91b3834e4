"""Who answers here, and what is sold here: said honestly, for any agent that is asked."""

import re

from agents import no_person, reading
from agents.base import Answer, Turn
from agents.wording import Wording, choices
from core.messages import Reply

say = Wording("identity")
_WHO = re.compile(
    r"\b(?:quien eres|quien es usted|con quien hablo|eres (?:un |una )?(?:robot|bot|maquina|ia|human[oa]|persona)"
    r"|es (?:un |una )?(?:robot|bot|maquina)|who are you|who am i (?:talking|speaking) (?:to|with)"
    r"|are you (?:a |an )?(?:real |actual )?(?:robot|bot|machine|ai|human|person)|is this a (?:robot|bot|machine)"
    r"|quem e voce|com quem (?:eu )?(?:falo|estou falando)"
    r"|(?:voce|vc) e (?:um |uma )?(?:robo|bot|maquina|ia|human[oa]|pessoa)|e um (?:robo|bot))\b"
)
_SOLD = re.compile(
    r"\b(?:que (?:cosas |productos )?(?:venden|manejan|ofrecen)|que productos tienen|a que se dedican"
    r"|what do you (?:sell|do|offer)|what products do you have|quais produtos (?:voces |vcs )?(?:tem|vendem)"
    r"|o que (?:voces |vcs )?(?:vendem|oferecem|fazem))\b"
)
_INSIDES = re.compile(  # how the assistant is made, or that it shall be another one
    r"\b(?:ignor\w+|disregard|forget|override|olvid\w+|esque[cs]\w+|desconsider\w+|haz caso omiso)(?: \w+){0,4}"
    r" (?:instruc\w+|prompts?|rules|reglas|regras|guidelines|directrices|diretrizes)\b"
    r"|\b(?:system|sistema|your|tu|seu|teu|initial) prompt\b|\bprompt (?:de|do|del) sistema\b"
)
_SHORT = 6  # words; a longer question is about more


def said(turn: Turn) -> Answer | None:
    """That an automatic assistant answers, what it does not do, or what the business sells; None for anything else."""
    words = " ".join(re.findall(r"\w+", reading.fold(turn.text)))
    if _INSIDES.search(words):
        return Answer(reply=Reply(text=say(turn.locale, "insides", business=turn.tenant.name)))
    if no_person.without(turn.text) == "":
        return Answer(reply=Reply(text=say(turn.locale, "no_person")))
    if _WHO.search(words):
        text = say(turn.locale, "who", business=turn.tenant.name)
        return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state={"offer": "human"})
    if _SOLD.search(words) and turn.tenant.business and len(words.split()) <= _SHORT:
        text = say(turn.locale, "sold", business=turn.tenant.name, sells=turn.tenant.business)
        return Answer(reply=Reply(text=text))
    return None
