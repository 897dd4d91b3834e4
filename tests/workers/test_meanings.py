"""Search by meaning: items are embedded once, beside everything else, and nothing depends on the model being there.

Real PostgreSQL with pgvector, the real SDK over HTTP, and the emulator where Azure stands.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.conversation import Conversation, Inbound, Outcome
from core.embedding import Embedder, Vector
from core.money import Money
from core.records import CatalogItem, Product, ProductFilter
from core.settings import Settings
from emulator.app import create_app
from llm.embeddings import Embeddings
from orchestrator.tools import bind
from orchestrator.turn import Turns
from storage import catalog, catalog_changes, catalog_vectors, hybrid, migrate
from storage.business import Business
from storage.resources import Resources
from storage.tenants import Tenants
from tests.serving import serve
from tests.storage.business import make_customer, make_tenant
from workers import meanings

SQL = Path(migrate.__file__).parent / "sql"
SQUEAL = "algo para que no rechine al frenar"


class Counted(Embeddings):
    """Remembers which texts were sent."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.sent: list[str] = []
        self.questions = 0

    async def items(self, texts: Sequence[str]) -> list[Vector]:
        self.sent += texts
        return await super().items(texts)

    async def question(self, text: str) -> Vector | None:
        self.questions += 1
        return await super().question(text)


class Shop:
    """The product with an embedder, and the provider that it asks."""

    def __init__(self, resources: Resources, embedder: Counted, url: str, http: aiohttp.ClientSession) -> None:
        self.resources, self.embedder, self._url, self._http = resources, embedder, url, http

    async def put(self, *items: CatalogItem, tenant: str = "acme") -> None:
        async with self.resources.tenant_connection(tenant) as connection:
            await catalog.put(connection, tenant, items)

    async def embed(self) -> None:
        while await meanings.once(self.resources, self.embedder):
            pass

    async def find(self, query: str, only: ProductFilter | None = None, tenant: str = "acme") -> list[Product]:
        return await hybrid.search(self.resources, tenant, query, 5, only)

    async def found(self, query: str, only: ProductFilter | None = None, tenant: str = "acme") -> list[str]:
        return [hit.sku for hit in await self.find(query, only, tenant)]

    async def fault(self, kind: str, count: int = 1, **more: object) -> None:
        body = {"provider": "azure", "method": "embeddings", "kind": kind, "count": count, **more}
        async with self._http.post(f"{self._url}/emulator/faults", json=body) as answer:
            assert answer.status == 200

    async def due_now(self) -> None:
        await self.resources.pg.execute("UPDATE catalog_changes SET due_at = now()")


def item(
    sku: str, name: str, price: int = 10000, stock: int = 1, category: str = "", active: bool = True
) -> CatalogItem:  # fmt: skip
    return CatalogItem(
        sku=sku, name=name, price=Money(price, "MXN"), stock=Decimal(stock), category=category, active=active
    )


PADS = item("BAL-1", "Balata delantera Jetta", price=83690, stock=4, category="Frenos")
OTHERS = (
    item("ACE-1", "Aceite de motor 10W40"), item("LLA-1", "Llanta 195/65 R15"), item("FOC-1", "Foco H4"),
)  # fmt: skip


@pytest.fixture
async def shop(resources: Resources, settings: Settings, tmp_path: Path) -> AsyncIterator[Shop]:
    await make_tenant(resources)
    emulated = create_app(Settings(home=tmp_path / "emulator"), smtp_port=0)
    async with serve(emulated) as url, aiohttp.ClientSession() as http:
        azure = {
            "azure_openai_endpoint": f"{url}/azure", "azure_openai_key": "key",
            "azure_openai_deployment_embedding": "small", "azure_openai_api_version": "2024-10-21",
            "embeddings_query_ms": 60_000,  # a busy machine is no late model
        }  # fmt: skip
        given = settings.model_copy(update=azure)
        embedder = Counted(given)
        yield Shop(replace(resources, settings=given, embedder=embedder), embedder, url, http)
        await embedder.close()


async def test_a_question_without_a_word_of_the_item_finds_it_by_meaning_alone(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    assert "BAL-1" not in await shop.found(SQUEAL)  # nothing is embedded yet
    await shop.embed()
    (best, *others) = await shop.find(SQUEAL)
    assert best.sku == "BAL-1"
    assert 0.3 <= best.score < 0.6  # likely enough to be shown, never certain
    assert not others
    asked = shop.embedder.questions
    tools = Business(shop.resources, "acme", 1)
    assert [hit.sku for hit in await tools.search_products("something against squealing")] == ["BAL-1"]
    assert await tools.search_products("something against squealing", words_only=True) == []
    assert shop.embedder.questions == asked + 1


async def test_what_words_and_meaning_both_find_comes_first(shop: Shop) -> None:
    await shop.put(
        item("ESP-1", "Espejo delantero derecho Jetta"), item("BAL-2", "Balata trasera Jetta"), PADS, *OTHERS
    )
    await shop.embed()
    found = await shop.found("balata jetta contra chirrido")
    assert set(found[:2]) == {"BAL-1", "BAL-2"}


async def test_an_exact_sku_is_first_and_no_model_is_asked(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    await shop.embed()
    (best, *_) = await shop.find("bal 1")
    assert (best.sku, best.score) == ("BAL-1", 1.0)
    assert shop.embedder.questions == 0


async def test_small_talk_still_finds_nothing(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    await shop.embed()
    for text in ("hola", "gracias, muy amable", "¿a qué hora abren?", "quiero hablar con una persona"):
        assert all(hit.score < 0.3 for hit in await shop.find(text))


async def test_without_the_provider_the_words_answer(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    await shop.embed()
    await shop.fault("500", count=50)
    for text in ("balata delantera para jetta azul", "balata de jetta rojo"):
        assert (await shop.found(text))[0] == "BAL-1"
    assert await shop.found(SQUEAL) == []
    for at in range(10):  # the breaker opens, and the provider is left alone
        await shop.found(f"{SQUEAL} {at}")
    await shop.fault("500", count=0)
    assert await shop.found(SQUEAL) == []


async def test_only_what_changed_is_embedded_again(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    await shop.embed()
    assert len(shop.embedder.sent) == 4
    shop.embedder.sent.clear()
    await shop.put(replace_price(PADS, 99900), *OTHERS)  # price and stock have no meaning
    await shop.embed()
    assert shop.embedder.sent == []
    await shop.put(item("LLA-1", "Foco para faro H7"))
    await shop.embed()
    assert shop.embedder.sent == ["Foco para faro H7"]
    assert set(await shop.found("algo que alumbre de noche")) == {"LLA-1", "FOC-1"}


async def test_an_inactive_item_is_not_found_and_is_there_again_without_a_call(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    await shop.embed()
    await shop.put(item("BAL-1", "Balata delantera Jetta", category="Frenos", active=False))
    assert await shop.found(SQUEAL) == []
    await shop.put(PADS)
    shop.embedder.sent.clear()
    await shop.embed()
    assert await shop.found(SQUEAL) == ["BAL-1"]
    assert shop.embedder.sent == []


async def test_an_outage_only_delays_and_keeps_what_was_embedded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meanings, "BATCH", 2)
    await shop.put(PADS, *OTHERS)
    await shop.fault("500")
    await shop.embed()
    assert await catalog_changes.waiting(shop.resources, shop.embedder.space) == (1, "overloaded")
    await shop.embed()  # not due yet: the provider is left alone
    assert len(shop.embedder.sent) == 2
    await shop.due_now()
    await shop.embed()
    assert await catalog_changes.waiting(shop.resources, shop.embedder.space) == (0, None)
    assert len(shop.embedder.sent) == 2 + 4
    assert await shop.found(SQUEAL) == ["BAL-1"]


async def test_a_text_that_the_model_refuses_keeps_no_other_from_being_embedded(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    await shop.fault("content_filter", count=2)  # the batch, then its first item alone
    await shop.embed()
    kept = await shop.resources.pg.fetch("SELECT sku FROM catalog_embeddings WHERE embedding IS NULL")
    assert [row["sku"] for row in kept] == ["ACE-1"]
    assert await shop.found(SQUEAL) == ["BAL-1"]
    shop.embedder.sent.clear()
    await shop.put(item("CAB-1", "Cable"))
    await shop.embed()
    assert shop.embedder.sent == ["Cable"]  # the refused one is not asked for again


async def test_a_request_that_is_wrong_as_a_whole_spoils_no_item(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    await shop.fault("error_code", count=5, code=400)
    await shop.embed()
    assert await shop.resources.pg.fetchval("SELECT count(*) FROM catalog_embeddings") == 0
    assert await catalog_changes.waiting(shop.resources, shop.embedder.space) == (1, "bad_request")


async def test_what_is_written_while_it_is_embedded_is_embedded_next(shop: Shop) -> None:
    await shop.put(PADS)
    held = await catalog_changes.claim(shop.resources, shop.embedder.space, lease_seconds=60)
    assert held
    await shop.put(*OTHERS)
    await catalog_changes.finish(shop.resources, held, shop.embedder.space)
    assert (await catalog_changes.waiting(shop.resources, shop.embedder.space))[0] == 1
    await shop.embed()
    assert await shop.resources.pg.fetchval("SELECT count(*) FROM catalog_embeddings") == 4


async def test_only_one_worker_holds_a_catalogue_and_a_late_one_changes_nothing(shop: Shop) -> None:
    await shop.put(PADS)
    space = shop.embedder.space
    late = await catalog_changes.claim(shop.resources, space, lease_seconds=60)
    assert late
    assert await catalog_changes.claim(shop.resources, space, lease_seconds=60) is None
    await shop.due_now()
    assert await catalog_changes.claim(shop.resources, space, lease_seconds=60)
    assert not await catalog_changes.renew(shop.resources, late, lease_seconds=60)
    await catalog_changes.finish(shop.resources, late, space)
    assert (await catalog_changes.waiting(shop.resources, space))[0] == 1


async def test_another_model_embeds_everything_again_and_vectors_of_two_are_never_compared(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    await shop.embed()
    larger = Counted(shop.resources.settings.model_copy(update={"embeddings_dimensions": 1024}))
    changed = replace(shop.resources, embedder=larger)
    assert await hybrid.search(changed, "acme", SQUEAL) == []
    while await meanings.once(changed, larger):
        pass
    assert len(larger.sent) == 4
    assert [hit.sku for hit in await hybrid.search(changed, "acme", SQUEAL)] == ["BAL-1"]
    await larger.close()


async def test_filters_hold_for_what_meaning_finds(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.put(
        PADS, item("BAL-3", "Balata económica", price=20000, stock=0, category="Frenos"),
        item("DIS-1", "Disco de freno", price=50000, stock=2, category="Discos"), *OTHERS,
    )  # fmt: skip
    await shop.embed()
    squeal = "contra rechinidos"
    assert set(await shop.found(squeal)) == {"BAL-1", "BAL-3", "DIS-1"}
    assert set(await shop.found(squeal, ProductFilter(most=60000))) == {"BAL-3", "DIS-1"}
    assert set(await shop.found(squeal, ProductFilter(in_stock=True))) == {"BAL-1", "DIS-1"}
    assert set(await shop.found(squeal, ProductFilter(category="frenos"))) == {"BAL-1", "BAL-3"}
    assert await shop.found(squeal, ProductFilter(least=90000)) == []
    monkeypatch.setattr(catalog_vectors, "DEEP", 1)  # what the filter leaves is not among the nearest
    assert set(await shop.found(squeal, ProductFilter(category="frenos"))) == {"BAL-1", "BAL-3"}


async def test_one_tenant_never_finds_what_another_sells(shop: Shop) -> None:
    await make_tenant(shop.resources, "other")
    await shop.put(PADS)
    await shop.put(item("X-1", "Pastilla de freno exclusiva"), tenant="other")
    await shop.embed()
    assert await shop.found(SQUEAL) == ["BAL-1"]
    assert await shop.found(SQUEAL, tenant="other") == ["X-1"]
    async with shop.resources.tenant_connection("other") as connection:
        rows = await connection.fetch("SELECT DISTINCT tenant_id FROM catalog_embeddings")
    assert [row["tenant_id"] for row in rows] == ["other"]


async def test_without_pgvector_the_words_answer_and_no_model_is_paid_until_it_has_come(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    alter = "ALTER TABLE catalog_embeddings ALTER COLUMN embedding TYPE"
    await shop.resources.pg.execute(f"{alter} real[] USING embedding::real[]")
    try:
        await shop.embed()
        assert shop.embedder.sent == []
        waiting = await catalog_changes.waiting(shop.resources, shop.embedder.space)
        assert waiting == (1, "no pgvector in this PostgreSQL")
        assert await shop.found("balata para mi jetta") == ["BAL-1"]
    finally:  # what every `orkesta migrate` runs
        await shop.resources.pg.execute((SQL / "function_catalog_vectors.sql").read_text())
    await shop.embed()
    assert await shop.found(SQUEAL) == ["BAL-1"]


async def test_vectors_that_cannot_be_kept_are_paid_for_again_only_after_a_pause(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    await shop.resources.pg.execute("ALTER TABLE catalog_embeddings ADD CONSTRAINT no_room CHECK (sku = '')")
    try:
        await shop.embed()
        await shop.embed()
    finally:
        await shop.resources.pg.execute("ALTER TABLE catalog_embeddings DROP CONSTRAINT no_room")
    assert len(shop.embedder.sent) == 4
    waiting = await catalog_changes.waiting(shop.resources, shop.embedder.space)
    assert waiting == (1, "CheckViolationError")


async def test_a_customer_is_shown_what_is_meant_and_sold_only_what_is_then_chosen(shop: Shop) -> None:
    await shop.put(PADS, *OTHERS)
    await shop.embed()
    customer = await make_customer(shop.resources)
    tenant = await Tenants(shop.resources).get("acme")
    turns, state = Turns(shop.resources, bind), dict[str, Any]()

    async def say(seq: int, text: str) -> Outcome:
        waiting = Inbound(message_id=seq, seq=seq, kind="message", text=text, received_at=datetime.now(UTC))
        conversation = Conversation(
            id="acme:web:web:x", tenant="acme", account="a", channel="web", peer="x", customer_id=customer,
            customer_name="Ana", version=seq, agent="sales", mode="bot", locale="es", state=state, inbound=(waiting,),
            history=(),
        )  # fmt: skip
        outcome = await turns.run(conversation, tenant)
        state.update(outcome.state)
        return outcome

    unasked = await say(1, "dame 2 de algo para que no rechine al frenar")
    assert not unasked.writes
    shown = await say(2, "busco algo para que no rechine al frenar")
    assert "BAL-1" in shown.replies[0].text
    assert not shown.writes
    chosen = await say(3, "dame 2 de esas")
    assert "2 × Balata delantera Jetta" in chosen.replies[0].text
    await turns.close()


async def test_without_a_model_nothing_is_asked_and_nothing_is_embedded(resources: Resources) -> None:
    embedder: Embedder | None = resources.embedder
    assert embedder is None
    await make_tenant(resources)
    async with resources.tenant_connection("acme") as connection:
        await catalog.put(connection, "acme", [PADS])
    assert [hit.sku for hit in await hybrid.search(resources, "acme", "balata")] == ["BAL-1"]
    assert await resources.pg.fetchval("SELECT count(*) FROM catalog_embeddings") == 0


def replace_price(given: CatalogItem, price: int) -> CatalogItem:
    return item(given.sku, given.name, price=price, stock=9, category=given.category)
