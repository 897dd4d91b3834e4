"""The sentences that customers read about their payments, in Spanish, English and Portuguese."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from core.money import Money
from core.payment_facts import Voucher
from core.payments import Kind

SENTENCES: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "texts/notices.toml").read_text("utf-8"))


def text(
    name: str, locale: str, *, kind: Kind, number: str, amount: Money, remaining: Money, voucher: Voucher | None = None,
    timezone: str = "UTC",
) -> str:  # fmt: skip
    """One notice: receipt, voucher, failed or refund."""
    if name == "receipt" and remaining.amount_minor:
        name = "receipt_partial"
    until = datetime.fromtimestamp(voucher.expires_at, UTC).astimezone(ZoneInfo(timezone)) if voucher else None
    return _of(name, locale).format(
        amount=amount.text(locale), remaining=remaining.text(locale), debt=_of(kind, locale).format(number=number),
        reference=_grouped(voucher.number) if voucher else "", url=voucher.url if voucher else "",
        until=(f"{until:%Y-%m-%d %H:%M}" if locale == "en" else f"{until:%d/%m/%Y %H:%M}") if until else "",
    )  # fmt: skip


def _of(name: str, locale: str) -> str:
    sentence = SENTENCES[name]
    return sentence.get(locale[:2], sentence["es"])


def _grouped(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
