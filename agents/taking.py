"""Whether a text takes the open quote and says nothing besides: `dame un minuto` and `lo compro si…` do not."""

import re

from agents import quoted, reading
from core.records import Quote

# What people say around taking and paying; with any other word somebody asks once more before an order is made.
_SAID = """
a accept accepted aceito aceptar acepto adelante agora ahead ahora ahorita all alright and andale aprovado apruebo
arre as asi assim awesome beleza bem bien blz bom bueno buy buying can card cartao cash claro clear com combinado como
completa completo compra compramos comprar comprarla comprarlas comprarlo comprarlos compro con confirm confirma
confirmado confirmar confirmed confirmo cool correcto cotizacion da dale dame de deal debito del deme do doy e
efectivo el ela ele eles enlace entao entonces envia enviame es esa esas ese eso esos essa esse esta estas este esto
estos everything exacto excelente faz fazer fecha fechado fechamos fechar fecharmos fecho fica ficamos ficar fico
final fine for go good gracias great hacer haz hazme hecho how i id ill im in is isso isto it just la las le legal les
let lets levar levo liga like link listo ll llevamos llevar llevarla llevarlas llevarlo llevarlos llevarmela
llevarmelo llevo lo los manda mandame mande me mesmo meu mi mis mismo my nice now o obrigada obrigado oferta offer ok
okay on onde one orale orcamento ordena ordenar ordeno order os otimo oxxo paga pagamento pagar pagarla pagarlas
pagarlo pagarlos pago para pasa pasame pay paying payment pe pedido pedir perfect perfecto perfeito pido pix place
please plis pls pode podemos poderia por porfa porfavor posso pra presupuesto proceed proposta propuesta puedo pues
purchase que querer queria quero quiero quisiera quotation quote right s sale send show si sim simon sounds spei sure
ta take takes tarjeta te thank thanks that the them then there this those to toda todas todo todos tomamos tomar
tomarla tomarlo tomo total transferencia trato tudo um uma un una unas unos va vale vamos vou voy wanna want where
whole works y ya yeah yep yes you
"""
WORDS = frozenset(_SAID.split())
_WANTS = re.compile(
    r"\b(?:(?:l[oa]s?|me l[oa]s?) (?:compro|llevo|tomo)|i'?ll take (?:it|them)|i want (?:it|them)|order it|buy it"
    r"|vou levar|vou ficar com|quero (?:fechar|comprar)|pode fechar"
    r"|(?:pay|pagar|pago)(?: for)? (?:the|my|this|that|la|mi|esta|esa|el|este|o|meu|esse) "
    r"(?:quote|cotizacion|presupuesto|orcamento))\b"
)
_NO_DISCOUNT = re.compile(
    r"\b(?:sin|without|sem)(?: (?:el|la|los|las|ese|esa|ningun|the|that|any|a|o|esse|mi|my|meu|nenhum|mas|more|mais))?"
    r" (?:descuentos?|rebajas?|discounts?|descontos?)\b"
)
_NOT_TAKEN = re.compile(
    r"\b(?:no|nao|not|don'?t|won'?t|ya no)(?: (?:l[oa]s?|me|te|want|i|to|o|a|quiero|quero|voy|vou|will))*"
    r" (?:compr|llev|cierr|fech|tom|take|buy|quier|quer)"
)
_GOES_ON = re.compile(
    r"\b(?:compr|llev|quier|quer|cierr|fech|dej|deix|qued|fic|tom|lev)\w*(?: \w+)? (?:asi|assim)\b"
    r"|\b(?:asi|assim) (?:la|lo|las|los|me la|me lo|nomas|mesmo|quiero|quero)\b"
    r"|\b(?:take|buy|leave|have) it (?:as|like)\b"
    r"|\b(?:liga|link|enlace)\b.*\bpag\w+|\bpay(?:ment)? link\b|\blink\b.*\bpay\b|\bpag\w+.*\b(?:liga|link|enlace)\b"
    r"|\b(?:go|carry) on\b|\b(?:continue|proceed)\b"
)
_WHATEVER = re.compile(
    r"\blo que (?:me )?(?:pued\w+|alcances?|sea)\b|\bel (?:descuento )?que (?:me )?pued\w+"
    r"|\bo (?:desconto )?que (?:voce |vc )?(?:puder|pode|der)\b|\bwhat(?:ever)?(?: discount)? you can\b"
)


def only(text: str, quote: Quote | None) -> bool:
    """True when every word is one of taking, or of what the quote holds."""
    named = [quote.number, *(line.product.name for line in quote.sums.lines)] if quote else []
    known = {quoted.stem(word) for name in named for word in re.findall(r"\w+", reading.fold(name))}
    words = re.findall(r"[^\W\d_]+", _NO_DISCOUNT.sub(" ", reading.fold(text)))
    return all(word in WORDS or quoted.stem(word) in known for word in words)


def wants(text: str) -> bool:
    """True for `la compro`, `i'll take it`, whatever else the text says."""
    return bool(_WANTS.search(reading.fold(text)))


def as_much_as_possible(text: str) -> bool:
    """True for `lo que me puedas dar`, `whatever you can`."""
    return bool(_WHATEVER.search(reading.fold(text)))


def goes_on(text: str) -> bool:
    """True for who waits for a person to decide on a discount and would rather have it as it stands."""
    words = reading.fold(text)
    if _WHATEVER.search(words):
        return True
    return bool(_WANTS.search(words) or _GOES_ON.search(words)) and not _NOT_TAKEN.search(words)
