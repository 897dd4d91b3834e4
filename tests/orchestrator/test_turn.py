"""One turn: bursts, buttons, consent, media, loops, hand-off, language, and a model behind it."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.conversation import Inbound, Line, Outcome
from core.messages import Attachment
from llm.base import Ask, Said
from llm.faults import error
from llm.ladder import Ladder
from tests.orchestrator.conftest import NOW, conversation, say, tenant, turns

INVOICE = {"number": "F-1", "status": "open", "total": {"amount_minor": 10050, "currency": "MXN"},
           "due": {"amount_minor": 10050, "currency": "MXN"}, "due_on": "2026-11-10", "days_overdue": 8}  # fmt: skip


def one(text: str = "", **changes: Any) -> Inbound:
    given: dict[str, Any] = {"message_id": 1, "seq": 1, "kind": "message", "text": text, "received_at": NOW}
    return Inbound(**(given | changes))


def text_of(outcome: Outcome) -> str:
    return "\n".join(reply.text for reply in outcome.replies)


async def test_a_burst_is_answered_together_once() -> None:
    outcome = await say(turns({"invoices": [INVOICE]}), None, "hola", "oye", "cuánto debo?")
    assert len(outcome.replies) == 1
    assert outcome.intent == "debt"
    assert "$100.50 MXN" in text_of(outcome)


@pytest.mark.parametrize("kind", ["edit", "delete", "reaction", "echo"])
async def test_what_is_no_message_gets_no_answer(kind: str) -> None:
    outcome = await turns().run(conversation(inbound=(one("hola", kind=kind),)), tenant())
    assert outcome.replies == ()


async def test_a_conversation_that_a_person_holds_is_left_alone() -> None:
    outcome = await say(turns(), None, "hola", mode="human", state={"human_stretch": {"by": "ana@x.mx"}})
    assert (outcome.replies, outcome.mode) == ((), "human")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (one(attachments=(Attachment(kind="voice", ref="1"),)), "nota de voz"),
        (one(attachments=(Attachment(kind="image", ref="1"),)), "cuéntame"),
        (one(attachments=(Attachment(kind="location"),)), "ubicación"),
        (one(kind="unsupported"), "texto"),
    ],
)
async def test_a_message_without_words_gets_a_helpful_answer(message: Inbound, words: str) -> None:
    outcome = await turns().run(conversation(inbound=(message,)), tenant())
    assert words in text_of(outcome)
    assert outcome.mode == "bot"


async def test_a_caption_is_answered_like_a_message() -> None:
    message = one("cuánto debo", attachments=(Attachment(kind="image", ref="1"),))
    outcome = await turns().run(conversation(inbound=(message,)), tenant())
    assert outcome.agent == "dunning"


async def test_a_button_routes_by_its_payload() -> None:
    pressed = one("Quiero pagar", kind="callback", payload="intent:payment")
    outcome = await turns({"invoices": [INVOICE]}).run(conversation(inbound=(pressed,)), tenant())
    assert (outcome.intent, outcome.agent) == ("payment", "dunning")


async def test_an_unknown_payload_falls_back_to_the_text() -> None:
    pressed = one("cuánto debo", kind="callback", payload="intent:nonsense")
    outcome = await turns().run(conversation(inbound=(pressed,)), tenant())
    assert outcome.intent == "debt"


@pytest.mark.parametrize(("word", "consent"), [("STOP", "opted_out"), ("Baja", "opted_out"), ("ALTA", "opted_in")])
async def test_a_consent_word_is_confirmed_once_by_the_system(word: str, consent: str) -> None:
    outcome = await say(turns(), None, word)
    assert outcome.trace["consent"] == consent
    (reply,) = outcome.replies
    assert reply.author == "system"


async def test_an_opt_out_that_is_said_again_is_taken_down_and_not_confirmed_again() -> None:
    confirmed = text_of(await say(turns(), None, "BAJA"))
    lines = (("customer", "BAJA"), ("system", confirmed))
    again = await say(
        turns(), None, "BAJA", history=tuple(Line(author=author, text=text, at=NOW) for author, text in lines)
    )
    assert (again.replies, again.trace["consent"]) == ((), "opted_out")
    spoken = (*lines, ("customer", "hola"), ("agent", "¡Hola!"))
    later = await say(
        turns(), None, "BAJA", history=tuple(Line(author=author, text=text, at=NOW) for author, text in spoken)
    )
    assert text_of(later) == confirmed


async def test_an_opt_out_counts_while_a_person_has_the_conversation() -> None:
    outcome = await say(turns(), None, "STOP", mode="human")
    assert (outcome.trace["consent"], outcome.mode) == ("opted_out", "human")
    assert [reply.author for reply in outcome.replies] == ["system"]


async def test_an_opt_out_inside_a_burst_counts() -> None:
    outcome = await say(turns(), None, "ya basta", "STOP")
    assert outcome.trace["consent"] == "opted_out"


async def test_an_opt_out_in_a_sentence_counts() -> None:
    outcome = await say(turns(), None, "ya no me manden mensajes por favor")
    assert outcome.trace["consent"] == "opted_out"


async def test_a_request_for_a_person_hands_over_with_one_notice_and_a_summary() -> None:
    outcome = await say(turns(), None, "quiero hablar con una persona")
    assert (outcome.mode, outcome.agent, len(outcome.replies)) == ("human", "human", 1)
    assert "L-V 9:00-18:00" in text_of(outcome)
    assert "quiero hablar con una persona" in outcome.state["summary"]


async def test_a_threat_goes_to_a_person_at_once() -> None:
    outcome = await say(turns(), None, "los voy a denunciar con mi abogado, rateros")
    assert outcome.mode == "human"


async def test_the_same_text_more_than_twenty_times_stops_the_answers() -> None:
    running, outcome = turns(), None
    for n in range(20):
        message = one("hola", received_at=NOW + timedelta(seconds=n))
        kept = {"state": outcome.state, "agent": outcome.agent} if outcome else {}
        outcome = await running.run(conversation(inbound=(message,), **kept), tenant())
        assert outcome.replies
    assert outcome
    last = one("HOLA", received_at=NOW + timedelta(seconds=60))
    # another process: only the saved state tells
    outcome = await turns().run(conversation(inbound=(last,), state=outcome.state), tenant())
    assert (outcome.replies, outcome.mode, outcome.trace["loop"]) == ((), "human", True)


async def test_the_same_text_over_hours_is_no_loop() -> None:
    running, outcome = turns(), None
    for n in range(25):
        message = one("hola", received_at=NOW + timedelta(minutes=n))
        outcome = await running.run(conversation(inbound=(message,), state=outcome.state if outcome else {}), tenant())
    assert outcome
    assert outcome.replies


@pytest.mark.parametrize(
    ("text", "locale", "words"),
    [
        ("what do I owe you?", "en", "Good news"),
        ("quanto eu devo?", "pt", "Boas notícias"),
        ("cuánto les debo?", "es", "Buenas"),
    ],
)
async def test_the_answer_is_in_the_customers_language(text: str, locale: str, words: str) -> None:
    outcome = await say(turns(), None, text)
    assert outcome.locale == locale
    assert words in text_of(outcome)


async def test_the_language_stays_until_the_customer_clearly_changes_it() -> None:
    running = turns()
    first = await say(running, None, "hola, cuánto les debo?")
    second = await say(running, first, "ok")
    assert second.locale == "es"
    third = await say(running, second, "sorry, can you tell me my balance in English please?")
    assert third.locale == "en"


async def test_a_bare_yes_takes_the_offer_of_a_person() -> None:
    running = turns()
    first = await say(running, None, "tienen unicornios azules?")
    assert first.state["notes"]["offer"] == "human"
    assert (await say(running, first, "sí, por favor")).mode == "human"
    assert (await say(running, first, "no, gracias")).mode == "bot"


async def test_a_disabled_agent_is_stood_in_for() -> None:
    outcome = await say(turns(), None, "cuánto tengo de regalías?", who=tenant(agents=("sales", "support")))
    assert outcome.agent == "support"


async def test_the_trace_says_how_the_turn_went() -> None:
    outcome = await say(turns({"invoices": [INVOICE]}), None, "cuánto debo?")
    assert outcome.trace["route"]["agent"] == "dunning"
    assert outcome.trace["tools"][0]["name"] == "invoices"
    msgspec.json.encode(outcome.trace)


class Model:
    """A tier that says whatever it is told to say."""

    name = "groq"

    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer

    async def complete(self, ask: Ask) -> Said:
        if isinstance(self.answer, Exception):
            raise self.answer
        return Said(text=self.answer, tier=self.name, prompt_tokens=10, completion_tokens=5)

    async def close(self) -> None:
        pass


async def with_model(answer: str | Exception) -> Outcome:
    return await say(turns({"invoices": [INVOICE]}, Ladder([Model(answer)])), None, "cuánto debo?")


async def test_a_model_may_find_better_words() -> None:
    outcome = await with_model(
        "¡Hola, Ana! Te queda pendiente:\n• F-1: $100.50 MXN, venció el 10/11/2026 (hace 8 días)"
    )
    assert text_of(outcome).startswith("¡Hola, Ana! Te queda pendiente")
    assert outcome.trace["llm"][0]["guard"] == "passed"
    assert outcome.trace["llm"][0]["attempts"][0]["completion_tokens"] == 5


async def test_a_model_that_lies_is_not_heard() -> None:
    outcome = await with_model("Debes solo $10.00 MXN y te perdono lo demás.")
    assert "$100.50 MXN" in text_of(outcome)
    assert "$10.00" not in text_of(outcome)
    assert outcome.trace["llm"][0]["guard"] != "passed"


async def test_a_broken_model_changes_nothing_for_the_customer() -> None:
    outcome = await with_model(error("auth", "groq", "no key"))
    assert "$100.50 MXN" in text_of(outcome)
    assert outcome.trace["llm"][0]["tier"] == "offline"
