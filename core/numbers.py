"""Numbers as people type them into tables: `1,234.50`, `1.234,50`, `$ 12.5`. What has two meanings is refused."""

import re
from decimal import Decimal

_DRESS = re.compile(r"[\s$€£']|R\$|US\$|[A-Za-z]{3}$")
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_GROUPS = re.compile(r"-?\d{1,3}(,\d{3})+")


def number(text: str) -> Decimal:
    """Read one number; raises ValueError with a reason, also for `1.234`, which is one thing here, another there."""
    bare = _DRESS.sub("", text.strip())
    point, comma = bare.rfind("."), bare.rfind(",")
    if point >= 0 and comma >= 0:  # the last one is the decimal mark
        whole, rest = bare[: max(point, comma)].replace(".", ","), bare[max(point, comma) + 1 :]
        bare = f"{whole.replace(',', '')}.{rest}" if _GROUPS.fullmatch(whole) else ""
    elif comma >= 0 or point >= 0:
        bare = _one_mark(bare, text)
    if not _PLAIN.fullmatch(bare):
        raise ValueError(f"{text!r} is no number")
    return Decimal(bare)


def _one_mark(bare: str, text: str) -> str:
    dotted = bare.replace(".", ",")
    if dotted.count(",") > 1:
        return dotted.replace(",", "") if _GROUPS.fullmatch(dotted) else bare
    whole, _, rest = dotted.partition(",")
    if len(rest) == 3 and re.fullmatch("-?[1-9][0-9]{0,2}", whole):
        raise ValueError(f"{text!r} can be read in two ways: write {whole}{rest}.00 or {whole}.{rest}0")
    return f"{whole}.{rest}"


def unmistakable(value: Decimal) -> str:
    """Write a number so that `number` reads the same: never three digits behind the point."""
    text = f"{value:f}"
    if "." not in text:
        return text
    text = text.rstrip("0").rstrip(".")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text
