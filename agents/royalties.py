"""Tells a music customer its balance, earnings and plan; a person confirms withdrawals."""

import re
from collections.abc import Callable, Iterable

from agents import knowledge, reading
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices
from core.messages import Reply
from core.money import Money
from core.records import Earning

say = Wording("royalties")
TOP = 5
_WHY = re.compile(r"\b(?:por ?que|porque|why|explica\w*|explain)\b")


class Royalties:
    """Balance, earnings by track and platform, withdrawals."""

    name = "royalties"
    intents = frozenset({"royalties_balance", "royalties_earnings", "withdrawal"})

    async def answer(self, turn: Turn) -> Answer | HandOff:
        """Answer by intent; in this agent's hands a bare period (`¿y en agosto?`) asks for earnings."""
        if turn.intent == "royalties_earnings" or (turn.intent == "other" and self._period(turn)):
            return await self._earnings(turn)
        if turn.intent == "withdrawal":
            return await self._withdrawal(turn)
        if turn.intent == "royalties_balance":
            return await self._balance(turn)
        return HandOff(to="support", reason="other")

    async def _balance(self, turn: Turn) -> Answer:
        balance = await turn.tools.balance()
        if balance is None:
            return _no_account(turn)
        locale = turn.locale
        text = [say(locale, "balance", available=balance.available.text(locale))]
        if balance.on_hold.amount_minor:
            text.append(say(locale, "on_hold", on_hold=balance.on_hold.text(locale)))
        if balance.last_statement and balance.last_statement_total:
            total = balance.last_statement_total.text(locale)
            text.append(say(locale, "statement", period=balance.last_statement, total=total))
        if balance.plan:
            text.append(say(locale, "plan", plan=balance.plan))
        if _WHY.search(reading.fold(turn.text)):
            text += await knowledge.passage(turn)
        reply = Reply(
            text=await turn.ask_llm("\n".join(text), {}),
            buttons=choices(locale, "royalties_earnings", "withdrawal"),
            money=True,
        )
        return Answer(reply=reply)

    async def _earnings(self, turn: Turn) -> Answer:
        period = self._period(turn)
        earnings, missed = await turn.tools.earnings(period), ""
        if period and not earnings:
            # statements come with a delay: the newest one is what a `last month` usually wants
            earnings, missed = await turn.tools.earnings(), say(turn.locale, "not_yet", period=period)
        if not earnings:
            text = say(turn.locale, "no_earnings")
            return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "royalties_balance")))
        draft = "\n".join(filter(None, [missed, _statement(earnings, turn.locale)]))
        return Answer(reply=Reply(text=await turn.ask_llm(draft, {}), money=True))

    async def _withdrawal(self, turn: Turn) -> Answer:
        balance = await turn.tools.balance()
        if balance is None:
            return _no_account(turn)
        if balance.available.amount_minor <= 0:
            return Answer(reply=Reply(text=say(turn.locale, "nothing_to_withdraw")))
        text = say(turn.locale, "withdrawal_ask", available=balance.available.text(turn.locale))
        reply = Reply(text=text, buttons=choices(turn.locale, "human"), money=True)
        return Answer(reply=reply, state={"offer": "human", "reason": "withdrawal"})

    def _period(self, turn: Turn) -> str | None:
        return reading.period(turn.text, turn.now.date())


def _no_account(turn: Turn) -> Answer:
    text = say(turn.locale, "no_account")
    return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state={"offer": "human"})


def _statement(earnings: Iterable[Earning], locale: str) -> str:
    """The newest period of `earnings`: total, best tracks, platforms."""
    rows = list(earnings)
    newest = max(row.period for row in rows)
    rows = [row for row in rows if row.period == newest]
    total = _sum(row.amount for row in rows)
    text = [say(locale, "earnings_intro", period=newest, total=total.text(locale))]
    streams = _by(rows, lambda row: row.title)
    for title, part in streams[:TOP]:
        money = _sum(row.amount for row in part).text(locale)
        count = f"{sum(row.streams for row in part):,}"
        shown = count.replace(",", ".") if locale == "pt" else count
        text.append(say(locale, "earning", title=title, amount=money, streams=shown))
    text += ["", say(locale, "platforms_intro")]
    for platform, part in _by(rows, lambda row: row.platform)[:TOP]:
        text.append(say(locale, "platform", platform=platform, amount=_sum(row.amount for row in part).text(locale)))
    return "\n".join(text)


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
