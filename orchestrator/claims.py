"""Claims that move money, people or time without a digit: a wording may make them only when the draft makes them."""

import re

from orchestrator.normal import plain

# Somebody of the house, and what one does to bring the customer and that person together; in any order.
_PERSON = (
    r"(?:asesor\w*|agentes?|ejecutiv[oa]s?|personas?|human[oa]?s?|companer[oa]s?|equip[oe]|representantes?|colegas?"
    r"|especialistas?|supervisor\w*|gerentes?|atendentes?|pessoas?|consultor\w*|alguien|alguem|person|people|agents?"
    r"|team|teammates?|colleagues?|representatives?|specialists?|managers?|advis[oe]rs?|someone|somebody)"
)
_REACHES = (
    r"(?:comuni(?:c|qu)\w*|transf[ei]\w*|conect\w*|connect\w*|pas(?:o|e|a|an|are|ara|amos|ando|aremos|sar|so|sarei)"
    r"|pass(?:ing)?|deriv\w*|contact\w*|contat\w*|at(?:i?en)d\w*|escrib\w*|escrev\w*|llam\w*|lig(?:ar|ara|ue)"
    r"|call\w*|encaminh\w*|canaliz\w*|escal[ao]\w*|reach\w*|touch|hand(?:ing)?|respond\w*|repl(?:y|ies)|avis\w*"
    r"|help|assist\w*|ayud\w*|ajud\w*|write|visit\w*)"
)
# The same promise without saying who.
_SOON = (
    r"\b(?:pondr\w+|entrar\w+) e[mn] contac?to\b|\bte (?:paso|comunico|conecto|transfiero) con\b"
    r"|\bte (?:contactar|llamar|escribir|buscar)(?:emos|an?)\b|\bget(?:ting)? (?:back to|in touch with) you\b"
    r"|\bte (?:voy|va|vamos|van) a (?:llamar|marcar|contactar|escribir|buscar)\b|\bte (?:llam|marc)(?:o|amos|an)\b"
    r"|\b(?:vou|vai|vamos|vao) (?:te )?(?:ligar|chamar|contatar|procurar)\b|\bte ligamos\b"
    r"|\b(?:contact|call|visit)s? you\b|\bte (?:passo|transfiro) para\b|\bpas\w+ (?:a|en|na) (?:tu|sua) casa\b"
)
_NUMBERS = (
    r"dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci\w+|veinte|veinti\w+"
    r"|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien|cientos?|doscient\w+|trescient\w+|quinient\w+"
    r"|mil|millon\w*|docenas?|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?|dois|duas|quatro|sete|oito|nove|dez"
    r"|onze|doze|treze|quinze|vinte|trinta|quarenta|cinquenta|sessenta|oitenta|noventa|cem|cento|duzentos|milhao"
    r"|milhoes|duzias?"
)
_DAYS = (
    r"manana|pasado manana|amanha|tomorrow|tonight|hoy|hoje|today|lunes|martes|miercoles|jueves|viernes|sabado|domingo"
    r"|segunda|terca|quarta|quinta|sexta|monday|tuesday|wednesday|thursday|friday|saturday|sunday|enero|febrero|marzo"
    r"|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|janeiro|fevereiro|marco|maio|junho|julho"
    r"|setembro|outubro|novembro|dezembro|january|february|march|april|june|july|august|september|october|november"
    r"|december"
)
_CLAIMS = {
    "free": (
        r"gratis|gratuit\w*|free|(?:sin|sem) (?:ningun |nenhum )?(?:costo|cargo|custo)|cortesias?|de graca|regal\w+"
        r"|obsequi\w+|complimentary|gifts?|presents?|presentes?|brindes?|on the house|nothing to pay|no pagas|nao paga"
    ),
    "discount": (
        r"descuento\w*|desconto\w*|discount\w*|rebaja\w*|promoc\w+|promotion\w*|off|ofertas?|cupon\w*|cupom|coupons?"
        r"|bonific\w+|(?:special|better|best) (?:price|deal|offer)|(?:precio|preco) (?:especial|mejor|melhor)"
    ),
    "refund": r"reembols\w*|refund\w*|estorn\w*|devolveremos",
    "percent": r"%|por ciento|percent|por cento|mitad|metade|half|dobles?|dobro|double|triple|triplo",
    "number word": _NUMBERS,
    "settled": (
        r"pagad[oa]s?|pag[oa]s|paid|liquidad[oa]s?|saldad[oa]s?|quitad[oa]s?|condon\w+|perdon\w+|perdoad\w+|waiv\w+"
        r"|forgiv\w+|settled|cleared|cancelad[oa]s?|cancell?ed|en ceros|zerad[oa]|debes nada|nao deve|owe nothing"
        r"|(?:not|don't) owe"
    ),
    "done": (
        r"transferi|transferid[oa]|transferred|depositad[oa]|deposite|deposited|enviad[oa]s?|sent|aprob\w+|aprovad\w+"
        r"|approv\w+|autoriz\w+|authori[sz]\w+|confirmad[oa]s?|confirmed|aplicad[oa]s?|applied|activad[oa]s?|marcad[oa]"
        r"|marked|procesad[oa]|processed"
    ),
    "guarantee": r"garanti\w*|guarante\w*|warrant\w*|promet\w+|promis\w+",
    "account": (
        r"(?<!estado de )cuenta|conta|accounts?|clabe|iban|pix|tarjetas?|cartao|oxxo|paypal|western union|bitcoins?"
        r"|cripto\w*|crypto\w*"
    ),
    "insides": (
        r"prompts?|instruc(?:cion|tion|coes)\w*|reglas|rules|regras|herramientas|tools|ferramentas|developer"
        r"|desenvolvedor|administrador|borrador|draft|rascunho"
    ),
}  # fmt: skip
_PATTERNS = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for name, words in _CLAIMS.items()}
_DAY = re.compile(rf"\b(?:{_DAYS})\b")
_TO_A_PERSON = re.compile(
    rf"\b{_REACHES}\b[^.!?\n]{{0,40}}\b{_PERSON}\b|\b{_PERSON}\b[^.!?\n]{{0,40}}\b{_REACHES}\b|{_SOON}"
)
_QUESTION = re.compile(r"[^.!?\n]*\?")
_NO = re.compile(r"\b(?:no|ni|sin|ningun\w*|nada|not|cannot|\w+n't|nao|nem|sem|nenhum\w*|without|none|nothing)\b")


def unfounded(text: str, draft: str, colleagues: str) -> str | None:
    """The kind of a claim that nobody made but the model. A colleague's promise of a person was the colleague's."""
    said, ours, theirs = plain(text), plain(draft), plain(colleagues)
    if _TO_A_PERSON.search(said) and not _TO_A_PERSON.search(ours):
        return "person"
    for name, pattern in _PATTERNS.items():
        if set(pattern.findall(said)) - set(pattern.findall(f"{ours} {theirs}")):
            return name
    # `¿qué buscas hoy?` promises nothing
    if set(_DAY.findall(_QUESTION.sub(" ", said))) - set(_DAY.findall(f"{ours} {theirs}")):
        return "day"
    return "yes in place of a no" if len(_NO.findall(said)) < len(_NO.findall(ours)) else None
