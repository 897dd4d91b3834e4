"""Hears that a person is said to have promised a price: `Juan me prometió a 100 cada uno`, `your colleague told me 20
each`, `o vendedor me garantiu 15`. It is nobody's price until a person confirms it."""

import re

from agents import quotation, reading
from agents.base import HandOff, Turn
from agents.wording import Wording

say = Wording("bargain")
_GIVES_WORD = (
    r"(?:promet\w+|promised?|ofrec\w+|oferec\w+|offered|autoriz\w+|authori[sz]ed|aprob\w+|aprov\w+|approved"
    r"|garanti\w+"
    r"|guaranteed|asegur\w+|assegur\w+|quedamos|acordamos|combinamos|agreed)"
)
_SAYS = (
    r"(?:cotiz(?:o|aron|ado|ou|aram)|quoted|dijo|dijeron|dicho|disse\w*|falou|falaram|told|said|dej(?:o|aron)"
    r"|deix(?:ou|aram)|dio|dieron|deu|deram|gave|given|pas(?:o|aron)|pass(?:ou|aram)|pus(?:o|ieron)|hizo|hicieron|fez"
    r"|fizeram|faria|vend(?:io|ieron|eu|eram)|sold)"
)
_PERSON = (
    r"(?:vendedor\w*|gerente|asesor\w*|companer\w+|colegas?|encargad[oa]|ejecutiv[oa]|jefe|jefa|chefe|dueno"
    r"|dono|atendente"
    r"|colleagues?|managers?|sales(?:man|woman|person|people| rep)|seller|agent|boss|owner|rep|guy|chic[oa]"
    r"|muchach[oa]"
    r"|persona|pessoa|senor|senhor)"
)
_PROMISES = re.compile(
    rf"\b{_GIVES_WORD}\b|\b(?:me|nos)(?: (?:l[oa]s?|habia[n]?|han?|ya|tinham?|havia[m]?))* {_SAYS}\b"
    rf"|\b{_SAYS} (?:me|us|(?:ayer|ontem) )\b|\b(?:was|were|been) (?:quoted|told|given|sold)\b"
    rf"|\b{_PERSON}(?: \w+){{0,2}} {_SAYS}\b"
)
_FIGURE = r"\d{1,3}(?:[.,]\d{3})*(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_PRICE = re.compile(
    rf"(?:r\$|us\$|\$) ?(?:{_FIGURE})"
    rf"|\b(?:{_FIGURE}) ?(?:pesos|mxn|usd|cop|brl|dolares|dollars|reais|bucks|varos)\b"
    rf"|\b(?:a|en|em|por|for|at|price of|precio de|preco de) (?:{_FIGURE})(?![\d.,:/%]|\d)"
    r"(?! ?(?:%|por ?c|dias?|days?|hora\w*|hours?|hrs?|mes\w*|months?|anos?|years?|semana\w*|weeks?|minut\w*|pm"
    r"|am|cuotas"
    r"|pagos|parcel\w+|vezes|meses))"
    rf"|\b(?:{_FIGURE}) (?:cada\b(?! (?:mes|semana|dia|ano|quincena|hora))|each\b(?! (?:month|week|day|year))|apiece"
    r"|a piece|per (?:piece|unit|item|box|bag|set)|por (?:pieza|unidad|peca|unidade|cada|saco|juego|caja|litro"
    r"|metro|kilo)"
    r"|(?:la|a|o|el) (?:pieza|unidad|peca|unidade|saco|juego|caja|litro|metro|kilo)|c/u|(?:en |no )?total)"
    rf"|\b{_GIVES_WORD}(?: (?:me|nos|us|a|que|em|en|por|on|for|at)){{0,2}} (?:{_FIGURE})[ .!]*$"
)
_OTHER = re.compile(  # a discount is bargained over; money of another kind is another agent's
    r"%|\b(?:por ?ciento|por cento|percent|descuent\w*|descont\w*|discount\w*|rebaj\w*|off|pag(?:o|ar|are|arei"
    r"|amos|ue|uei)"
    r"|abon\w+|deposit\w*|transfer\w*|pay|paid|payments?|parcel\w+|installments?|retir\w+|saque|sacar|withdraw\w*"
    r"|regalias|royalt\w+|saldo|balance|facturas?|invoices?|faturas?|boletos?|deud\w+|debts?|divida\w*|debo|owe|devo"
    r"|reembols\w*|refund\w*|devol\w*|credit\w*|envio|frete|shipping|entreg\w+|deliver\w*)\b"
    r"|\b(?:cada|al|por|per|a|every|ao) (?:mes|semana|quincena|month|week)\b"
)


def said(text: str) -> bool:
    """True when a text says that somebody of the business promised, or once gave, a price."""
    if not any(letter.isdigit() for letter in text):
        return False
    words = reading.fold(text)
    return bool(_PROMISES.search(words) and _PRICE.search(words)) and not _OTHER.search(words)


async def asked(turn: Turn) -> HandOff | None:
    """Pass it on as it was said, with the quote that is open: only a person can confirm it."""
    if not said(turn.text):
        return None
    quote = await quotation.open_one(turn)
    number = quote.number if quote else say(turn.tenant.locale, "no_quote")
    summary = say(turn.tenant.locale, "promised_price", said=turn.text.strip()[:300], number=number)
    if quote is None:
        return HandOff(to="human", reason="promised_price", summary=summary)
    state = {"stage": "negotiation", "awaits": "discount"}
    return HandOff(to="human", reason="promised_price_quote", summary=summary, state=state)
