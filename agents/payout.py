"""A withdrawal as a conversation: how much, a one-time code, done. No model says a word of it."""

from agents import reading
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices
from core.messages import Button, Reply
from core.money import Money
from core.records import WithdrawalStep

say = Wording("payout")
_ASK, _CODE, _LINK = "amount", "code", "link"  # what has to come next: an amount, the code, an account


async def step(turn: Turn) -> Answer | HandOff:
    """The next step of a withdrawal, from what was asked last and what the customer wrote."""
    stage = turn.state.get("withdrawal")
    if stage and stage != _LINK and _leaves_it(turn.text):
        await turn.tools.withdrawal_cancel()
        return _over(say(turn.locale, "cancelled"))
    if stage == _CODE:
        return await _code(turn)
    return await _amount(turn)


def _leaves_it(text: str) -> bool:
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
    wanted = reading.amount(turn.text)
    if wanted is None and reading.half(turn.text):
        return await _send(turn, Money(balance.available.amount_minor // 2, balance.available.currency))
    if wanted is None and reading.everything(turn.text):
        return await _send(turn, balance.available)
    if wanted is None:
        return _how_much(turn, balance.available)
    return await _send(turn, Money.of(wanted, balance.available.currency))


async def _code(turn: Turn) -> Answer | HandOff:
    code = reading.one_time_code(turn.text)
    minor, currency = turn.state.get("withdrawal_minor"), turn.state.get("withdrawal_currency")
    if code is None:
        again = reading.code_missing(turn.text)
        if again and isinstance(minor, int) and isinstance(currency, str):
            return await _send(turn, Money(minor, currency))
        wanted = reading.amount(turn.text)
        if wanted is not None and isinstance(currency, str) and turn.intent == "withdrawal":
            return await _send(turn, Money.of(wanted, currency))
        if reading.everything(turn.text) and (balance := await turn.tools.balance()):
            return await _send(turn, balance.available)
        return _waiting(turn, say(turn.locale, "code_please"))
    return _told(turn, await turn.tools.withdrawal_confirm(code, _minimum(turn, str(currency))))


async def _send(turn: Turn, amount: Money) -> Answer | HandOff:
    wording = say(
        turn.locale, "code_message", business=turn.tenant.name, amount=amount.text(turn.locale), code="{code}"
    )
    return _told(turn, await turn.tools.withdrawal_ask(amount, _minimum(turn, amount.currency), wording))


def _told(turn: Turn, result: WithdrawalStep) -> Answer | HandOff:
    """What the customer reads about a step, and what we wait for next."""
    locale = turn.locale
    if result.state in ("unreachable", "too_many_codes", "blocked"):
        return HandOff(to="human", reason="withdrawal", summary=say(locale, f"summary_{result.state}"))
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
        return _waiting(turn, text, result.amount)
    if result.state == "wrong_code":
        return _waiting(turn, text)
    if result.state in ("too_little", "too_much"):
        return Answer(reply=Reply(text=text, money=True), state={"expects": "withdrawal", "withdrawal": _ASK})
    return _over(text, choices(locale, "royalties_balance") if result.state == "confirmed" else ())


def _how_much(turn: Turn, available: Money) -> Answer:
    minimum = _minimum(turn, available.currency)
    text = say(turn.locale, "how_much", available=available.text(turn.locale), minimum=minimum.text(turn.locale))
    return Answer(reply=Reply(text=text, money=True), state={"expects": "withdrawal", "withdrawal": _ASK})


def _waiting(turn: Turn, text: str, amount: Money | None = None) -> Answer:
    state: dict[str, object] = {"expects": "withdrawal", "withdrawal": _CODE}
    if amount:
        state |= {"withdrawal_minor": amount.amount_minor, "withdrawal_currency": amount.currency}
    return Answer(reply=Reply(text=text, money=True), state=state)


def _over(text: str, buttons: tuple[Button, ...] = ()) -> Answer:
    state = dict.fromkeys(("withdrawal", "withdrawal_minor", "withdrawal_currency"))
    return Answer(reply=Reply(text=text, money=True, buttons=buttons), state=state)


def _no_account(turn: Turn) -> Answer:
    # a second `todo` or amount is still about this withdrawal
    text = say(turn.locale, "no_account_still" if turn.state.get("withdrawal") == _LINK else "no_account")
    state = {"offer": "human", "expects": "withdrawal", "withdrawal": _LINK}
    return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state=state)


def _minimum(turn: Turn, currency: str) -> Money:
    return Money.of(turn.tenant.withdrawal_minimum, currency)
