"""The end of a human stretch: the agents know what the person said, and open questions of before are settled."""

from core.conversation import Line, Outcome
from tests.orchestrator.conftest import NOW, say, turns

TOLD = Line(author="human", text="Tu garantía del alternador dura hasta marzo, ya la registré.", at=NOW)
STRETCH = {"by": "ana@x.mx", "since_seq": 3, "until_seq": 5, "note": "garantía registrada", "over": True}


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
    assert outcome.state["human_stretch"]["told"] is True
    again = await say(turns(), Outcome(
        replies=(), agent="sales", mode="bot", locale="es",
        state={"notes": {"expects": "return", "return": "reason"}, "human_stretch": outcome.state["human_stretch"]},
    ), "llegó rota")  # fmt: skip
    assert again.intent == "return"  # what was asked since then is open
