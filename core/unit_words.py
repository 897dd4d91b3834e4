"""Names of units and numbers in Spanish, Portuguese and English, folded (lower case, no accents)."""

from decimal import Decimal

_UNITS = {
    "PZA": "pza pzas pz pzs pieza piezas unidad unidades und unds uds ud unid peca pecas pc pcs piece pieces unit "
    "units unidade unidades",
    "KG": "kg kgs kilo kilos kilogramo kilogramos quilo quilos quilograma quilogramas kilogram kilograms",
    "G": "g gr grs gramo gramos grama gramas gram grams",
    "M": "m mt mts mtr mtrs metro metros meter meters metre metres",
    "CM": "cm cms centimetro centimetros centimeter centimeters",
    "MM": "mm milimetro milimetros millimeter millimeters",
    "PULG": "pulg pulgada pulgadas plg pol polegada polegadas inch inches",
    "PIE": "pie pies pes ft foot feet",
    "M2": "m2 mt2 mts2",
    "M3": "m3 mt3 mts3",
    "L": "l lt lts ltr ltrs litro litros liter liters litre litres",
    "ML": "ml mililitro mililitros milliliter milliliters",
    "GAL": "gal gals galon galones galao galoes gallon gallons",
    "JGO": "jgo jgos juego juegos jogo jogos set sets",
    "KIT": "kit kits",
    "CAJA": "caja cajas caixa caixas cx box boxes",
    "ROLLO": "rollo rollos rolo rolos roll rolls",
    "BOLSA": "bolsa bolsas bag bags",
    "SACO": "saco sacos bulto bultos costal costales sack sacks",
    "PAQ": "paq paqs paquete paquetes pacote pacotes pct pack packs package packages",
    "BARRA": "barra barras tramo tramos bar bars",
    "CUBETA": "cubeta cubetas balde baldes bucket buckets",
    "LATA": "lata latas can cans",
    "MES": "mes meses month months",
    "LB": "lb lbs libra libras pound pounds",
}
# What one of these is, in pieces.
COUNTS = {
    "docena": 12, "docenas": 12, "duzia": 12, "duzias": 12, "dozen": 12, "dozens": 12, "doz": 12,
    "par": 2, "pares": 2, "pair": 2, "pairs": 2, "couple": 2, "ciento": 100, "cientos": 100, "cento": 100,
    "centena": 100, "centenas": 100, "hundred": 100, "millar": 1000, "millares": 1000, "milheiro": 1000,
    "milheiros": 1000, "thousand": 1000, "gruesa": 144, "grosa": 144, "gross": 144,
}  # fmt: skip
UNIT_CODES = {name: code for code, names in _UNITS.items() for name in names.split()}
# The form of a unit in the search index.
UNIT_TOKENS = {name: code.lower() for name, code in UNIT_CODES.items()}
# Units that state a size of the thing more often than how much of it is wanted.
SIZES = frozenset({"PULG", "MM", "CM", "PIE", "M2", "M3", "ML"})
# What goods are measured in: how much is wanted, or how large the thing is.
MEASURES = frozenset({"KG", "G", "LB", "L", "GAL", "M"})
# (factor, unit): how a small unit is counted when a product is sold by the large one.
CONVERSIONS = {("G", "KG"): Decimal("0.001"), ("CM", "M"): Decimal("0.01"), ("MM", "M"): Decimal("0.001"),
               ("ML", "L"): Decimal("0.001"), ("LB", "KG"): Decimal("0.45359237"), ("GAL", "L"): Decimal("3.785411784"),
               ("PULG", "M"): Decimal("0.0254"), ("PIE", "M"): Decimal("0.3048")}  # fmt: skip
LABELS = {
    "pt": {"PZA": "un", "PULG": "pol", "JGO": "jogo", "CAJA": "caixa", "ROLLO": "rolo", "BOLSA": "saco",
           "PAQ": "pacote", "CUBETA": "balde", "MES": "mês"},
    "en": {"PZA": "pc", "PULG": "in", "JGO": "set", "CAJA": "box", "ROLLO": "roll", "BOLSA": "bag", "SACO": "sack",
           "PAQ": "pack", "BARRA": "bar", "CUBETA": "bucket", "LATA": "can", "MES": "month", "PIE": "ft"},
    "es": {"PZA": "pza", "JGO": "juego"},
}  # fmt: skip

HALVES = {name: Decimal("0.5") for name in ("medio", "media", "meio", "meia", "half")}
NUMBERS: dict[str, int] = {
    name: value
    for value, names in {
        1: "un uno una um uma one a an", 2: "dos dois duas two", 3: "tres three", 4: "cuatro quatro four",
        5: "cinco five", 6: "seis six", 7: "siete sete seven", 8: "ocho oito eight", 9: "nueve nove nine",
        10: "diez dez ten", 11: "once onze eleven", 12: "doce doze twelve", 13: "trece treze thirteen",
        14: "catorce catorze quatorze fourteen", 15: "quince quinze fifteen", 16: "dieciseis dezesseis sixteen",
        17: "diecisiete dezessete seventeen", 18: "dieciocho dezoito eighteen", 19: "diecinueve dezenove nineteen",
        20: "veinte vinte twenty", 21: "veintiuno veintiun veintiuna", 22: "veintidos", 23: "veintitres",
        24: "veinticuatro", 25: "veinticinco", 26: "veintiseis", 27: "veintisiete", 28: "veintiocho",
        29: "veintinueve", 30: "treinta trinta thirty", 40: "cuarenta quarenta forty",
        50: "cincuenta cinquenta fifty", 60: "sesenta sessenta sixty", 70: "setenta seventy",
        80: "ochenta oitenta eighty", 90: "noventa ninety", 100: "cien ciento cem cento",
        200: "doscientos doscientas duzentos duzentas",
        300: "trescientos trescientas trezentos trezentas",
        400: "cuatrocientos cuatrocientas quatrocentos quatrocentas",
        500: "quinientos quinientas quinhentos quinhentas", 1000: "mil",
    }.items()
    for name in names.split()
}  # fmt: skip
AND = frozenset({"y", "e", "and", "&", "+", "mas", "mais", "plus"})
OF = frozenset({"de", "del", "d", "do", "da", "dos", "das", "of"})
# `una balata` names a thing more than it counts it.
ARTICLES = frozenset({"un", "una", "um", "uma", "a", "an"})
# What a figure in front of these rates, it does not count.
RATINGS = frozenset(
    {"v", "volt", "volts", "w", "watt", "watts", "hp", "awg", "amp", "amps", "amperes", "amperios", "rpm", "percent",
     "porciento"}
)  # fmt: skip
# `mil gracias` wants nothing.
NO_THINGS = frozenset({"gracias", "disculpas", "perdones", "thanks", "desculpas"})
