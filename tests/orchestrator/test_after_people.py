"""The end of a human stretch: the agents know what the person said, and open questions of before are settled."""

from datetime import timedelta

import msgspec
import pytest

from core.conversation import Line, Outcome
from tests.orchestrator.conftest import NOW, say, tenant, turns

TOLD = Line(author="human", text="Tu garantía del alternador dura hasta marzo, ya la registré.", at=NOW)
STRETCH = {"by": "ana@x.mx", "since_seq": 3, "until_seq": 5, "note": "garantía registrada", "over": True}

BALANCE = {
    "available": {"amount_minor": 110935, "currency": "USD"}, "on_hold": {"amount_minor": 0, "currency": "USD"},
    "plan": "Label", "last_statement": None, "last_statement_total": None,
}  # fmt: skip
WHO = tenant(
    name="Sonora", currency="USD", withdrawal_minimum="10", agents=("sales", "support", "royalties", "dunning")
)


def handed_back(**notes: object) -> Outcome:
    state = {"notes": notes, "human_stretch": STRETCH}
    return Outcome(replies=(), agent="human", mode="bot", locale="es", state=state)


async def test_what_a_person_told_is_told_again_when_it_is_asked_for() -> None:
    outcome = await say(turns(), handed_back(), "¿y hasta cuándo dura la garantía?", history=(TOLD,))
    assert "dura hasta marzo" in outcome.replies[0].text
    assert outcome.mode == "bot"


async def test_without_a_person_who_said_it_nothing_is_made_up() -> None:
    other = Line(author="agent", text=TOLD.text, at=NOW)
    outcome = await say(turns(), handed_back(), "¿y hasta cuándo dura la garantía?", history=(other,))
    assert "marzo" not in outcome.replies[0].text


async def test_the_agents_learn_of_the_hand_back_once_and_old_questions_are_closed() -> None:
    before = handed_back(withdrawal="code", withdrawal_minor=500, expects="withdrawal", plan="Pro")
    outcome = await say(turns(), before, "gracias")
    notes = outcome.state["notes"]
    assert notes["person"] == {"by": "ana@x.mx", "note": "garantía registrada"}
    assert notes["plan"] == "Pro"
    assert not [name for name in notes if name.startswith(("withdrawal", "expects"))]
    assert notes["lapsed_withdrawal"] is True
    assert outcome.state["human_stretch"]["told"] is True
    again = await say(turns(), Outcome(
        replies=(), agent="sales", mode="bot", locale="es",
        state={"notes": {"expects": "return", "return": "reason"}, "human_stretch": outcome.state["human_stretch"]},
    ), "llegó rota")  # fmt: skip
    assert again.intent == "return"  # what was asked since then is open


async def test_the_code_of_a_withdrawal_that_a_person_ended_is_told_so_and_books_nothing() -> None:
    running = turns({"balance": BALANCE, "code": "482913"})
    asked = await say(running, None, "quiero retirar 30", who=WHO)
    assert asked.state["notes"]["withdrawal"] == "code"
    back = msgspec.structs.replace(asked, state={**asked.state, "human_stretch": STRETCH})
    outcome = await say(running, back, "482913", who=WHO)
    assert "ya no vale y no retiré nada" in outcome.replies[0].text
    assert "lapsed_withdrawal" not in outcome.state["notes"]
    again = await say(running, outcome, "482913", who=WHO)
    assert "R-1001" not in again.replies[0].text


async def test_a_withdrawal_goes_on_when_the_customer_calls_the_wait_for_a_person_off() -> None:
    running = turns({"balance": BALANCE, "code": "482913"})
    outcome = None
    for text in ("quiero retirar 30", "pásame con una persona", "olvídalo, ya no"):
        outcome = await say(running, outcome, text, who=WHO)
    assert outcome is not None
    assert outcome.mode == "bot"
    assert "US$30.00 sigue esperando su código" in outcome.replies[0].text
    outcome = await say(running, outcome, "482913", who=WHO)
    assert "R-1001" in outcome.replies[0].text


async def test_a_code_that_ran_out_while_a_person_was_awaited_is_told_so() -> None:
    notes = {"withdrawal": "code", "withdrawal_minor": 3000, "withdrawal_currency": "USD"}
    late = (NOW - timedelta(minutes=1)).isoformat()
    stretch = {**STRETCH, "by": "customer"}
    state = {"notes": {**notes, "withdrawal_until": late}, "human_stretch": stretch}
    back = Outcome(replies=(), agent=None, mode="bot", locale="es", state=state)
    outcome = await say(turns({"balance": BALANCE, "code": "482913"}), back, "482913", who=WHO)
    assert "ya no vale y no retiré nada" in outcome.replies[0].text


AGREED = Line(author="human", text="Le autorizo 12% de descuento en las balatas.", at=NOW)
GIVEN = {"products": [{"sku": "BAL-1", "name": "Balata Jetta", "price": {"amount_minor": 50_000, "currency": "MXN"}}]}


async def test_a_discount_that_a_person_wrote_of_goes_back_to_the_person() -> None:
    running = turns(dict(GIVEN))
    quoted = await say(running, handed_back(), "dame 4 balatas jetta", history=(AGREED,))
    assert "4 × Balata Jetta" in quoted.replies[0].text
    outcome = await say(running, quoted, "¿y el descuento que me dijeron?", history=(AGREED,))
    assert (outcome.mode, outcome.writes) == ("human", ())
    assert "Le autorizo 12%" in outcome.state["summary"]
    assert "C-1001" in outcome.state["summary"]


@pytest.mark.parametrize(
    "text",
    ["me prometieron 10 %", "they promised me 10% off", "me prometeram 10% de desconto", "nos ofrecieron 10%"],
)
async def test_a_promise_that_is_claimed_is_neither_refused_nor_kept(text: str) -> None:
    running = turns(dict(GIVEN))
    quoted = await say(running, None, "dame 4 balatas jetta")
    outcome = await say(running, quoted, text)
    assert (outcome.mode, outcome.writes) == ("human", ())
    assert text in outcome.state["summary"]
    without_quote = await say(turns(dict(GIVEN)), None, text)
    assert (without_quote.mode, without_quote.agent) == ("human", "human")


async def test_a_promise_of_what_can_be_given_is_given_and_without_one_nothing_changes() -> None:
    running = turns(dict(GIVEN))
    quoted = await say(running, None, "dame 4 balatas jetta")
    given = await say(running, quoted, "me prometieron 4 %")
    assert "apliqué 4 %" in given.replies[0].text
    refused = await say(running, given, "dame 12% de descuento")
    assert refused.mode == "bot"
    assert "5 %" in refused.replies[0].text
