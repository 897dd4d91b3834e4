"""Which model years a part is for, by its name, and which ones a customer named; pure functions."""

import re
from collections.abc import Sequence

from agents.reading import fold
from core.records import Product

LOOK_AT = 20  # hits among which those for the year are looked for
_SPAN = re.compile(r"\b(?P<first>(?:19|20)\d\d) ?[-–a/] ?(?P<last>(?:19|20)\d\d)\b")
_YEAR = re.compile(
    r"(?<![\w$.,/-])(?:19[6-9]|20[0-3])\d(?![\w%]|[.,/-]\d| ?(?:pesos|mxn|usd|reais|brl|cop|dol|rpm|cca))"
)
_MOST = 3  # spans that are told


def named(text: str) -> tuple[int, ...]:
    """The model years in a text: `jetta 2008`, `de 2010 a 2012`."""
    return tuple(dict.fromkeys(int(year) for year in _YEAR.findall(fold(text))))


def suits(product: Product, years: Sequence[int]) -> bool:
    """True unless the product's name says that it is for other years."""
    name = fold(product.name)
    spans = [(int(match["first"]), int(match["last"])) for match in _SPAN.finditer(name)]
    besides = _SPAN.sub(" ", name)  # a car may be called 2008
    return not spans or all(
        str(year) in besides or any(first <= year <= last for first, last in spans) for year in years
    )


def choose(products: Sequence[Product], years: Sequence[int]) -> tuple[Sequence[Product], bool]:
    """Of the products that have all else that was asked, those for the years; if none is, these, and False."""
    if not years or not products:
        return products, True
    asked = [lacking(product, years) for product in products]
    least = min(len(each) for each in asked)
    alike = [product for product, each in zip(products, asked, strict=True) if len(each) == least]
    fitting = [product for product in alike if suits(product, years)]
    return (fitting, True) if fitting else (alike, False)


def spans(products: Sequence[Product]) -> str:
    """The years that the products are for, as their names say."""
    found = [f"{match['first']}-{match['last']}" for product in products for match in _SPAN.finditer(product.name)]
    return ", ".join(sorted(dict.fromkeys(found))[:_MOST])


def told(years: Sequence[int]) -> str:
    """The years as they are said again."""
    return "-".join(str(year) for year in years)


def lacking(product: Product, years: Sequence[int]) -> set[str]:
    """The words of the question, but for the years, that the product has not."""
    return {word.lstrip("?") for word in product.lacks} - {str(year) for year in years}
