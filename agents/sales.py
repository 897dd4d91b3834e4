"""Greets, finds products and prices, prepares a quote and takes an order to a person."""

from agents import catalog, quotation, reading
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices, vocative
from core.messages import Button, Reply

say = Wording("sales")


class Sales:
    """The agent that most customers meet first."""

    name = "sales"
    intents = frozenset(
        {"greeting", "product_search", "purchase", "quotation", "pricing", "thanks", "goodbye", "other"}
    )

    async def answer(self, turn: Turn) -> Answer | HandOff:
        """Answer by intent; a question that is no sales matter goes to support."""
        if turn.intent in ("greeting", "thanks", "goodbye"):
            return await self._courtesy(turn)
        lines = reading.lines(turn.text)
        if any(quantity is not None for quantity, _ in lines):
            quoted = await quotation.answer(turn, lines)
            if quoted:
                return quoted
        if turn.intent == "purchase" and await quotation.accepted(turn, lines):
            return quotation.close(turn)
        if turn.intent == "other":
            return await self._other(turn)
        return await catalog.answer(turn)

    async def _courtesy(self, turn: Turn) -> Answer:
        draft = say(turn.locale, turn.intent, name=vocative(turn.customer_name), business=turn.tenant.name)
        text = await turn.ask_llm(draft, {"business": turn.tenant.name, "sells": turn.tenant.business})
        return Answer(reply=Reply(text=text, buttons=menu(turn) if turn.intent == "greeting" else ()))

    async def _other(self, turn: Turn) -> Answer | HandOff:
        """Small talk and unclear text: a product if it surely names one, support's knowledge, or the menu."""
        found = await catalog.if_certain(turn)
        if found:
            return found
        if "support" in turn.tenant.agents and turn.text.strip() and "support" not in turn.visited:
            return HandOff(to="support", reason="other")
        return unclear(turn)


def unclear(turn: Turn) -> Answer:
    """Say what can be done here, with buttons."""
    return Answer(reply=Reply(text=say(turn.locale, "menu"), buttons=menu(turn)), state={"offer": "human"})


def menu(turn: Turn) -> tuple[Button, ...]:
    """The three choices that fit what this tenant does."""
    if "royalties" in turn.tenant.agents:
        return choices(turn.locale, "royalties_balance", "royalties_earnings", "pricing")
    if "dunning" in turn.tenant.agents:
        return choices(turn.locale, "product_search", "order_status", "debt")
    return choices(turn.locale, "product_search", "order_status", "human")
