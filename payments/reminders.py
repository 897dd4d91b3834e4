"""What a reminder says: a text in the customer's language, and the same as a provider's approved template."""

import re
import tomllib
from datetime import date
from pathlib import Path

from core.dunning import Rule
from core.messages import Reply, Struct, Template
from core.money import Money

_TEXTS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "texts" / "reminders.toml").read_text("utf-8")
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 200  # of a template's parameter; Meta refuses line breaks, tabs and runs of spaces in one
LANGUAGES = ("es", "en", "pt")


class Facts(Struct):
    """What a reminder names."""

    business: str
    customer: str | None
    number: str
    owed: Money
    due_on: date
    url: str | None


def language(*wishes: str | None) -> str:
    """The first of these locales that we speak."""
    return next((wish[:2] for wish in wishes if wish and wish[:2] in LANGUAGES), "es")


def plain(text: str) -> Reply:
    """A reminder as a proactive reply: it waits behind answers, and money is never sent twice."""
    return Reply(text=text, bulk=True, money=True)


def text(stage: str, facts: Facts, locale: str) -> str:
    """The reminder in words."""
    name = _first_name(facts.customer)
    said = _TEXTS[stage][locale].format(
        name_=f", {name}" if name else "", number=facts.number, business=facts.business,
        amount=facts.owed.text(locale), date=_day(facts.due_on, locale),
    )  # fmt: skip
    link = [_TEXTS["link"][locale].format(url=facts.url)] if facts.url else []
    return "\n".join([said, *link, _TEXTS["reply"][locale]])


def template(rule: Rule, facts: Facts, locale: str) -> Template | None:
    """The rule's template with its five parameters: name, number, amount, due date, and the payment link or the
    business; None when the rule has none. Every parameter is one line and never empty."""
    known = locale if locale in rule.templates else next(iter(rule.templates), None)
    if not known or not rule.templates[known].strip():
        return None
    language_ = language(known)
    params = (
        _first_name(facts.customer) or _TEXTS["customer"][language_], facts.number, facts.owed.text(language_),
        _day(facts.due_on, language_), facts.url or facts.business,
    )  # fmt: skip
    return Template(name=rule.templates[known], language=known, params=tuple(_checked(param) for param in params))


def _checked(param: str) -> str:
    return re.sub(r"\s+", " ", param).strip()[:_LONGEST] or "-"


def _first_name(name: str | None) -> str:
    first = (name or "").strip().split(" ")[0]
    return first if first.isalpha() and 2 <= len(first) <= 20 else ""


def _day(value: date, locale: str) -> str:
    return f"{_MONTHS[value.month - 1]} {value.day}, {value.year}" if locale == "en" else f"{value:%d/%m/%Y}"
