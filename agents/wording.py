"""What agents say, as data: one TOML file per agent, each sentence in Spanish, English and Portuguese."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

from core.fold import fold
from core.messages import Button

_ROOT = Path(__file__).parent.parent
# What names of firms and bands begin with: nobody is called `Taller`.
_FIRMS = """
taller talleres servicio servicios refaccionaria refacciones frenos mofles suspensiones transportes electrico electrica
llantera diesel flotilla gruas autopartes autoservicio clutch construtora construcciones reformas marcenaria hidraulica
serralheria deposito pinturas materiais obras metais condominio oficina ferreteria grupo orquesta trio banda sello los
las el la os as dj mc the comercial distribuidora empresa tienda loja casa cliente customer usuario user
"""
_NO_FIRST_NAMES = frozenset(_FIRMS.split())
LOCALES = ("es", "en", "pt")
_MONTH_NAMES = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "en": "January February March April May June July August September October November December",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Wording:
    """The sentences of `<folder>/texts/<name>.toml`; calling it with locale, key and values gives one."""

    def __init__(self, name: str, folder: str = "agents") -> None:
        path = _ROOT / folder / "texts" / f"{name}.toml"
        self._table: dict[str, dict[str, str]] = tomllib.loads(path.read_text("utf-8"))

    def __call__(self, locale: str, key: str, **values: object) -> str:
        sentence = self._table[key]
        # str.format never looks inside the values: a name with braces stays a name
        return sentence.get(locale, sentence["es"]).format(**values).strip()

    def keys(self) -> tuple[str, ...]:
        """All sentence names of this file."""
        return tuple(self._table)


_common = Wording("common")


def choice(locale: str, intent: str) -> Button:
    """A button which routes straight to `intent` when it is pressed."""
    return Button(id=f"intent:{intent}", title=_common(locale, f"button_{intent}"))


def choices(locale: str, *intents: str) -> tuple[Button, ...]:
    """Up to three buttons."""
    return tuple(choice(locale, intent) for intent in intents[:3])


def day(value: date, locale: str) -> str:
    """Write a date as the readers of `locale` do: 12/11/2026, or Nov 12, 2026 in English."""
    if locale == "en":
        return f"{_MONTHS[value.month - 1]} {value.day}, {value.year}"
    return f"{value:%d/%m/%Y}"


def month(period: str, locale: str) -> str:
    """Write `2026-09` as `septiembre de 2026`, `September 2026`; a year, or anything else, stays as it is."""
    year, _, number = period.partition("-")
    if not (number.isdecimal() and 1 <= int(number) <= 12):
        return period
    name = _MONTH_NAMES.get(locale, _MONTH_NAMES["es"]).split()[int(number) - 1]
    return f"{name} {year}" if locale == "en" else f"{name} de {year}"


def amount(value: Decimal) -> str:
    """Write a quantity without needless zeros: 3, 2.5."""
    return f"{value.normalize():f}"


def vocative(name: str | None) -> str:
    """`, Ana` for a usable first name, else nothing: names come from outside and may be anything."""
    first = (name or "").strip().split(" ")[0]
    usable = first.isalpha() and 2 <= len(first) <= 20 and fold(first) not in _NO_FIRST_NAMES
    return f", {first}" if usable else ""
