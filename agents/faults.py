"""Reads what ails goods, and hears when goods that came do: `both drills are dead`; pure functions."""

import re
from typing import Literal

from core.fold import fold

Fault = Literal["", "damaged", "wrong", "unwanted"]

WHYS = {
    "damaged": re.compile(
        r"\b(?:rot[oa]s?|quebrad[oa]s?|danad[oa]s?|golpead\w+|defectuos\w+|defeit\w+|falla\w*|descompuest\w+|broken"
        r"|damaged|defective|faulty|cracked|estragad\w+|avariad\w+|no (?:sirven?|funcionan?|prenden?|enciende[n]?)"
        r"|nao (?:funcionam?|servem?|liga)|does ?n.?t work|not working)\b"
    ),
    "wrong": re.compile(
        r"\b(?:equivocad\w+|incorrect\w+|errad[oa]s?|trocad\w+|otr[oa] (?:pieza|medida|cosa|producto|modelo|color)"
        r"|no (?:es )?lo que pedi|wrong|not what i ordered|outr[oa] (?:peca|medida|produto|modelo|cor))\b"
    ),
    "unwanted": re.compile(
        r"\b(?:no (?:me|le) qued\w+|no (?:lo|la|los|las) (?:necesito|quiero|ocupo)|ya no|me arrepenti|no longer"
        r"|changed my mind|did ?n.?t fit|do(?:es)? ?n.?t fit|don.?t (?:need|want)|nao (?:quero|preciso|coube)|desisti"
        r"|muy (?:grande|chic[oa]|pequen\w+)|too (?:big|small|large))\b"
    ),
}
_BAD_ES = (
    r"(?:rot[oa]|quebrad[oa]|danad[oa]|golpead[oa]|defectuos[oa]|descompuest[oa]|chaf[ao]|mal[oa]|tronad[oa]|rajad[oa]"
    r"|oxidad[oa]|abiert[oa]|incomplet[oa]|doblad[oa]|muert[oa]|estrellad[oa]|fregad[oa]|inservible|pinchad[oa])s?"
)
_BAD_PT = (
    r"(?:quebrad[oa]s?|estragad[oa]s?|defeituos[oa]s?|com defeitos?|avariad[oa]s?|rachad[oa]s?|furad[oa]s?"
    r"|amassad[oa]s?|queimad[oa]s?|enferrujad[oa]s?|ruim|ruins|mort[oa]s?|danificad[oa]s?|incomplet[oa]s?)"
)
_BAD_EN = (
    r"(?:broken?|dead|defective|damaged|faulty|cracked|bent|rusty|rusted|useless|busted|duds?|crap|junk|shattered"
    r"|chipped|doa|trash|garbage)"
)
_CAME_ES = r"(?:lleg(?:o|aron)|salio|salieron|salen?|vino|vinieron|vienen?|esta|estan|son|estaban?|venian?)"
_CAME_PT = r"(?:ve?io|vieram|cheg(?:ou|aram)|esta|estao|ta|tao|sao|e|estava|estavam)"
_CAME_EN = r"(?:is|are|was|were|came|come|arrived|got here|got|both|all|'?re|'?s)"
_NOT_EN = r"(?:do(?:es)? ?n'?t|do(?:es)? not|did ?n'?t|did not|won'?t|will not|is ?n'?t|are ?n'?t|not|never|stopped)"
_DAMAGED = re.compile(
    r"\bno (?:me |nos )?(?:sirven?|sirvio|sirvieron|funcionan?|funciono|funcionaron|prenden?|prendio|prendieron"
    r"|encienden?|encendio|encendieron|arrancan?|jalan?|jalo|jalaron|cierran?|giran?)\b(?! (?:para|pa)\b)"
    rf"|\b{_CAME_ES} (?:\w+ ){{0,2}}{_BAD_ES}\b"
    r"|\bse (?:me |nos )?(?:rompi\w+|quebr(?:o|aron)|descompus\w+|tron(?:o|aron)|quem(?:o|aron)|danaron|dano)\b"
    r"|\b(?:gotean?|tiran? (?:aceite|agua)|fugan?|tienen? fugas?|fallan?|fallaron|son (?:una )?(?:basura|porqueria))\b"
    r"|\bnao (?:esta[o]? )?(?:ligam?|funcionam?|funcionando|prestam?|acendem?|giram?|carregam?|funcion(?:ou|aram)"
    r"|lig(?:ou|aram)|prest(?:ou|aram)|fecham?)\b"
    rf"|\b{_CAME_PT} (?:(?!com\b)\w+ ){{0,2}}{_BAD_PT}\b"
    r"|\b(?:quebr(?:ou|aram)|queim(?:ou|aram)|estrag(?:ou|aram)|vaza[m]?|vaz(?:ou|aram)|vazando|pingam?|com defeito)\b"
    rf"|\b{_NOT_EN} (?:even |really )?(?:work(?:s|ed|ing)?|turn(?:ing)? on|switch(?:ing)? on|start(?:ing)?|run(?:ning)?"
    r"|charg(?:e|ing)|clos(?:e|ing)|lock(?:ing)?|light(?:ing)? up|power(?:ing)? on|function(?:ing)?)\b"
    rf"(?! (?:for|with)\b)|\bleak(?:s|ed|ing|y)?\b|\b{_CAME_EN} (?:\w+ ){{0,2}}{_BAD_EN}\b"
    r"|\b(?:broke|died|snapped|fell apart|burn(?:ed|t) out)\b"
)
_WRONG = re.compile(
    r"\b(?:equivocad[oa]s?|incorrect[oa]s?|errad[oa]s?|trocad[oa]s?|otr[oa]s? (?:pieza|medida|cosa|producto"
    r"|modelo|color)|outr[oa]s? (?:peca|medida|produto|modelo|cor)|wrong|incorrect"
    r"|(?:no|nao|not) (?:es |era |son |eran |sao |eram |e )?(?:[oal]s? |l[oa]s? |what )?(?:que )?(?:i |we |eu )?"
    r"(?:pedi|pedimos|ordene|order(?:ed)?))\b"
)
_UNFIT = re.compile(
    r"\bno (?:me |le |les |nos )?(?:qued(?:a|an|o|aron)|entr(?:a|an|o|aron)|encaj\w+|cup\w+|caben?)\b"
    r"|\bnao (?:(?:me|lhe) )?(?:coube|couberam|cabem?|encaix\w+|serv(?:e|em|iu|iram))\b"
    r"|\b(?:do(?:es)? ?n'?t|do(?:es)? not|did ?n'?t|did not|won'?t) fit\b"
)
_RECEIVED = re.compile(
    r"\b(?:me|nos) (?:\w+ )?(?:lleg(?:o|aron)|mandaron|mandaste|enviaron|enviaste|vendieron|vendiste|entregaron"
    r"|entregaste|dieron|diste|trajeron|salio|salieron|tocaron|vino|vinieron)\b"
    r"|\b(?:compre|compramos|recibi|recibimos|lleg(?:o|aron)|vinieron|que pedi|del? (?:mi )?pedido|mi pedido)\b"
    r"|\b(?:mandaram|mandou|enviaram|enviou|entregaram|entregou|venderam|vendeu|comprei|compramos|recebi|recebemos"
    r"|cheg(?:ou|aram)|ve?io|vieram|meu pedido)\b"
    r"|\b(?:you|u|they|guys) (?:sent|sold|gave|shipped|delivered|brought)\b"
    r"|\b(?:i|we) (?:just |only )?(?:bought|got|received|ordered)\b|\b(?:arrived|came|got here|my (?:last )?order)\b"
)
_SEEKS = re.compile(
    r"\b(?:tienes?|tienen|tendras?|hay|busco|buscamos|buscando|necesit\w+|ocupo|quiero|quisiera|queremos|cotiz\w+|dame|deme"
    r"|vendes?|venden|manej[ao]n?|precio|cuant[oa]s?|recomiend\w+|do you (?:have|sell|carry)|you got|any|looking for"
    r"|need|want|quote|price|how much|recommend|tem|tens|preciso|precisamos|quero|queria|queremos|procur\w+|orcamento"
    r"|preco|quanto|vende[m]?|recomend\w+|give me|i'?ll take|me (?:da|ve|manda))\b"
)
_BACK = re.compile(
    r"\b(?:devol\w+|devuel\w+|return\w*|refund\w*|reembols\w+|troc(?:a|ar)|cambi\w+|replac\w+|garanti\w+)\b"
)
# What is no thing of ours: what is paid with, when, and where we talk.
_OTHER_THINGS = re.compile(
    r"\b(?:link|(?<!nao )liga|enlace|pagina|page|site|sitio|website|app|tarjetas?|cards?|cartao|cartoes|pix|boletos?"
    r"|codigos?|codes?|pagos?|payments?|pagamentos?|bot|chat|telefonos?|phones?|whatsapp|correos?|e-?mails?|portal|oxxo|clabe"
    r"|transferencias?|facturas?|faturas?|invoices?|bills?|pdf|accounts?|cuentas?|contas?|precios?|precos?|prices?|total"
    r"|cupon|cupom|coupon|lunes|martes|miercoles|jueves|viernes|monday|tuesday|wednesday|thursday|friday|saturday"
    r"|sunday|fechas?|dates?|days?|dias?|datas?|segunda|sexta|horarios?|ustedes|botones|buttons?|botao|botoes|cotizacion|quote|orcamento|direccion|address|endereco|nombre|name|nome|songs?"
    r"|cancion(?:es)?|musicas?|regalias?|royalties|saldo|balance|amounts?|montos?|valor|cobros?|charges?|cobranca)\b"
)
_MACHINES = re.compile(  # what a part is for
    r"\b(?:carros?|coches?|autos?|cars?|trucks?|camionetas?|caminhonetes?|motos?|vehicles?|casa|house|roof|techo|telhado"
    r"|pared|parede|wall|pipes?|tuberias?|canos?)\b"
)
_IF = re.compile(
    r"\b(?:if|caso|en caso|e se|y si|que pasa si|si no|se nao|se (?:[oae] )?\w+ nao|si (?:me|l[oae]s?) \w+)\b"
)
_WHICH = re.compile(rf"\b(?:that|which|que|q) (?:{_NOT_EN}|no|nao)\b")
_OPENING = (
    r"(?:(?:hola|oi|ola|hi|hello|hey|oye|buenas|buenos|bom|boa|dias|dia|tarde|tardes|pues|so|and|y|e|sorry|disculpa|perdon"
    r"|desculpa|oigan|mira|look|listen|pero|but|mas)[ ,.!]+)*"
)
_COUNTED = (
    r"(?:\d{1,4}|both|all|none|half|one|two|three|four|five|six|dos|tres|cuatro|cinco|seis|una?|duas|dois|quatro|uma?"
    r"|ambas?|ambos|ningun[oa]?|nenhum[a]?|las?|los|el|as?|os?|the|est[ae]s?|estos|es[oa]s|ess[ae]s|this|these|those"
    r"|todas?|todos|your|sus?|tus?|it|they|so|solo|only|just|na verdade|en realidad|actually)"
)
_OF_THINGS = re.compile(rf"{_OPENING}{_COUNTED}\b")
_NOT_FOR_US = re.compile(r"\bno (?:me|nos) sirv\w+")


def said(text: str) -> Fault:
    """What ails goods that came; empty for a search, a question what would be, and anything but goods."""
    words = fold(text).replace("’", "'").strip()
    damaged = bool(_DAMAGED.search(words))
    if not (damaged or _WRONG.search(words) or _UNFIT.search(words)) or _IF.search(words):
        return ""
    if not (_received(text, words) or (damaged and _stands_for_itself(words))):
        return ""
    return "damaged" if damaged else "wrong" if _WRONG.search(words) else "unwanted"


def _received(text: str, words: str) -> bool:
    """True for goods of which it is said that they came: `the ones you sent`, `me salieron`."""
    asks = "?" in text and bool(_SEEKS.search(words))
    return bool(_RECEIVED.search(words)) and not asks and not _spoils(words)


def _spoils(words: str) -> bool:
    """True when it is no thing of ours that does not work or is wrong: `the link you sent doesn't work`."""
    named = _OTHER_THINGS.search(words) or _MACHINES.search(words)
    if named is None:
        return False
    if _WRONG.search(words) and _OTHER_THINGS.search(words):
        return True
    return any(match.start() > named.start() for match in (_DAMAGED.search(words), _UNFIT.search(words)) if match)


def _stands_for_itself(words: str) -> bool:
    """True for a sentence about just those things: `2 of the oil filters leak`, `as duas furadeiras não ligam`."""
    others = (_OTHER_THINGS, _MACHINES, _WHICH, _NOT_FOR_US)
    if not _OF_THINGS.match(words) or any(each.search(words) for each in others):
        return False
    return "?" not in words and (not _SEEKS.search(words) or bool(_BACK.search(words)))


def why(text: str) -> str | None:
    """Why something goes back, in the words that we have for it."""
    words = fold(text)
    return next((name for name, pattern in WHYS.items() if pattern.search(words)), None) or said(text) or None
