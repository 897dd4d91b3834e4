"""Tells a music customer its balance and earnings, explains a statement, and lets it withdraw."""

import re
from collections.abc import Sequence

import msgspec

from agents import days, knowledge, others, payout, reading, spans, statement, withdrawal_words
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices, month
from core.messages import Reply
from core.records import Earning, RoyaltyBalance

say = Wording("royalties")
_WHY = re.compile(
    r"\b(?:por ?que|porque|why|explic\w*|explain\w*|no entiendo|nao entendi|understand|detalle|breakdown"
    r"|compar\w*)\b"
)
_BEFORE = re.compile(r"\b(?:month|mes|el|the one|o) (?:before|antes|anterior|previo|previous)\b")
_ELSEWHERE = {
    **dict.fromkeys(("pricing", "quotation", "product_search", "purchase"), "sales"), "debt": "dunning",
    "support": "support",
}  # fmt: skip
_STATEMENT = re.compile(r"\b(?:extrato|statement|estado de cuenta)\b")
_BY = re.compile(
    r"\b(?:por|per|by|cada|each) (?:album|disco|cancion|track|song|tema|musica|faixa|lanzamient|lancament|release)\w*\b"
)
_TAKE_OUT = re.compile(r"\b(?:saca\w*|sacar\w*|retir\w*|withdraw\w*|cash|saqu\w*|transf\w*|deposit\w*)\b")
_MADE = re.compile(r"\b(?:hice|gane|ganado|genere|generado|junte|made|make|earn\w*|fiz|ganhei|rendeu|faturei)\b")
_LEFT = re.compile(r"\b(?:queda|quedo|sobra|sobro|left|remain\w*|resta\w*|restou|saldo|balance)\b")
_HOLD = re.compile(r"\b(?:reten\w*|retid\w*|hold|held|congelad\w*|bloquead\w*|frozen|pres[oa])\b")
_PAYDAY = re.compile(
    r"\b(?:cuando|when|quando|que dia|what day)\b.*\b(?:pag\w*|pay\w*|paid|lleg\w*|deposit\w*|cae\w*|cai\w*)\b"
)
_PLATFORM = re.compile(r"\b(?:spotify|apple|youtube|deezer|tidal|amazon|tiktok|soundcloud|pandora|plataforma\w*)\b")
_COUNTRY = re.compile(
    r"\b(?:pais(?:es)?|countr(?:y|ies)|territor\w+|regiones|regions?|regioes)\b"
    r"|\b(?:en|in|em|no|na|nos|from|de|do|da|del|desde|para|for) (?:el |la |los |the |o |a |os )?(?:mexico|colombia"
    r"|argentina|chile|peru|bra[sz]il|espan(?:a|ha)|spain|portugal|estados unidos|eeuu|usa|eua|united states|us|ecuador"
    r"|equador|urugua[iy]|venezuela|bolivia|paragua[iy]|guatemala|costa rica|panama|canada|alemania|alemanha|germany"
    r"|franc(?:ia|e|a)|ital(?:ia|y)|reino unido|united kingdom|uk|inglaterra|england|jap(?:on|an|ao)|india|china"
    r"|europ[ea]|latam|latinoamerica|america latina|latin america|asia|africa)\b"
)
_AND = re.compile(r"\W*(?:y|e|and|what about|how about)\b(?!.*\b(?:total|tod[oa]s?|all|tudo)\b)")
_BALANCE = re.compile(r"\b(?:saldo|balance|disponible|available|disponivel|reten\w*|retid\w*|hold)\b")


class Royalties:
    """Balance, earnings by track and platform, withdrawals."""

    name = "royalties"
    intents = frozenset({"royalties_balance", "royalties_earnings", "withdrawal"})
    tools = ("balance", "earnings", "releases", "knowledge")

    async def answer(self, turn: Turn) -> Answer | HandOff:
        """Answer by intent; in this agent's hands a bare period (`¿y en agosto?`) asks for earnings."""
        return others.first(turn, await self._answer(turn))

    async def _answer(self, turn: Turn) -> Answer | HandOff:
        if turn.intent == "withdrawal" or payout.answers(turn):
            return await payout.step(turn)
        if turn.intent == "royalties_earnings" or self._goes_on(turn):
            return await self._earnings(turn)
        if turn.intent in _ELSEWHERE:
            return await self._unsure(turn)
        if turn.intent == "royalties_balance":
            return await self._balance(turn)
        return HandOff(to="support", reason="other")

    def _goes_on(self, turn: Turn) -> bool:
        """`¿y en agosto?`, `e no spotify?`: more about earnings, whatever it was read as."""
        words = reading.fold(turn.text)
        if turn.intent == "royalties_balance":
            return bool(_PLATFORM.search(words)) and not _BALANCE.search(words)
        timed = self._period(turn) or spans.months(turn.text, turn.now.date())
        return turn.intent == "other" and bool(
            timed or _PLATFORM.search(words) or _BY.search(words) or _COUNTRY.search(words)
        )

    async def _unsure(self, turn: Turn) -> Answer | HandOff:
        """`¿cuánto me queda?`, `sácame 30 usd`, `cuánto hice en 2026`: read as a price or a debt, and still ours."""
        words = reading.fold(turn.text)
        if _TAKE_OUT.search(words) and withdrawal_words.amount(turn.text) is not None:
            return await payout.step(turn)
        timed = self._period(turn) or spans.months(turn.text, turn.now.date())
        if timed or any(each.search(words) for each in (_WHY, _STATEMENT, _MADE, _BY, _PLATFORM, _COUNTRY)):
            return await self._earnings(turn)
        if _LEFT.search(words):
            return await self._balance(turn)
        return HandOff(to=_ELSEWHERE[turn.intent], reason=turn.intent)

    async def _balance(self, turn: Turn) -> Answer:
        balance = await turn.tools.balance()
        if balance is None:
            return _no_account(turn)
        text = balance_lines(balance, turn.locale)
        words = reading.fold(turn.text)
        if _HOLD.search(words) and _WHY.search(words):
            text += [] if balance.on_hold.amount_minor else [say(turn.locale, "no_hold")]
            text += ["", *await knowledge.passage(turn)]
        elif _PAYDAY.search(words):
            text = [*await knowledge.passage(turn), "", *text]
        elif _WHY.search(words):
            earnings = await turn.tools.earnings()
            text += ["", *await self._explained(turn, earnings)] if earnings else []
            text += await knowledge.passage(turn)
        reply = Reply(
            text=await turn.ask_llm("\n".join(text).strip(), {}),
            buttons=choices(turn.locale, "royalties_earnings", "withdrawal"),
            money=True,
        )
        # asked in the middle of a withdrawal: how much, or the code, is still to be said
        return Answer(reply=reply, state={"expects": "withdrawal"} if payout.is_open(turn.state) else {})

    async def _earnings(self, turn: Turn) -> Answer:
        words = reading.fold(turn.text)
        platform = _platform(turn, words)
        turn = msgspec.structs.replace(turn, text=f"{turn.text}\n{platform}") if platform else turn
        earnings, missed, span = await self._asked(turn)
        if not earnings:
            none = say(turn.locale, "no_earnings")
            return Answer(reply=Reply(text=none, buttons=choices(turn.locale, "royalties_balance")))
        if _WHY.search(words):
            text = [missed, *await self._explained(turn, earnings, span), *await knowledge.passage(turn)]
        else:
            text = [missed, statement.text(turn, earnings, span=span)]
        text = [say(turn.locale, "no_countries"), *text] if _COUNTRY.search(words) else text
        draft = "\n".join(text).strip()
        state = {"period": max(row.period for row in earnings), "earnings_platform": platform or None}
        return Answer(reply=Reply(text=await turn.ask_llm(draft, {}), money=True), state=state)

    async def _asked(self, turn: Turn) -> tuple[Sequence[Earning], str, bool]:
        """The earnings of the time asked for, what to say about it, and whether they are of several months."""
        locale = turn.locale
        if several := spans.months(turn.text, turn.now.date()):
            rows = [row for each in several for row in await turn.tools.earnings(each)]
            missing = [each for each in several if not any(row.period == each for row in rows)]
            if not rows:
                told = " – ".join(month(each, locale) for each in dict.fromkeys((several[0], several[-1])))
                return await turn.tools.earnings(), say(locale, "not_yet", period=told), False
            names = ", ".join(month(each, locale) for each in missing)
            return rows, say(locale, "missing_months", periods=names) if missing else "", True
        period = self._period(turn)
        if not period and spans.days(turn.text):
            return await turn.tools.earnings(), say(locale, "only_months"), False
        earnings = await turn.tools.earnings(period)
        if period and not earnings:
            # statements come with a delay: the newest one is what a `last month` usually wants
            return await turn.tools.earnings(), say(locale, "not_yet", period=month(period, locale)), False
        return earnings, "", False

    async def _explained(self, turn: Turn, earnings: Sequence[Earning], span: bool = False) -> list[str]:
        """How the sum comes about, and how it differs from the month before."""
        newest = max(row.period for row in earnings)
        before = await turn.tools.earnings(statement.month_before(newest))
        compared = statement.compared(earnings, before, turn.locale)
        return [statement.text(turn, earnings, span=span), *(["", compared] if compared else []), ""]

    def _period(self, turn: Turn) -> str | None:
        today = turn.now.date()
        told = turn.state.get("period")
        words = reading.fold(turn.text)
        if told and "compar" in words:
            return str(told)
        if told and _BEFORE.search(words):  # than the one that was just spoken of
            return statement.month_before(str(told))
        return days.period(turn.text, today) or days.year(turn.text, today)


def _platform(turn: Turn, words: str) -> str:
    """The platform that the customer names, or the one of before in `¿y en el último trimestre?`."""
    if named := _PLATFORM.search(words):
        return "" if named[0].startswith("plataforma") else named[0]
    return str(turn.state.get("earnings_platform") or "") if _AND.match(words) else ""


def balance_lines(balance: RoyaltyBalance, locale: str) -> list[str]:
    """What can be withdrawn, what is on hold, the last statement and the plan."""
    text = [say(locale, "balance", available=balance.available.text(locale))]
    if balance.on_hold.amount_minor:
        text.append(say(locale, "on_hold", on_hold=balance.on_hold.text(locale)))
    if balance.last_statement and balance.last_statement_total:
        total = balance.last_statement_total.text(locale)
        text.append(say(locale, "statement", period=month(balance.last_statement, locale), total=total))
    if balance.plan:
        text.append(say(locale, "plan", plan=balance.plan))
    return text


def _no_account(turn: Turn) -> Answer:
    text = say(turn.locale, "no_account")
    return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state={"offer": "human"})
