"""A royalty statement in words: the total, by track, release and platform, or only what was asked about."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from agents import days, reading
from agents.base import Turn
from agents.wording import Wording, month
from core.money import Money
from core.records import Earning

say = Wording("royalties")
TOP = 5
_WHY = re.compile(
    r"\b(?:por ?que|porque|why|explic\w*|explain\w*|no entiendo|nao entendi|understand|detalle|breakdown)\b"
)
_BY_PLATFORM = re.compile(r"\b(?:por|per|by|each|cada|en cada|em cada) (?:una? |)(?:plataforma|platform)s?\b")
_BY_TRACK = re.compile(
    r"\b(?:por|per|by|each|cada|en cada) (?:una? |)(?:cancion(?:es)?|tracks?|temas?|songs?|musicas?|pistas?|faixas?)\b"
)
_BY_RELEASE = re.compile(r"\b(?:lanzamient\w*|release\w*|lancament\w*|album\w*|discos?)\b")


def text(turn: Turn, earnings: Sequence[Earning], *, span: bool = False) -> str:
    """What `earnings` add up to; narrowed to the platform, release or track that the customer names."""
    asked, locale = reading.fold(turn.text), turn.locale
    rows, named = _narrowed(list(earnings) if span else _periods(turn, earnings), asked)
    total, streams = _sum(row.amount for row in rows), _streams(rows, locale)
    months = sorted({row.period for row in rows})
    period = " – ".join(month(each, locale) for each in dict.fromkeys((months[0], months[-1])))
    key = "earnings_named" if named else "earnings_intro"
    lines = [say(locale, key, period=period, total=total.text(locale), named=named, streams=streams)]
    tracks = _by(rows, lambda row: row.title)
    platforms = _by(rows, lambda row: row.platform)
    if _BY_RELEASE.search(asked) and any(row.release for row in rows):
        tracks = _by(rows, lambda row: row.release or row.title)
    only_platforms = bool(_BY_PLATFORM.search(asked)) and not _BY_TRACK.search(asked)
    only_tracks = bool(_BY_TRACK.search(asked)) and not _BY_PLATFORM.search(asked)
    if (len(tracks) > 1 or not named) and not only_platforms:
        lines += [_line("earning", title, part, locale) for title, part in tracks[:TOP]]
    if (len(platforms) > 1 or not named) and not only_tracks:
        lines += ["", say(locale, "platforms_intro")]
        lines += [_line("platform", platform, part, locale) for platform, part in platforms[:TOP]]
    if _WHY.search(asked):
        lines += ["", *_explained(platforms, locale)]
    return "\n".join(lines)


def compared(earnings: Sequence[Earning], before: Sequence[Earning], locale: str) -> str:
    """How the newest month of `earnings` differs from the month before, and on which platform most."""
    if not earnings or not before:
        return ""
    period = max(row.period for row in earnings)
    rows = [row for row in earnings if row.period == period]
    new, old = _sum(row.amount for row in rows), _sum(row.amount for row in before)
    if new.currency != old.currency or old.amount_minor <= 0:
        return ""
    sums = dict[str, int]()
    for row, sign in [*((row, 1) for row in rows), *((row, -1) for row in before)]:
        sums[row.platform] = sums.get(row.platform, 0) + sign * row.amount.amount_minor
    platform = max(sums, key=lambda name: abs(sums[name]))
    change = new.amount_minor - old.amount_minor
    share = f"{abs(Decimal(change) * 100 / old.amount_minor):.1f}"
    return say(
        locale, "compared", before=month(before[0].period, locale), old=old.text(locale), new=new.text(locale),
        change=_signed(Money(change, new.currency), locale),
        percent=share.replace(".", ",") if locale == "pt" else share, platform=platform,
        most=_signed(Money(sums[platform], new.currency), locale),
    )  # fmt: skip


def month_before(period: str) -> str:
    """`2026-01` → `2025-12`."""
    first = date.fromisoformat(f"{period}-01") - timedelta(days=1)
    return f"{first:%Y-%m}"


def _signed(money: Money, locale: str) -> str:
    return ("+" if money.amount_minor >= 0 else "-") + Money(abs(money.amount_minor), money.currency).text(locale)


def _periods(turn: Turn, earnings: Sequence[Earning]) -> list[Earning]:
    """All months of a year that was asked for, else the newest month."""
    if not days.period(turn.text, turn.now.date()) and days.year(turn.text, turn.now.date()):
        return list(earnings)
    newest = max(row.period for row in earnings)
    return [row for row in earnings if row.period == newest]


def _narrowed(rows: list[Earning], asked: str) -> tuple[list[Earning], str]:
    """The rows of the platforms, releases and tracks that `asked` names; all rows when it names none we know."""
    names: list[str] = []
    for of in (_platform, _release, _track):
        known = {of(row) for row in rows if of(row)}
        if hit := {name for name in known if _mentions(asked, name, of is _platform)}:
            rows = [row for row in rows if of(row) in hit]
            names += sorted(hit)
    return rows, ", ".join(dict.fromkeys(names))


def _platform(row: Earning) -> str:
    return row.platform


def _release(row: Earning) -> str:
    return row.release


def _track(row: Earning) -> str:
    return row.title


def _mentions(asked: str, name: str, platform: bool) -> bool:
    words = reading.fold(name)
    if platform:  # `apple` and `youtube` are enough
        words = words.removesuffix(" music")
    return len(words) > 2 and re.search(rf"\b{re.escape(words)}\b", asked) is not None


def _explained(platforms: list[tuple[str, list[Earning]]], locale: str) -> list[str]:
    """How the sum comes about: plays times what a platform paid on average for a thousand."""
    lines = [say(locale, "explained")]
    for platform, part in platforms[:TOP]:
        plays, paid = sum(row.streams for row in part), _sum(row.amount for row in part)
        if plays:
            thousand = Money(round(paid.amount_minor * 1000 / plays), paid.currency)
            lines.append(
                say(
                    locale, "explained_platform", platform=platform, streams=_streams(part, locale),
                    thousand=thousand.text(locale), amount=paid.text(locale),
                )
            )  # fmt: skip
    return lines


def _line(key: str, name: str, part: list[Earning], locale: str) -> str:
    amount = _sum(row.amount for row in part).text(locale)
    return say(locale, key, title=name, platform=name, amount=amount, streams=_streams(part, locale))


def _streams(rows: Iterable[Earning], locale: str) -> str:
    count = f"{sum(row.streams for row in rows):,}"
    return count.replace(",", ".") if locale == "pt" else count


def _by(rows: Iterable[Earning], key: Callable[[Earning], str]) -> list[tuple[str, list[Earning]]]:
    groups: dict[str, list[Earning]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return sorted(groups.items(), key=lambda item: -sum(row.amount.amount_minor for row in item[1]))


def _sum(amounts: Iterable[Money]) -> Money:
    first, *rest = amounts
    for money in rest:
        first += money
    return first
