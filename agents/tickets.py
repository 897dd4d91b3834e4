"""Cases of a customer: opened on request with a category, a priority and a summary; and where they stand."""

import re
from collections.abc import Sequence

from agents import reading
from agents.base import Answer, Turn
from agents.wording import Wording, day
from core.messages import Reply
from core.records import Ticket

say = Wording("tickets")
SHOWN = 3
_NAMED = re.compile(r"\b(?:ticket|caso|case|chamado|folio|reporte)s?\b|\bt-\d+\b")
_OPENS = re.compile(
    r"\b(?:abr\w+|levant\w+|open|crea\w*|registr\w+) (?:\w+ ){0,2}(?:ticket|caso|case|chamado|reporte)\b"
    r"(?:\s*(?:por favor|please))?[\s:,.]*(?:porque|por|because|about|sobre|de que|que|for|com|con)?"
)
_CATEGORIES = {
    "delivery": re.compile(r"\b(?:entreg\w+|envi\w+|paquete\w*|pacote\w*|deliver\w*|shipping|paqueteria|frete)\b"),
    "billing": re.compile(
        r"\b(?:factur\w+|cobr\w+|pag[oue]\w*|invoice\w*|payment\w*|charge\w*|fatura\w*|boleto"
        r"|nota fiscal|nfe|tax id|rfc|cfdi)\b"
    ),
    "royalties": re.compile(r"\b(?:regalia\w*|royalt\w+|retiro\w*|saque\w*|withdraw\w*|lanzamient\w*|release\w*)\b"),
    "account": re.compile(r"\b(?:cuenta|conta|account|contrasena|senha|password|correo|email|acceso|login)\b"),
    "product": re.compile(r"\b(?:producto\w*|pieza\w*|produto\w*|peca\w*|product\w*|garant\w+|warranty)\b"),
}
_LEAST_WORDS = 3  # of a problem worth writing down


async def step(turn: Turn) -> Answer | None:
    """Open a case, ask what it is about, or tell where cases stand; None when the text is about no case."""
    words = reading.fold(turn.text)
    asked = turn.state.get("expects") == "support" and turn.state.get("case") == "about"
    if opens := _OPENS.search(words):
        about = turn.text[opens.end() :].strip() if len(words) == len(turn.text) else words[opens.end() :].strip()
        return await _open(turn, about) if len(about.split()) >= _LEAST_WORDS else _ask(turn)
    if asked and len(words.split()) >= _LEAST_WORDS:
        return await _open(turn, turn.text.strip())
    return await _told(turn) if _NAMED.search(words) else None


async def _open(turn: Turn, about: str) -> Answer:
    priority = max(4, turn.priority)
    ticket = await turn.tools.open_ticket(category(about), about[:500], priority)
    kind = say(turn.locale, ticket.category)
    text = say(turn.locale, "opened", number=ticket.number, category=kind, about=about[:200])
    return Answer(reply=Reply(text=text), state={"case": None})


def _ask(turn: Turn) -> Answer:
    return Answer(reply=Reply(text=say(turn.locale, "about")), state={"expects": "support", "case": "about"})


async def _told(turn: Turn) -> Answer | None:
    tickets = await turn.tools.tickets()
    named = [each for each in tickets if each.number.lower() in turn.text.lower()]
    rows = ticket_rows(named or tickets, turn.locale)
    return Answer(reply=Reply(text=await turn.ask_llm("\n".join(rows), {}))) if rows else None


def ticket_rows(tickets: Sequence[Ticket], locale: str) -> list[str]:
    """Where the newest cases stand, a line for each."""
    return [
        say(
            locale, "ticket", number=each.number, status=say(locale, f"status_{each.status}"),
            opened=day(each.opened_at.date(), locale),
        )
        for each in tickets[:SHOWN]
    ]  # fmt: skip


def category(text: str) -> str:
    """What a problem is about, by its words."""
    words = reading.fold(text)
    return next((name for name, pattern in _CATEGORIES.items() if pattern.search(words)), "other")
