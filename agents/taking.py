"""Whether a text takes the open quote and says nothing besides: `dame un minuto` and `lo compro si…` do not."""

import re

from agents import quoted, reading
from core.records import Quote

# What people say around taking and paying; with any other word somebody asks once more before an order is made.
_SAID = """
a accept accepted aceito aceptar acepto adelante agora ahead ahora ahorita all alright and andale aprovado apruebo
arre as asi awesome beleza bem bien blz bom bueno buy buying can card cartao cash claro clear com combinado como
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
_WORDS = frozenset(_SAID.split())


def only(text: str, quote: Quote) -> bool:
    """True when every word is one of taking, or of what the quote holds."""
    named = [quote.number, *(line.product.name for line in quote.sums.lines)]
    known = {quoted.stem(word) for name in named for word in re.findall(r"\w+", reading.fold(name))}
    words = re.findall(r"[^\W\d_]+", reading.fold(text))
    return all(word in _WORDS or quoted.stem(word) in known for word in words)
