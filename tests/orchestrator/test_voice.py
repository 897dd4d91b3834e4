"""Model calls of a turn: paid once, within the budget, by the version of the prompts that the customer has."""

from collections import Counter

from core.conversation import Conversation
from core.records import Tenant
from core.settings import Settings
from llm.base import Ask, Said
from llm.ladder import Ladder, tiers
from orchestrator import prompts
from orchestrator.tools import bind
from orchestrator.turn import Turns
from storage.llm_calls import LlmCalls, experiment, spending
from storage.resources import Resources
from tests.llm.conftest import Provider, completion, provider  # noqa: F401  a fixture
from tests.orchestrator.conftest import Kept, conversation, say, tenant, turns
from tests.storage import given


class Model:
    """A tier that greets and counts."""

    name = "groq"

    def __init__(self) -> None:
        self.asked: list[Ask] = []

    async def complete(self, ask: Ask) -> Said:
        self.asked.append(ask)
        return Said(
            text="¡Hola, Ana! ¿Qué buscas hoy?", tier=self.name, model="openai/gpt-oss-120b", prompt_tokens=200,
            completion_tokens=100,
        )  # fmt: skip

    async def close(self) -> None:
        pass


async def test_a_turn_that_is_run_again_reuses_the_answer_that_was_paid() -> None:
    model, kept = Model(), Kept()
    ladder = Ladder([model])
    first = await say(turns(None, ladder, kept), None, "hola")
    again = await say(turns(None, ladder, kept), None, "hola")
    assert len(model.asked) == 1
    assert [reply.text for reply in again.replies] == [reply.text for reply in first.replies]
    assert again.trace["llm"][0]["reused"]
    (call,) = kept.calls
    assert (call.tier, call.prompt_tokens, call.completion_tokens, call.cost_micros) == ("groq", 200, 100, 90)
    assert first.trace["llm"][0]["cost_micros"] == 90


async def test_over_the_budget_no_model_is_asked_and_the_customer_is_answered() -> None:
    model = Model()
    outcome = await say(turns(None, Ladder([model]), Kept(spends=50_000_000)), None, "hola")
    assert not model.asked
    assert outcome.trace["llm"] == [{"tier": "offline", "prompt": "v3", "reason": "budget"}]
    assert outcome.replies[0].text


async def test_what_was_paid_is_used_although_the_budget_was_spent_meanwhile() -> None:
    model, kept = Model(), Kept()
    first = await say(turns(None, Ladder([model]), kept), None, "hola")
    kept.spends = 50_000_000
    again = await say(turns(None, Ladder([model]), kept), None, "hola")
    assert again.trace["llm"][0]["reused"]
    assert again.replies[0].text == first.replies[0].text


async def test_a_tenants_own_budget_counts_and_nothing_may_be_spent_with_a_budget_of_nothing() -> None:
    model = Model()
    await say(turns(None, Ladder([model]), Kept(spends=50_000_000)), None, "hola", who=tenant(llm_budget_usd=60.0))
    assert len(model.asked) == 1
    await say(turns(None, Ladder([model])), None, "hola", who=tenant(llm_budget_usd=0.0))
    assert len(model.asked) == 1


def test_of_two_versions_each_customer_always_has_the_same_and_both_get_about_half() -> None:
    drawn = [prompts.choose(("v1", "v2"), "acme", customer) for customer in range(1000)]
    assert drawn == [prompts.choose(("v1", "v2"), "acme", customer) for customer in range(1000)]
    assert min(Counter(drawn).values()) > 400
    assert prompts.choose(("v1", "v2"), "other", 1) in prompts.VERSIONS


def test_a_version_that_does_not_exist_is_the_usual_one() -> None:
    assert prompts.choose(("v999",), "acme", 1) == prompts.choose((), "acme", 1) == "v3"


def test_a_version_has_what_it_changes_and_the_rest_of_the_one_before() -> None:
    for locale in ("es", "en", "pt"):
        assert prompts.prompt("v2", "sales", locale) != prompts.prompt("v1", "sales", locale)
        old, new = prompts.prompt("v1", "dunning", locale), prompts.prompt("v2", "dunning", locale)
        assert old
        assert new
        assert old.text == new.text
    assert prompts.prompt("v1", "human", "es") is None


async def test_the_experiments_version_is_asked_and_noted() -> None:
    model, kept = Model(), Kept()
    outcome = await say(turns(None, Ladder([model]), kept), None, "hola", who=tenant(prompts=("v2",)))
    told = prompts.prompt("v2", "sales", "es")
    assert told
    assert model.asked[0].messages[0].content == told.text
    assert (kept.calls[0].prompt, outcome.trace["llm"][0]["prompt"]) == ("v2", "v2")


async def _waiting(resources: Resources, peer: str = "1") -> tuple[Conversation, Tenant]:
    account = await given.account(resources)
    await given.received(resources, account, "hola", peer=peer)
    loaded = await given.loaded(resources, account, peer)
    return loaded.conversation, tenant(id="acme")


async def test_a_worker_that_dies_between_the_model_and_the_commit_leaves_what_the_next_one_uses(
    resources: Resources,
    settings: Settings,
    provider: Provider,  # noqa: F811
) -> None:
    """The real SDK over HTTP, the real tables: pain of paying a model again at each redelivery."""
    provider.plays("groq", completion("¡Hola! ¿Qué buscas hoy?"))
    talkative = provider.settings(azure_openai_key="")
    waiting, who = await _waiting(resources)
    for _ in range(3):
        running = Turns(resources, bind, Ladder(tiers(talkative)), LlmCalls(resources.pg))
        outcome = await running.run(waiting, who)
        assert outcome.replies[0].text == "¡Hola! ¿Qué buscas hoy?"
        await running.close()
    assert provider.count("groq") == 1
    (row,) = await spending(resources, ["acme"])
    assert (row["tier"], row["calls"]) == ("groq", 1)
    assert row["cost_micros"] == await LlmCalls(resources.pg).spent("acme") > 0
    (version,) = await experiment(resources, "acme")
    assert (version["version"], version["conversations"], version["resolved"]) == ("v3", 1, 1)


async def test_calls_that_are_kept_at_the_same_time_are_all_kept_and_a_copy_costs_nothing(resources: Resources) -> None:
    model, kept = Model(), LlmCalls(resources.pg)
    running = turns(None, Ladder([model]), kept)  # type: ignore[arg-type]
    for number in (1, 2, 1):
        await say(running, None, "hola", id=f"acme:web:web:{number}")
    assert await resources.pg.fetchval("SELECT count(*) FROM llm_calls") == 2
    assert await kept.spent("acme") == await LlmCalls(resources.pg).spent("acme") == 180


async def test_a_conversation_without_model_costs_no_question_to_the_database() -> None:
    running = turns()
    outcome = await running.run(conversation("hola"), tenant())
    assert "llm" not in outcome.trace
