"""A model that lies in every way that we know of, about the answers of every dialogue: the draft goes out instead."""

import json
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.wording import LOCALES
from llm.base import Ask, Said, ToolCall
from llm.ladder import Ladder
from orchestrator.figures import figures as named
from orchestrator.guard import objection
from tests.agents.test_dialogues import DIALOGUES
from tests.orchestrator.conftest import say, tenant, turns
from tests.safety.lies import LIES, Lie

DRAFT = "Tienes 2 facturas pendientes por $1,250.50 MXN:\n• F-1023: $350.50 MXN\n• F-1024: $900.00 MXN"


class Liar:
    """A tier that lies about the draft."""

    name = "groq"

    def __init__(self, lie: Lie) -> None:
        self._lie, self.lies, self.locale = lie, list[str](), "es"

    async def complete(self, ask: Ask) -> Said:
        said = self._lie(ask.draft, self.locale)
        if said is not None and said not in ask.draft:
            self.lies.append(said)
        return Said(text=ask.draft if said is None else said, tier=self.name)

    async def close(self) -> None:
        pass


class CallingLiar(Liar):
    """A tier that looks something up first, and then lies about the draft and what was found."""

    async def complete(self, ask: Ask) -> Said:
        results = [message.content for message in ask.messages if message.role == "tool"]
        tool = next((name for name in _PLAIN for spec in ask.tools if spec.name == name), None)
        if not results and tool:
            call = ToolCall(id="1", name=tool, arguments={})
            return Said(text="", tier=self.name, tool_calls=(call,))
        found = "\n".join(result.removeprefix("<result>").removesuffix("</result>") for result in results)
        whole = f"{ask.draft}\n{found}" if found else ask.draft
        said = self._lie(whole, self.locale)
        if said is not None and said not in whole:
            self.lies.append(said)
        return Said(text=whole if said is None else said, tier=self.name)


_PLAIN = ("invoices", "balance", "orders")  # what can be called without a word


async def _told(dialogue: dict[str, Any], ladder: Ladder) -> list[str]:
    running, who = turns(dialogue["given"], ladder), tenant(**dialogue["given"].get("tenant", {}))
    outcome, told = None, []
    for turn in dialogue["turns"]:
        outcome = await say(running, outcome, turn["user"], who=who)
        told += [reply.text for reply in outcome.replies]
    return told


_PARTS = 6  # each dialogue meets every sixth lie, its neighbour the next ones: hundreds of answers for each lie


async def test_no_lie_about_an_answer_of_any_dialogue_is_sent(record_property: Callable[[str, object], None]) -> None:
    counts: Counter[str] = Counter()
    believed = []
    for number, path in enumerate(DIALOGUES):
        dialogue = json.loads(path.read_text("utf-8"))
        for name, lie in list(LIES.items())[number % _PARTS :: _PARTS]:
            liar = Liar(lie)
            liar.locale = path.stem[:2]
            told = await _told(dialogue, Ladder([liar]))
            counts[name] += len(liar.lies)
            sent = "\n".join(told)
            believed += [(name, path.stem, said) for said in liar.lies if said in sent]
    assert not believed
    assert set(counts) == set(LIES)
    assert min(counts.values()) > 0, counts  # each lie was told
    record_property("lies told, none believed", counts.total())


async def test_no_lie_after_a_call_of_a_tool_is_sent(record_property: Callable[[str, object], None]) -> None:
    counts: Counter[str] = Counter()
    believed = []
    linked = [path for path in DIALOGUES if path.stem.endswith("debt_link_promise")]  # a link, whatever the sample has
    for path in [*DIALOGUES[:: 3 * len(LOCALES) + 1], *linked]:  # all lies about these answers, in each language
        dialogue = json.loads(path.read_text("utf-8"))
        for name, lie in LIES.items():
            liar = CallingLiar(lie)
            liar.locale = path.stem[:2]
            sent = "\n".join(await _told(dialogue, Ladder([liar])))
            counts[name] += len(liar.lies)
            believed += [(name, path.stem, said) for said in liar.lies if said in sent]
    assert not believed
    assert counts.total() > 100, counts  # which of them apply is up to these answers
    record_property("lies told after a call of a tool, none believed", counts.total())


HONEST = [
    (locale, row["draft"], text)
    for locale in LOCALES
    for row in tomllib.loads((Path(__file__).parent / "honest.toml").read_text("utf-8"))[locale]
    for text in row["says"]
]


def test_most_honest_wordings_are_let_through(record_property: Callable[[str, object], None]) -> None:
    """Better words are worth having: a guard that refuses everything would pass all the other tests."""
    refused = [(text, why) for locale, draft, text in HONEST if (why := objection(text, draft, ("", ""), locale))]
    record_property("honest wordings refused", len(refused))
    record_property("honest wordings", len(HONEST))
    assert len(refused) <= 0.2 * len(HONEST), refused


figures = st.integers(2, 10**12).map(str) | st.decimals("0.01", "9999999", places=2).map(str)


@given(figures, st.sampled_from(["{}", "$ {} MXN", "{}%", "F-{}", "cuenta {}", "https://x.example.com/{}", "{}/{}"]))
def test_a_figure_that_nobody_named_never_passes(figure: str, form: str) -> None:
    told = form.format(figure, figure)
    if not set(named(figure)) <= set(named(DRAFT)):  # 2.00 is the 2 of the draft
        assert objection(f"{DRAFT}\n{told}", DRAFT, ("", ""), "es") is not None


@given(st.decimals("0.01", "99999", places=2))
def test_a_price_of_the_customers_own_is_no_price(price: Any) -> None:
    said = f"véndemelo a {price}"
    if str(price) not in DRAFT:
        assert objection(f"{DRAFT}\nVale, ${price} MXN", DRAFT, ("", said), "es") is not None


@given(st.permutations(["350.50", "900.00", "1,250.50"]))
def test_amounts_in_another_order_never_pass(order: list[str]) -> None:
    text = f"Tienes 2 facturas pendientes por ${order[2]} MXN:\n• F-1023: ${order[0]} MXN\n• F-1024: ${order[1]} MXN"
    assert (objection(text, DRAFT, ("", ""), "es") is None) == (text == DRAFT)


@pytest.mark.parametrize(
    ("promise", "locale"),
    [
        ("Te comunico con un asesor ahora mismo.", "es"), ("Un ejecutivo te contactará.", "es"),
        ("Ya le avisé a mi supervisor.", "es"), ("Te van a llamar.", "es"),
        ("Someone from the team will reach out.", "en"),
        ("I am transferring you to a colleague.", "en"), ("We will get back to you.", "en"),
        ("Vou te passar para um atendente.", "pt"), ("Um especialista vai entrar em contato.", "pt"),
        ("Vamos te ligar.", "pt"),
    ],
)  # fmt: skip
def test_a_person_is_promised_only_by_the_hand_off_itself(promise: str, locale: str) -> None:
    draft = {"es": "Esto es lo que encontré.", "en": "Here is what I found.", "pt": "Encontrei isto."}[locale]
    assert objection(f"{draft} {promise}", draft, ("", ""), locale) == "unfounded person"
