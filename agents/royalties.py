"""Tells a music customer its balance and earnings, explains a statement, and lets it withdraw."""

import re

from agents import knowledge, payout, reading, statement
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices
from core.messages import Reply

say = Wording("royalties")
_WHY = re.compile(
    r"\b(?:por ?que|porque|why|explic\w*|explain\w*|no entiendo|nao entendi|understand|detalle|breakdown)\b"
)


class Royalties:
    """Balance, earnings by track and platform, withdrawals."""

    name = "royalties"
    intents = frozenset({"royalties_balance", "royalties_earnings", "withdrawal"})

    async def answer(self, turn: Turn) -> Answer | HandOff:
        """Answer by intent; in this agent's hands a bare period (`¿y en agosto?`) asks for earnings."""
        if turn.intent == "withdrawal" or payout.answers(turn):
            return await payout.step(turn)
        if turn.intent == "royalties_earnings" or (turn.intent == "other" and self._period(turn)):
            return await self._earnings(turn)
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
            earnings = await turn.tools.earnings()
            text += ["", statement.text(turn, earnings)] if earnings else []
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
        draft = "\n".join(filter(None, [missed, statement.text(turn, earnings)]))
        if _WHY.search(reading.fold(turn.text)):
            draft = "\n".join([draft, *await knowledge.passage(turn)])
        return Answer(reply=Reply(text=await turn.ask_llm(draft, {}), money=True))

    def _period(self, turn: Turn) -> str | None:
        today = turn.now.date()
        return reading.period(turn.text, today) or reading.year(turn.text, today)


def _no_account(turn: Turn) -> Answer:
    text = say(turn.locale, "no_account")
    return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state={"offer": "human"})
