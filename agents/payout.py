"""A withdrawal as a conversation: how much, a one-time code, done. No model says a word of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Literal

from agents import loose_amount, other_amount, payout_state, reading, withdrawal_words
from agents.base import Answer, HandOff, Turn
from agents.wording import LOCALES, Wording, choices
from core.messages import Button, Reply
from core.money import Money, digits
from core.records import WithdrawalStep

say = Wording("payout")
_ASK, _CODE, _LINK = "amount", "code", "link"  # what has to come next: an amount, the code, an account
_OPEN_MINUTES = 60  # how long `no` and `cancelar` are about the question how much


_NOTES = (
    "withdrawal", "withdrawal_minor", "withdrawal_currency", "withdrawal_until", "withdrawal_late", "lapsed_withdrawal",
)  # fmt: skip
_OTHER_SUMS = ("expects", "quote_number", "shown")  # a figure may answer these


def is_meant(notes: Mapping[str, Any], *, code: bool, bare: bool, said: str) -> bool:
    """True when a message with a code, or what it says of a sum or against one, is about a withdrawal under way.

    A code answers our question also when something else was said in between; one that has lapsed is told so.
    """
    if code and (notes.get("withdrawal") == _CODE or (bare and notes.get("lapsed_withdrawal"))):
        return True
    return is_left(notes, said)


def is_left(notes: Mapping[str, Any], no: str) -> bool:
    """True when this no, or sum (see other_amount), is about the withdrawal that a code, or an amount, opens.

    While we only asked how much, and spoke of other things since, a bare no may mean these.
    """
    stage, answers_us = notes.get("withdrawal"), notes.get("expects") == "withdrawal"
    if not no or notes.get("withdrawal_late"):
        return False
    if no == "change":
        # with a quote open, `no, mejor 45` may be of its pieces
        return answers_us if stage == _ASK else stage == _CODE and (answers_us or not notes.get("quote_number"))
    if no in ("sum", "unclear", "figure", "maybe"):
        # the wrong sum must not be paid: while a code is good, also after other things, if nothing else waits for it
        free = stage == _CODE and no != "maybe" and not any(notes.get(name) for name in _OTHER_SUMS)
        return free or (answers_us and stage in (_ASK, _CODE))
    return stage == _CODE or (stage == _ASK and (answers_us or no == "cancel"))


def as_of(notes: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The notes, with a mark once the time of a withdrawal that was left is over."""
    until = notes.get("withdrawal_until")
    late = isinstance(until, str) and datetime.fromisoformat(until) <= now
    return {**notes, "withdrawal_late": True} if late else notes


def after_people(notes: Mapping[str, Any], *, by_customer: bool) -> dict[str, Any]:
    """What is left of a withdrawal that a code opened once a person was awaited, or was there.

    A customer who called the wait off goes on where it was; after a person it has lapsed, and its code is told so.
    """
    if by_customer and _waits(notes):
        return {name: notes[name] for name in _NOTES if name in notes} | {"expects": "withdrawal"}
    return {"lapsed_withdrawal": True} if notes.get("withdrawal") == _CODE else {}


def left_by(notes: dict[str, Any], locale: str) -> tuple[dict[str, Any], str]:
    """The notes of who wants no more messages, and what to say of the withdrawal that was left; its code is void."""
    asked = _asked_for(notes) if _waits(notes) else None
    kept = {name: value for name, value in notes.items() if name not in _NOTES}
    if kept.get("expects") == "withdrawal":
        del kept["expects"]
    if notes.get("withdrawal") == _CODE:
        kept["lapsed_withdrawal"] = True
    return kept, say(locale, "opted_out", amount=asked.text(locale)) if asked else ""


def told_beside(notes: Mapping[str, Any], locale: str, key: Literal["paused", "waits"], zone: tzinfo | None) -> str:
    """How a withdrawal stands that waits for its code: `paused` while a person is awaited, or that it still `waits`."""
    asked = _asked_for(notes) if _waits(notes) else None
    if asked is None:
        return ""
    until = datetime.fromisoformat(notes["withdrawal_until"]).astimezone(zone)
    return say(locale, key, amount=asked.text(locale), clock=f"{until:%H:%M}")


def is_open(notes: Mapping[str, Any]) -> bool:
    """True while an amount or a code is awaited."""
    return notes.get("withdrawal") in (_ASK, _CODE) and not notes.get("withdrawal_late")


def _waits(notes: Mapping[str, Any]) -> bool:
    return notes.get("withdrawal") == _CODE and not notes.get("withdrawal_late")


async def step(turn: Turn) -> Answer | HandOff:
    """The next step of a withdrawal, from what was asked last and what the customer wrote."""
    stage = turn.state.get("withdrawal")
    made = withdrawal_words.about_a_made_one(turn.text, open_now=is_open(turn.state))
    if made and withdrawal_words.undoes(turn.text):
        return HandOff(to="human", reason="withdrawal_made", summary=_made(turn), state=dict.fromkeys(_NOTES))
    if turn.state.get("lapsed_withdrawal"):
        await turn.tools.withdrawal_cancel()
        if reading.one_time_code(turn.text):
            return _over(say(turn.locale, "lapsed"))
    if made or withdrawal_words.asks_state(turn.text):
        return await payout_state.told(turn)
    if stage and stage != _LINK and _leaves_it(turn.text):
        await turn.tools.withdrawal_cancel()
        return _over(say(turn.locale, "cancelled"))
    if stage == _CODE:
        return await _code(turn)
    return await _amount(turn)


def _leaves_it(text: str) -> bool:
    said = other_amount.or_left(text)
    if said in ("change", "sum", "unclear", "figure", "maybe") or withdrawal_words.upholds(text):
        return False
    if said:
        return True
    return reading.refuses(text) and not reading.code_missing(text) and reading.one_time_code(text) is None


def answers(turn: Turn) -> bool:
    """True when this text, whatever it was read as, is the code that we wait for."""
    return turn.state.get("withdrawal") == _CODE and reading.one_time_code(turn.text) is not None


async def _amount(turn: Turn) -> Answer | HandOff:
    balance = await turn.tools.balance()
    if balance is None:
        return _no_account(turn)
    if balance.available.amount_minor <= 0:
        return _over(say(turn.locale, "nothing"))
    wanted = _wanted(turn.text, balance.available)
    if wanted is None and is_open(turn.state):
        wanted = _loose(turn.text, balance.available.currency)
    if wanted and wanted > balance.available and reading.one_time_code(turn.text) == turn.text.strip():
        wanted = None  # rather the code of a withdrawal that stands no more
    return await _send(turn, wanted) if wanted else _how_much(turn, balance.available)


def _wanted(text: str, available: Money, under_way: Money | None = None) -> Money | None:
    """The sum that a text asks for, also as a part of what is `under_way` or `available`; never more than it says."""
    if under_way and (of_it := other_amount.of_it(text)):
        return Money(int(under_way.amount_minor * of_it), under_way.currency)
    if under_way and (by := other_amount.differs(text)) is not None:
        return _differing(under_way, by)
    said = other_amount.instead(text) or text
    if part := withdrawal_words.share(said):
        return available if part == "all" else Money(available.amount_minor // 2, available.currency)
    wanted = withdrawal_words.amount(said)
    return _money(said, wanted, available.currency)


def _loose(text: str, currency: str) -> Money | None:
    """The sum of a text that says it in passing: `same account, but 150`."""
    return _money(text, loose_amount.clear(text), currency)


def _money(text: str, wanted: Decimal | None, currency: str) -> Money | None:
    if wanted is None or wanted != round(wanted, digits(currency)):
        return None  # parts of a cent are a slip of the pen
    if withdrawal_words.foreign(text, currency):
        return None  # asked for again, in the account's money: no rate of ours is anybody's wish
    return Money.of(wanted, currency)


def _differing(under_way: Money, by: Decimal) -> Money | None:
    if by != round(by, digits(under_way.currency)):
        return None
    minor = under_way.amount_minor + Money.of(by, under_way.currency).amount_minor
    return Money(minor, under_way.currency) if minor > 0 else None


async def _code(turn: Turn) -> Answer | HandOff:
    """The code books the withdrawal; another amount voids it, also one that we cannot read: then we ask."""
    asked = _asked_for(turn.state)
    text = _without_our_message(turn, asked)
    code = reading.one_time_code(text)
    code = None if code and other_amount.is_money(text, code) else code
    rest = other_amount.beside_code(text, code) if code else text
    balance = await turn.tools.balance() if rest else None
    wanted = _wanted(rest, balance.available, _open(turn)) if balance else None
    loose = _loose(rest, balance.available.currency) if balance and not wanted else None
    same = loose is not None and loose == asked
    wanted = wanted or (None if same else loose)
    if code and (not rest or wanted == asked):
        return _told(turn, await turn.tools.withdrawal_confirm(code, _minimum(turn, asked.currency if asked else "")))
    if withdrawal_words.nearly_a_code(text):
        return _waiting(turn, _please(turn, "no_such_code", asked))
    if wanted:
        return await _send(turn, wanted)
    if reading.code_missing(text) and asked and not code:
        return await _send(turn, asked)
    if balance and not same and (other_amount.said(rest) or loose_amount.kind(rest)):
        await turn.tools.withdrawal_cancel()
        return _how_much(turn, balance.available, void=asked)
    return _waiting(turn, _please(turn, "code_alone" if code else "code_please", asked))


def _asked_for(notes: Mapping[str, Any]) -> Money | None:
    """The amount that the code was sent for."""
    minor, currency = notes.get("withdrawal_minor"), notes.get("withdrawal_currency")
    return Money(minor, currency) if isinstance(minor, int) and isinstance(currency, str) else None


def _without_our_message(turn: Turn, asked: Money | None) -> str:
    """The text with the message that brought the code, where it was passed on whole, cut down to the code."""
    code = reading.one_time_code(turn.text)
    if code is None or asked is None:
        return turn.text
    for locale in LOCALES:
        ours = say(locale, "code_message", business=turn.tenant.name, amount=asked.text(locale), code=code)
        if ours in turn.text:
            return turn.text.replace(ours, f" {code} ")
    return turn.text


def _please(turn: Turn, key: str, asked: Money | None) -> str:
    return say(turn.locale, key, amount=asked.text(turn.locale) if asked else "", said=turn.text.strip()[:20])


async def _send(turn: Turn, amount: Money) -> Answer | HandOff:
    wording = say(
        turn.locale, "code_message", business=turn.tenant.name, amount=amount.text(turn.locale), code="{code}"
    )
    return _told(turn, await turn.tools.withdrawal_ask(amount, _minimum(turn, amount.currency), wording))


def _told(turn: Turn, result: WithdrawalStep) -> Answer | HandOff:
    """What the customer reads about a step, and what we wait for next."""
    locale = turn.locale
    if result.state in ("unreachable", "too_many_codes", "blocked"):
        summary = say(locale, f"summary_{result.state}")
        return HandOff(to="human", reason="withdrawal", summary=summary, state=dict.fromkeys(_NOTES))
    if result.state == "no_account":
        return _no_account(turn)
    values = {
        name: money.text(locale) if money else ""
        for name, money in (("amount", result.amount), ("available", result.available), ("minimum", result.minimum))
    }
    text = say(
        locale, result.state, **values, number=result.number, sent_to=result.sent_to, minutes=result.minutes,
        left=result.attempts_left,
    )  # fmt: skip
    if result.state == "code_sent" and result.amount:
        return _waiting(turn, f"{_void(turn, _open(turn))} {text}".strip(), result.amount, result.minutes)
    if result.state == "wrong_code":
        return _waiting(turn, text)
    if result.state in ("too_little", "too_much"):
        text = f"{text} {_void(turn, _open(turn))}".strip()
        return Answer(reply=Reply(text=text, money=True), state=_asked(turn))
    return _over(text, choices(locale, "royalties_balance") if result.state == "confirmed" else ())


def _open(turn: Turn) -> Money | None:
    """The amount that a code was good for until this turn named another one."""
    return _asked_for(turn.state) if _waits(turn.state) else None


def _void(turn: Turn, asked: Money | None) -> str:
    return say(turn.locale, "void", amount=asked.text(turn.locale)) if asked else ""


def _how_much(turn: Turn, available: Money, void: Money | None = None) -> Answer:
    minimum = _minimum(turn, available.currency)
    text = say(turn.locale, "how_much", available=available.text(turn.locale), minimum=minimum.text(turn.locale))
    if withdrawal_words.foreign(turn.text, available.currency):
        text = f"{say(turn.locale, 'other_money', currency=available.currency)} {text}"
    if void:
        text = f"{say(turn.locale, 'unclear')} {_void(turn, void)} {text}"
    return Answer(reply=Reply(text=text, money=True), state=_asked(turn))


def _asked(turn: Turn) -> dict[str, object]:
    until = turn.now + timedelta(minutes=_OPEN_MINUTES)
    notes = {**dict.fromkeys(_NOTES), "withdrawal": _ASK, "withdrawal_until": until.isoformat()}
    return {"expects": "withdrawal", **notes}


def _waiting(turn: Turn, text: str, amount: Money | None = None, minutes: int = 0) -> Answer:
    state: dict[str, object] = {"expects": "withdrawal", "withdrawal": _CODE}
    if amount:
        until = turn.now + timedelta(minutes=minutes)
        state |= {"withdrawal_minor": amount.amount_minor, "withdrawal_currency": amount.currency}
        state |= {"withdrawal_until": until.isoformat(), "withdrawal_late": None, "lapsed_withdrawal": None}
    return Answer(reply=Reply(text=text, money=True), state=state)


def _over(text: str, buttons: tuple[Button, ...] = ()) -> Answer:
    return Answer(reply=Reply(text=text, money=True, buttons=buttons), state=dict.fromkeys(_NOTES))


def _made(turn: Turn) -> str:
    return say(turn.locale, "summary_made", text=turn.text[:200])


def _no_account(turn: Turn) -> Answer:
    # a second `todo` or amount is still about this withdrawal
    text = say(turn.locale, "no_account_still" if turn.state.get("withdrawal") == _LINK else "no_account")
    state = {"offer": "human", "expects": "withdrawal", "withdrawal": _LINK}
    return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state=state)


def _minimum(turn: Turn, currency: str) -> Money:
    return Money.of(turn.tenant.withdrawal_minimum, currency)
