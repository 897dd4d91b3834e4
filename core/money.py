"""Money in minor units with its currency; never a float."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec

# Minor digits that differ from two (ISO 4217 and docs.stripe.com/currencies).
ZERO_DECIMAL = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
_SYMBOLS = {"USD": "US$", "MXN": "$", "COP": "$", "BRL": "R$", "EUR": "€"}


def digits(currency: str) -> int:
    """Return how many minor digits `currency` has."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


class Money(msgspec.Struct, frozen=True, order=True):
    """An exact amount: `amount_minor` in the currency's minor unit (centavos), `currency` in upper-case ISO."""

    amount_minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> "Money":
        """Build from major units ("19.99"), rounding half up to the minor unit."""
        scaled = (Decimal(amount) * 10 ** digits(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return cls(int(scaled), currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units."""
        return Decimal(self.amount_minor) / Decimal(10) ** digits(self.currency)

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def times(self, factor: Decimal | int) -> "Money":
        """Multiply, rounding half up to the minor unit."""
        product = (Decimal(self.amount_minor) * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return Money(int(product), self.currency)

    def text(self, locale: str = "es") -> str:
        """Write for people: `$1,234.50 MXN`, `US$19.99`, and `R$ 1.234,50` in Portuguese."""
        number = f"{self.major:,.{digits(self.currency)}f}"
        if locale.startswith("pt"):
            number = number.translate(str.maketrans(",.", ".,"))
        symbol = _SYMBOLS.get(self.currency, "")
        if symbol in ("", "$"):  # many currencies share the bare sign
            return f"{symbol}{number} {self.currency}"
        return f"{symbol} {number}" if self.currency == "BRL" else f"{symbol}{number}"

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
