"""Names for one thing across Latin American Spanish, Portuguese and English.

An item that has all words of one name is also found under the others. One set a line, names parted by `|`. The
trades are those that write to us: add a line for a new one.
"""

from functools import cache

from core.words import content_words

_SETS = """
balata|pastilla de freno|pastilha de freio|brake pad
zapata|brake shoe|sapata de freio
disco de freno|rotor|brake disc|disco de freio
amortiguador|shock absorber|amortecedor
llanta|neumatico|cubierta|pneu|tire
bujia|spark plug|vela de ignicao
acumulador|bateria|battery|bateria de auto|bateria automotriz|car battery
filtro de aceite|oil filter|filtro de oleo
filtro de aire|air filter|filtro de ar
filtro de gasolina|filtro de combustible|fuel filter|filtro de combustivel
aceite de motor|lubricante de motor|motor oil|oleo de motor
anticongelante|refrigerante|coolant|aditivo de radiador
banda|correa|belt|correia
limpiaparabrisas|plumilla|escobilla|wiper blade|palheta
faro|farol|headlight
foco|bombillo|ampolleta|lampara|bulb|lampada
calavera|stop trasero|tail light|lanterna traseira
marcha|motor de arranque|starter|burro de arranque
clutch|embrague|embreagem
rotula|ball joint|pivo de suspensao
terminal de direccion|tie rod|terminal de direcao
balero|rodamiento|rolamento|bearing
bomba de agua|water pump|bomba de agua de motor
bomba de gasolina|fuel pump|bomba de combustivel
termostato|thermostat
espejo|retrovisor|mirror
cofre|capo|hood
cajuela|baul|maletero|trunk|porta malas
parafuso|tornillo|perno|screw|bolt
porca|tuerca|nut
arruela|rondana|arandela|washer
prego|clavo|puntilla|nail
bucha|taquete|chazo|tarugo|wall plug
martelo|martillo|hammer
chave de fenda|desarmador|destornillador|screwdriver
alicate|pinza|pliers
furadeira|taladro|drill
broca|drill bit
trena|flexometro|cinta metrica|tape measure
serrote|serrucho|hand saw
lixa|lija|sandpaper
tinta|pintura|paint
pincel|brocha|paint brush
rolo de pintura|rodillo|paint roller
cimento|cemento|cement
tijolo|ladrillo|brick
areia|arena|sand
torneira|llave de agua|grifo|faucet|tap
cano|tubo|pipe
joelho|codo|elbow
fita isolante|cinta de aislar|cinta aislante|electrical tape
fio|cable electrico|alambre electrico|wire
tomada|contacto|enchufe|tomacorriente|outlet
interruptor|apagador|switch
disjuntor|breaker|pastilla termica|interruptor termomagnetico
fechadura|cerradura|chapa|lock
cadeado|candado|padlock
dobradica|bisagra|hinge
mangueira|manguera|hose
luva|guante|glove
capacete|casco|helmet
platino|platina|platinum
cobre|copper
iridio|iridium
delantero|delantera|adelante|dianteiro|dianteira|front
trasero|trasera|atras|traseiro|traseira|rear
izquierdo|izquierda|esquerdo|esquerda|left
derecho|derecha|direito|direita|right hand
cubeta|balde|bucket
"""


@cache
def _names() -> dict[frozenset[str], tuple[frozenset[str], ...]]:
    table: dict[frozenset[str], tuple[frozenset[str], ...]] = {}
    for line in _SETS.strip().splitlines():
        names = tuple(frozenset(content_words(name)) for name in line.split("|"))
        for name in names:
            table[name] = tuple({*table.get(name, ()), *names} - {name})
    return table


@cache
def _by_word() -> dict[str, tuple[frozenset[str], ...]]:
    """The names that each word begins to match."""
    found: dict[str, list[frozenset[str]]] = {}
    for name in _names():
        found.setdefault(min(name), []).append(name)
    return {word: tuple(names) for word, names in found.items()}


def synonyms(words: set[str]) -> set[str]:
    """The words of all other names of what `words` names."""
    extra: set[str] = set()
    for word in words:
        for name in _by_word().get(word, ()):
            if name <= words:
                extra.update(*_names()[name])
    return extra - words
