"""Whatever is promised, changed and promised again: it never adds up to more than is owed, and the rest is the rest."""

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agents import agreements
from agents.base import Answer, HandOff, Turn
from tests.orchestrator.conftest import NOW, StatedTools, tenant

TODAY = NOW.date()
DAYS = st.integers(1, 15).map(lambda ahead: f"el {TODAY + timedelta(days=ahead):%d/%m}")
SUMS = st.integers(1, 400).map(lambda amount: f"{amount} pesos")
OF_ALL = st.one_of(
    st.tuples(st.sampled_from(("te pago todo", "mejor todo", "mejor", "el resto", "la mitad", "mejor la mitad")), DAYS),
    st.tuples(SUMS.flatmap(lambda said: st.sampled_from((f"te pago {said}", f"mejor {said}", said))), DAYS),
    st.tuples(SUMS.map("te pago {}".format)),
    st.tuples(st.sampled_from(("el resto después", "no", "el resto"))),
    st.tuples(SUMS, DAYS, st.just("y el resto"), DAYS),
    st.tuples(
        st.sampled_from((
            "te pago quinientos", "mejor el 10 por ciento", "te pago -5", "te pago 99999 pesos", "te pago 20 dólares",
            "si me pagan te pago",
        )), DAYS,
    ),
).map(" ".join)  # fmt: skip
POINTS = st.sampled_from(("la primera", "mejor la otra", "la vencida", "te pago la F-1"))
OF_SOME = st.tuples(POINTS, DAYS).map(" ".join)
SAID = OF_ALL | OF_SOME


def debt(number: str, minor: int) -> dict[str, Any]:
    money = {"amount_minor": minor, "currency": "MXN"}
    return {"number": number, "status": "open", "total": money, "due": money, "due_on": "2026-11-10", "days_overdue": 8}


class Talk:
    """A customer with some debts who goes on promising; no limit but what is owed."""

    def __init__(self, owed: list[int]) -> None:
        numbers = [f"F-{place}" for place in range(len(owed))]
        self.owed = dict(zip(numbers, owed, strict=True))
        self.told: dict[str, Any] = {
            "invoices": [debt(*each) for each in self.owed.items()],
            "terms": {"promises_left": dict.fromkeys(numbers, 99), "promise_days": 30},
        }
        self.state: dict[str, Any] = {}
        self.plans: dict[str, int] = {}
        self.days: dict[str, list[str]] = {}

    async def say(self, text: str) -> Answer | HandOff:
        tools = StatedTools(self.told)

        async def same(draft: str, _: object) -> str:
            return draft

        answer = await agreements.agree(Turn(
            text=text, intent="payment_promise", locale="es", now=NOW, tenant=tenant(), channel="web",
            customer_name=None, history=(), state=self.state, tools=tools, ask_llm=same,
        ), await tools.invoices())  # fmt: skip
        self.state = {**{k: v for k, v in self.state.items() if k != "expects"}, **answer.state}
        for write in tools.writes:
            if write.kind == "instalments":
                number = write.data["number"]
                assert number not in self.plans, text
                self.days[number] = [part["due_on"] for part in write.data["parts"]]
                self.plans[number] = sum(part["amount_minor"] for part in write.data["parts"])
        return answer

    async def promised(self) -> dict[str, int]:
        terms = await StatedTools(self.told).terms()
        assert len({each.number for each in terms.promised}) == len(terms.promised)
        assert not {each.number for each in terms.promised} & set(self.plans)
        return {each.number: each.amount.amount_minor for each in terms.promised} | self.plans


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 500_00), min_size=1, max_size=3), st.lists(SAID, min_size=1, max_size=5))
def test_what_is_promised_of_an_invoice_is_never_more_than_it_owes(owed: list[int], said: list[str]):
    async def talk() -> None:
        at = Talk(owed)
        for text in said:
            await at.say(text)
            for number, minor in (await at.promised()).items():
                assert 0 < minor <= at.owed[number], (said, number)

    asyncio.run(talk())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(100_01, 500_00), min_size=1, max_size=3), st.lists(OF_ALL, max_size=3), st.integers(1, 100))
def test_the_rest_is_exactly_what_is_left(owed: list[int], before: list[str], part: int):
    async def talk() -> None:
        at = Talk(owed)
        for text in before:
            await at.say(text)
        if at.plans:
            return  # a person changes a plan
        await at.say(f"mejor {part} pesos el 20/11")
        assert sum((await at.promised()).values()) == part * 100
        await at.say("el resto el 25/11")
        assert await at.promised() == at.owed

    asyncio.run(talk())


def test_the_rest_leaves_a_promise_of_one_invoice_where_it_is():
    async def talk() -> None:
        at = Talk([300_00, 200_00])
        await at.say("te pago la F-0 el 20/11")
        await at.say("el resto el 19/11")
        assert at.days == {"F-0": ["2026-11-20"], "F-1": ["2026-11-19"]}

    asyncio.run(talk())
