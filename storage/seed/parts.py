"""Auto parts as a Mexican counter sells them: families, makers, vehicles; `items(n, seed)` makes any number."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import NamedTuple

from core.money import Money
from core.records import CatalogItem


class Family(NamedTuple):
    """One kind of part: `kinds` are its variants, `low` and `high` the price in pesos."""

    code: str
    name: str
    category: str
    kinds: tuple[str, ...]
    brands: tuple[str, ...]
    low: int
    high: int
    unit: str = "PZA"
    aliases: tuple[str, ...] = ()
    fits: bool = True  # for a vehicle; otherwise it has sizes


VEHICLES = (
    ("Nissan", "Versa", 2012, 2024), ("Nissan", "Tsuru", 1992, 2017), ("Nissan", "March", 2012, 2023),
    ("Nissan", "Sentra", 2007, 2024), ("Nissan", "NP300", 2008, 2024), ("Volkswagen", "Jetta", 1999, 2023),
    ("Volkswagen", "Vento", 2014, 2022), ("Volkswagen", "Gol", 2009, 2022), ("Volkswagen", "Pointer", 1998, 2009),
    ("Volkswagen", "Golf", 1999, 2021), ("Volkswagen", "Tiguan", 2009, 2024), ("Chevrolet", "Aveo", 2008, 2024),
    ("Chevrolet", "Chevy", 1994, 2012), ("Chevrolet", "Spark", 2011, 2022), ("Chevrolet", "Sonic", 2012, 2017),
    ("Chevrolet", "Silverado", 2000, 2024), ("Chevrolet", "Trax", 2013, 2023), ("Ford", "Fiesta", 2003, 2019),
    ("Ford", "Focus", 2000, 2018), ("Ford", "Ranger", 1998, 2024), ("Ford", "Escape", 2001, 2023),
    ("Ford", "Lobo", 1998, 2024), ("Ford", "EcoSport", 2004, 2021), ("Toyota", "Corolla", 2003, 2024),
    ("Toyota", "Hilux", 2006, 2024), ("Toyota", "Yaris", 2007, 2024), ("Toyota", "Tacoma", 2005, 2024),
    ("Honda", "Civic", 2001, 2023), ("Honda", "CRV", 2002, 2024), ("Honda", "Accord", 1998, 2022),
    ("Honda", "Fit", 2007, 2020), ("Mazda", "3", 2004, 2024), ("Mazda", "CX5", 2013, 2024),
    ("Kia", "Rio", 2016, 2024), ("Kia", "Forte", 2014, 2024), ("Hyundai", "Accent", 2015, 2023),
    ("Hyundai", "Grand i10", 2015, 2023), ("Seat", "Ibiza", 2003, 2022), ("Seat", "Leon", 2006, 2022),
    ("Dodge", "Attitude", 2006, 2023), ("Dodge", "Neon", 1995, 2020), ("Dodge", "Ram 700", 2014, 2024),
    ("Renault", "Duster", 2013, 2024), ("Renault", "Sandero", 2010, 2022), ("Renault", "Kwid", 2019, 2024),
    ("Suzuki", "Swift", 2006, 2024), ("Peugeot", "206", 2000, 2010), ("Fiat", "Uno", 2013, 2020),
)  # fmt: skip

_BRAKES = ("Brembo", "Wagner", "Bosch", "Fritec", "Raybestos", "LUK")
_FILTERS = ("Gonher", "Mann", "Fram", "Bosch", "Interfil", "Purolator")
_STEERING = ("Moog", "TRW", "Syd", "Cofap", "Monroe", "KYB", "Gabriel")
_ENGINE = ("Gates", "Dayco", "Continental", "ContiTech", "Bosch")
_LIGHT = ("Philips", "Osram", "Hella", "TYC", "Depo")

FAMILIES = (
    Family("BAL", "Balata", "Frenos", ("delantera", "trasera", "delantera cerámica",
           "trasera cerámica"), _BRAKES, 320,
           1450, "JGO", ("pastilla de freno",)),
    Family("ZAP", "Zapata de freno", "Frenos", ("trasera",), _BRAKES, 280, 760, "JGO"),
    Family("DIS", "Disco de freno", "Frenos", ("delantero ventilado", "delantero sólido", "trasero"),
           _BRAKES, 420, 2100,
           aliases=("rotor",)),
    Family("TAM", "Tambor de freno", "Frenos", ("trasero",), _BRAKES, 390, 1250),
    Family("CIL", "Cilindro de rueda", "Frenos", ("izquierdo", "derecho"), _BRAKES, 110, 340),
    Family("BFR", "Bomba de freno", "Frenos", ("con depósito", "sin depósito"), _BRAKES, 650, 2400,
           aliases=("cilindro maestro",)),
    Family("FAC", "Filtro de aceite", "Filtros", ("blindado", "cartucho"), _FILTERS, 65, 290),
    Family("FAI", "Filtro de aire", "Filtros", ("panel", "cónico"), _FILTERS, 95, 420),
    Family("FCO", "Filtro de gasolina", "Filtros", ("metálico", "plástico"), _FILTERS, 85, 480,
           aliases=("filtro de combustible",)),
    Family("FCA", "Filtro de cabina", "Filtros", ("estándar", "carbón activado"), _FILTERS, 120, 390,
           aliases=("filtro de polen", "filtro de aire acondicionado")),
    Family("AMO", "Amortiguador", "Suspensión",
           ("delantero izquierdo", "delantero derecho", "trasero"), _STEERING, 480, 2300, aliases=("amorti",)),
    Family("ROT", "Rótula", "Suspensión", ("inferior", "superior"), _STEERING, 180, 890),
    Family("TER", "Terminal de dirección", "Dirección", ("izquierda", "derecha", "interior"), _STEERING, 150, 680),
    Family("HOR", "Horquilla", "Suspensión", ("inferior izquierda", "inferior derecha"), _STEERING, 650, 2600,
           aliases=("brazo de suspensión",)),
    Family("TOR", "Tornillo estabilizador", "Suspensión", ("delantero", "trasero"), _STEERING, 120, 460,
           aliases=("cacahuate",)),
    Family("BAS", "Base de amortiguador", "Suspensión", ("delantera con balero", "trasera"), _STEERING, 210, 780),
    Family("BUJ", "Bujía", "Encendido", ("cobre", "platino", "iridio"), ("NGK", "Bosch", "Champion",
           "Autolite", "Denso"),
           45, 320),
    Family("CAB", "Cables de bujía", "Encendido", ("silicón",), ("NGK", "Bosch", "Garlo"), 280, 920, "JGO"),
    Family("BOB", "Bobina de encendido", "Encendido", ("lápiz", "paquete"), ("Bosch", "Delphi", "Denso"), 380, 1850),
    Family("BDI", "Banda de distribución", "Motor", ("dentada", "kit con tensor"), _ENGINE, 240, 2400,
           aliases=("correa de tiempo",)),
    Family("BAC", "Banda de accesorios", "Motor", ("poly v",), _ENGINE, 130, 640, aliases=("correa serpentina",)),
    Family("BAG", "Bomba de agua", "Enfriamiento", ("con empaque",), ("Gates", "GMB", "Valeo", "Dolz"), 420, 1900),
    Family("TST", "Termostato", "Enfriamiento", ("82 grados", "88 grados"), ("Gates", "Wahler", "Valeo"), 140, 620),
    Family("RAD", "Radiador", "Enfriamiento", ("aluminio automático", "aluminio estándar"), ("Valeo",
           "Polar", "Denso"),
           1450, 5200),
    Family("BGA", "Bomba de gasolina", "Combustible", ("módulo completo", "repuesto"), ("Bosch",
           "Delphi", "Walbro"), 520,
           3200, aliases=("bomba de combustible",)),
    Family("SEN", "Sensor de oxígeno", "Eléctrico", ("antes del catalizador", "después del catalizador"),
           ("Bosch", "Denso", "NTK"), 690, 2600),
    Family("CLU", "Kit de clutch", "Transmisión", ("estándar", "reforzado"), ("LUK", "Valeo", "Sachs", "Exedy"), 1650,
           6400, "KIT", ("embrague",)),
    Family("BLE", "Balero de rueda", "Transmisión", ("delantero", "trasero"), ("SKF", "NTN", "FAG",
           "Timken"), 290, 1350),
    Family("MAR", "Marcha", "Eléctrico", ("remanufacturada", "nueva"), ("Bosch", "Valeo", "Delco"), 1450, 4900,
           aliases=("motor de arranque",)),
    Family("ALT", "Alternador", "Eléctrico", ("90 amperes", "120 amperes"), ("Bosch", "Valeo", "Delco"), 2100, 6500),
    Family("FAR", "Faro", "Carrocería", ("izquierdo", "derecho"), _LIGHT, 780, 4200),
    Family("CAL", "Calavera", "Carrocería", ("izquierda", "derecha"), _LIGHT, 450, 2300, aliases=("stop trasero",)),
    Family("ESP", "Espejo lateral", "Carrocería", ("izquierdo manual", "derecho eléctrico"), ("TYC",
           "Depo"), 520, 2600,
           aliases=("retrovisor",)),
    Family("LLA", "Llanta", "Llantas",
           ("175/65 R14", "185/60 R15", "185/65 R15", "195/55 R16", "195/65 R15", "205/55 R16",
           "205/65 R15", "215/60 R16",
            "225/45 R17", "235/75 R15", "265/70 R16"),
           ("Michelin", "Tornel", "Continental", "Firestone", "Pirelli", "Euzkadi", "Goodyear"), 980, 4600,
           aliases=("neumático",), fits=False),
    Family("ACE", "Aceite de motor", "Lubricantes",
           ("5W30 sintético", "5W20 sintético", "10W30 semisintético", "10W40 semisintético", "15W40 mineral",
            "20W50 mineral"), ("Mobil", "Castrol", "Quaker State", "Roshfrans", "Akron", "Valvoline"), 95, 420, "L",
           fits=False),
    Family("ATF", "Aceite de transmisión", "Lubricantes", ("ATF Dexron III", "75W90", "80W90", "CVT"),
           ("Mobil", "Castrol", "Akron", "Roshfrans"), 110, 480, "L", fits=False),
    Family("ANT", "Anticongelante", "Enfriamiento", ("verde 50/50", "rojo 50/50", "rosa concentrado"),
           ("Prestone", "Bardahl", "Roshfrans"), 85, 340, "L", ("refrigerante",), fits=False),
    Family("LIQ", "Líquido de frenos", "Frenos", ("DOT 3", "DOT 4", "DOT 5.1"), ("Bosch", "Bardahl",
           "Wagner"), 75, 290,
           "L", fits=False),
    Family("ACU", "Acumulador", "Eléctrico", ("grupo 42 450 CCA", "grupo 47 550 CCA",
           "grupo 35 600 CCA", "grupo 34 700 CCA"),
           ("LTH", "Bosch", "AC Delco", "Optima"), 1650, 4900, aliases=("batería",), fits=False),
    Family("FOC", "Foco", "Iluminación", ("H4 12V 55W", "H7 12V 55W", "H11 LED", "1157 stop",
           "T10 pellizco"), _LIGHT, 35,
           790, aliases=("lámpara",), fits=False),
    Family("PLU", "Pluma limpiaparabrisas", "Accesorios",
           ("14 pulgadas", "16 pulgadas", "18 pulgadas", "20 pulgadas", "22 pulgadas", "24 pulgadas", "26 pulgadas"),
           ("Bosch", "Trico", "Michelin"), 85, 390, aliases=("plumilla", "wiper"), fits=False),
    Family("MAN", "Manguera", "Enfriamiento",
           ("radiador 1 1/4 pulg", "radiador 1 1/2 pulg", "gasolina 5/16 pulg", "gasolina 3/8 pulg",
           "vacío 1/4 pulg"),
           ("Gates", "Dayco"), 38, 310, "M", fits=False),
    Family("TUE", "Birlo de rueda", "Ferretería", ("12x1.5", "12x1.25", "14x1.5", "1/2 pulg", "7/16 pulg"),
           ("Dorman", "Keep"), 18, 95, aliases=("tornillo de rueda", "perno de rueda"), fits=False),
    Family("GRA", "Grasa", "Lubricantes", ("chasis litio", "baleros alta temperatura"), ("Mobil",
           "Akron", "Bardahl"), 90,
           260, "KG", fits=False),
)  # fmt: skip


# What everybody asks for is always there, for the cars that everybody drives.
USUAL = frozenset({"BAL", "FAC", "FAI", "AMO", "BUJ", "DIS", "CLU"})
POPULAR = ("Jetta", "Versa", "Tsuru", "Aveo", "Civic", "Corolla", "Hilux", "Vento", "Fiesta", "Silverado")


def items(count: int, seed: int) -> Iterator[CatalogItem]:
    """Make `count` different parts, the same ones for the same seed."""
    random, seen = Random(seed), set[str]()
    for family, kind, brand, fit in _wanted(random, count):
        vehicle = f"{fit[0]} {fit[1]} {fit[2]}-{fit[3]} " if fit else ""
        name = f"{family.name} {kind} {vehicle}{brand}"
        if name in seen:
            continue
        seen.add(name)
        yield _item(random, family, name, brand, len(seen), _attributes(fit) if fit else {})
        if len(seen) == count:
            return


def _wanted(random: Random, count: int) -> Iterator[tuple[Family, str, str, tuple[str, str, int, int] | None]]:
    """Family, kind, brand, and the vehicle with its years: first what has sizes, then the usual, then anything."""
    sized = [(family, kind, brand, None) for family in FAMILIES if not family.fits for kind in family.kinds
             for brand in family.brands]  # fmt: skip
    yield from sized[: count // 4]
    fitting = [family for family in FAMILIES if family.fits]
    for family in fitting:
        for maker, model, first, last in VEHICLES:
            if family.code in USUAL and model in POPULAR:
                start = max(min(2014, last - 2), first)
                for kind in family.kinds[:2]:
                    yield family, kind, random.choice(family.brands), (maker, model, start, min(last, start + 4))
    while True:
        family = random.choice(fitting)
        maker, model, first, last = random.choice(VEHICLES)
        start = random.randint(first, last - 2)
        fit = (maker, model, start, min(last, start + random.randint(1, 6)))
        yield family, random.choice(family.kinds), random.choice(family.brands), fit


def _attributes(fit: tuple[str, str, int, int]) -> dict[str, str]:
    maker, model, start, end = fit
    return {"marca": maker, "modelo": model, "años": " ".join(str(year) for year in range(start, end + 1))}


def _item(
    random: Random, family: Family, name: str, brand: str, serial: int, attributes: dict[str, str]
) -> CatalogItem:
    cents = random.choice([Decimal("0.10"), Decimal(0), Decimal("0.50")])
    price = random.randint(family.low, family.high) - cents
    rest = name.removeprefix(family.name).strip()
    return CatalogItem(
        sku=f"{family.code}-{brand[:2].upper()}{10000 + serial}",
        name=name,
        price=Money.of(price, "MXN"),
        aliases=tuple(f"{alias} {rest}" for alias in family.aliases),
        brand=brand,
        category=family.category,
        unit=family.unit,
        stock=Decimal(random.choice([0, 2, 4, 6, 8, 12, 20, 35, 60, 140])),
        attributes=attributes,
    )
