"""How the customer's withdrawals stand, told from their rows: waiting for a code, on the way, paid, given back."""

from agents import withdrawal_words
from agents.base import Answer, Turn
from agents.wording import Wording, choices, day
from core.messages import Reply
from core.records import WithdrawalState

say = Wording("payout")
_MOST = 3


async def told(turn: Turn) -> Answer:
    """Tell the one that is named, else the newest ones; what waits for a code goes on waiting."""
    number = withdrawal_words.number(turn.text)
    found = await turn.tools.withdrawals(number)
    if found:
        text = "\n".join(_line(turn, each) for each in found[:_MOST])
    else:
        text = say(turn.locale, "state_no_such" if number else "state_none", number=number)
    waits = turn.state.get("withdrawal") == "code" and not turn.state.get("withdrawal_late")
    state = {"expects": "withdrawal"} if waits else {"offer": "human"}
    buttons = () if waits else choices(turn.locale, "human")
    return Answer(reply=Reply(text=text, money=True, buttons=buttons), state=state)


def _line(turn: Turn, each: WithdrawalState) -> str:
    at = each.at.astimezone(turn.now.tzinfo)
    return say(
        turn.locale, f"state_{each.state}", number=each.number, amount=each.amount.text(turn.locale),
        sent_to=each.sent_to, day=day(at.date(), turn.locale), clock=f"{at:%H:%M}",
    )  # fmt: skip
