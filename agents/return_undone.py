"""Leaves a return that the customer calls off: one that is talked over ends, an authorised one goes to a person."""

from agents import return_wishes
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording
from core.messages import Reply

say = Wording("returns")
NOTES = (
    "return", "return_order", "return_lines", "return_pieces", "return_count", "return_why", "return_listed",
)  # fmt: skip
_MADE = ("authorised", "credited")


async def asked(turn: Turn) -> Answer | HandOff | None:
    """Answer a wish to call a return off; None for anything else."""
    talked = turn.state.get("expects") == "return"
    if not return_wishes.calls_off(turn.text, talked=talked):
        return None
    number = return_wishes.number(turn.text)
    if turn.state.get("return") and not number:
        return Answer(reply=Reply(text=say(turn.locale, "left")), state=dict.fromkeys(NOTES))
    made = [each for each in await turn.tools.returns() if each.state in _MADE and number in (None, each.number)]
    if not made:
        return Answer(reply=Reply(text=say(turn.locale, "none_open")), state=dict.fromkeys(NOTES))
    newest = made[0]
    summary = say(
        turn.tenant.locale, f"summary_undone_{newest.state}", number=newest.number, text=turn.text.strip()[:300],
        amount=newest.amount.text(turn.tenant.locale) if newest.amount else "", note=newest.credit_note,
    )  # fmt: skip
    return HandOff(to="human", reason="return_made", summary=summary, state=dict.fromkeys(NOTES))
