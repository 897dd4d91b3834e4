"""What agents say, as data: one TOML file per agent, each sentence in Spanish, English and Portuguese."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

from core.messages import Button

_ROOT = Path(__file__).parent.parent
LOCALES = ("es", "en", "pt")
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


def amount(value: Decimal) -> str:
    """Write a quantity without needless zeros: 3, 2.5."""
    return f"{value.normalize():f}"


def vocative(name: str | None) -> str:
    """`, Ana` for a usable first name, else nothing: names come from outside and may be anything."""
    first = (name or "").strip().split(" ")[0]
    return f", {first}" if first.isalpha() and 2 <= len(first) <= 20 else ""
