"""While a person is awaited: who writes is told once in a while that it is kept, and may call the wait off."""

from datetime import timedelta

import pytest

from agents.waiting import gives_up
from core.conversation import Line, Outcome
from tests.orchestrator.conftest import NOW, say, tenant, turns

ASKED = {
    "es": ("quiero hablar con una persona", "¿siguen ahí?", "olvídalo, ya no quiero hablar con una persona"),
    "en": ("I want to talk to a person", "are you still there?", "never mind"),
    "pt": ("quero falar com um atendente", "vocês ainda estão aí?", "deixa pra lá"),
}
KEPT = {"es": "quedó guardado", "en": "is kept for", "pt": "ficou guardada"}
ENDED = {"es": "ya no espero a una persona", "en": "nobody is awaited", "pt": "não espero mais uma pessoa"}


def noticed(minutes: int, author: str = "system") -> tuple[Line, ...]:
    asked = Line(author="customer", text="quiero hablar con una persona", at=NOW - timedelta(minutes=minutes))
    return asked, Line(author=author, text="Te paso con una persona.", at=NOW - timedelta(minutes=minutes))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["es", "en", "pt"])
async def test_who_writes_again_is_told_once_in_a_while_that_it_is_kept(language: str) -> None:
    running, who = turns({"waiting": 2}), tenant(locale=language)
    asked = await say(running, None, ASKED[language][0], who=who)
    assert asked.mode == "human"
    soon = await say(running, asked, ASKED[language][1], who=who, history=noticed(3))
    assert (soon.replies, soon.mode) == ((), "human")
    later = await say(running, soon, ASKED[language][1], who=who, history=noticed(11))
    assert KEPT[language] in later.replies[0].text
    assert "30" in later.replies[0].text  # minutes, with two before
    assert (later.mode, later.replies[0].author) == ("human", "system")
    again = await say(running, later, ASKED[language][1], who=who, history=noticed(11))  # the notice is not read yet
    assert again.replies == ()


async def test_while_nobody_is_there_the_notice_says_when_people_are_back() -> None:
    running, who = turns(), tenant(hours="L-V 3:00-4:00")
    asked = await say(running, None, "quiero hablar con una persona", who=who)
    later = await say(running, asked, "hola?", who=who, history=noticed(20))
    assert "no hay nadie disponible" in later.replies[0].text
    assert "03:00" in later.replies[0].text


@pytest.mark.parametrize("language", ["es", "en", "pt"])
async def test_the_wait_is_called_off_and_the_agents_learn_of_it(language: str) -> None:
    running, who = turns(), tenant(locale=language)
    asked = await say(running, None, ASKED[language][0], who=who)
    over = await say(running, asked, ASKED[language][2], who=who, history=noticed(1))
    assert ENDED[language] in over.replies[0].text
    assert (over.mode, over.agent) == ("bot", None)
    assert "summary" not in over.state
    then = await say(running, over, "llanta 195 65 r15", who=who)
    assert then.mode == "bot"
    assert then.replies
    assert then.state["notes"]["person"] == {"by": "customer", "note": ASKED[language][2]}


@pytest.mark.parametrize("text", ["olvídalo", "¿siguen ahí?"])
@pytest.mark.parametrize("by", ["tower", "provider app"])
async def test_once_somebody_has_taken_over_the_assistant_is_silent(text: str, by: str) -> None:
    state = {"human_stretch": {"by": "ana@x.mx", "since_seq": 1}} if by == "tower" else {}
    held = Outcome(replies=(), agent="sales", mode="human", locale="es", state=state)
    history = noticed(60, "system" if by == "tower" else "human")
    outcome = await say(turns(), held, text, history=history)
    assert (outcome.replies, outcome.mode) == ((), "human")


@pytest.mark.parametrize(
    ("text", "over"),
    [
        ("olvídalo, ya no quiero hablar con una persona", True), ("never mind", True), ("deixa pra lá", True),
        ("ya no necesito un asesor, gracias", True), ("forget it, I don't need a person anymore", True),
        ("não preciso mais de atendente", True), ("ya lo resolví", True), ("não precisa, obrigado", True),
        ("ya no hace falta", True), ("olvídalo, sigue tú", True), ("never mind the agent", True),
        ("não precisa mais", True), ("mejor sigue tú", True), ("you can answer", True), ("continua você", True),
        ("ya no la necesito", True), ("forget the agent", True), ("esquece o atendente", True), ("ya no", True),
        ("prefiero seguir con el bot", True), ("não quero mais falar com ninguém", True), ("I'm good", True),
        ("sin persona no", False), ("olvídalo, quiero mi dinero", False), ("no quiero seguir contigo", False),
        ("não precisa mais do pedido", False), ("sigue sin contestar", False), ("ya está roto", False),
        ("I'm not good", False), ("cancela mi pedido", False), ("cancela", False), ("answer", False),
        ("no", False), ("ya no lo quiero", False), ("no quiero esperar más", False), ("olvida la llanta", False),
        ("no me dejen esperando", False), ("don't forget it", False), ("no lo olviden", False), ("never", False),
        ("¿ya no hay una persona?", False), ("quiero hablar con una persona ya", False), ("nadie contesta", False),
        ("I need a person now", False), ("cadê o atendente", False), ("no one is answering", False),
    ],
)  # fmt: skip
def test_only_plain_words_call_it_off(text: str, over: bool) -> None:
    assert gives_up(text) is over
