"""Returns within the tenant's limits, their tickets and credit notes: written with the turn, once, and balanced."""

from datetime import timedelta

import pytest

from core.conversation import Conversation
from core.errors import NotFound
from core.money import Money
from core.records import ReturnStep
from storage import invariants
from storage.business import Business
from storage.resources import Resources
from storage.storable import as_json
from tests.storage.business import make_tenant
from tests.storage.given import account, received
from tests.storage.test_withdrawals import held, read


async def buyer(resources: Resources, total: int = 116_000, age: int = 5, **limits: object) -> Conversation:
    """A customer with one delivered order of two lines (600 and 400 without tax, 16 % tax)."""
    await make_tenant(resources, "acme", currency="MXN")
    await resources.pg.execute("UPDATE tenants SET settings = $1", {"return_limits": limits})
    here = await account(resources)
    await received(resources, here, "llegó rota")
    customer = await resources.pg.fetchval("SELECT customer_id FROM conversations")
    await resources.pg.execute(
        "INSERT INTO orders (tenant_id, number, customer_id, status, currency, total_minor, placed_at) "
        "VALUES ('acme', 'P-1021', $1, 'delivered', 'MXN', $2, $3)",
        customer, total, resources.clock.now() - timedelta(days=age),
    )  # fmt: skip
    await resources.pg.executemany(
        "INSERT INTO order_items (tenant_id, number, line, sku, name, quantity, unit_price_minor, total_minor) "
        "VALUES ('acme', 'P-1021', $1, 'x', $2, 1, $3, $3)",
        [(1, "Balata", 60_000), (2, "Filtro", 40_000)],
    )
    return read(here.id, customer, 1)


async def ask(resources: Resources, at: Conversation, *lines: int, save: bool = True) -> ReturnStep:
    """A turn that asks for a return, saved as commit_turns saves it."""
    tools = Business(resources, "acme", at.customer_id, at)
    step = await tools.ask_return("P-1021", lines, "damaged", "llegó rota")
    if save:
        await resources.pg.execute(
            "SELECT apply_writes('acme', $1, $2, $3::text::jsonb)", at.customer_id, at.id, as_json(tools.writes)
        )
    return step


async def test_a_return_within_the_limits_is_authorised_with_its_ticket_once(resources: Resources) -> None:
    at = await buyer(resources)
    tools = Business(resources, "acme", at.customer_id, at)
    [order] = await tools.orders()
    assert [line.total.amount_minor for line in order.lines] == [69_600, 46_400]  # with their part of the tax
    thrown_away = await ask(resources, at, 0, save=False)
    assert await resources.pg.fetchval("SELECT count(*) FROM returns") == 0
    step = await ask(resources, at, 0)
    assert (step.state, step.amount, thrown_away.state) == ("authorised", Money(69_600, "MXN"), "authorised")
    [ticket] = await Business(resources, "acme", at.customer_id, at).tickets()
    assert (ticket.number, ticket.category, ticket.status) == (step.ticket, "return", "open")
    again = await ask(resources, at, 0, 1)
    assert (again.state, again.number) == ("known", step.number)
    assert (await ask(resources, at, 1)).state == "authorised"  # the other line
    assert await resources.pg.fetchval("SELECT count(*) FROM returns") == 2


async def test_two_turns_at_once_cannot_return_one_line_twice(resources: Resources) -> None:
    at = await buyer(resources)
    one, two = (Business(resources, "acme", at.customer_id, at) for _ in range(2))
    for tools in (one, two):
        assert (await tools.ask_return("P-1021", [0], "wrong", "x")).state == "authorised"
    apply = "SELECT apply_writes('acme', $1, $2, $3::text::jsonb)"
    await resources.pg.execute(apply, at.customer_id, at.id, as_json(one.writes))
    with pytest.raises(Exception, match="returned already"):
        await resources.pg.execute(apply, at.customer_id, at.id, as_json(two.writes))
    assert await resources.pg.fetchval("SELECT count(*) FROM returns") == 1
    assert await resources.pg.fetchval("SELECT count(*) FROM tickets") == 1


@pytest.mark.parametrize(
    ("limits", "age", "state"),
    [({"amount": "500"}, 5, "over_limit"), ({"days": 3}, 5, "late"), ({"count": 0}, 5, "too_many")],
)
async def test_beyond_a_limit_only_a_ticket_is_opened(
    resources: Resources, limits: dict[str, object], age: int, state: str
) -> None:
    at = await buyer(resources, age=age, **limits)
    step = await ask(resources, at, 0)
    assert (step.state, step.number) == (state, "")
    assert await resources.pg.fetchval("SELECT count(*) FROM returns") == 0
    assert await resources.pg.fetchval("SELECT number FROM tickets") == step.ticket


async def test_a_small_return_is_credited_at_once_and_the_books_sum_to_zero(resources: Resources) -> None:
    at = await buyer(resources, credit="700")
    step = await ask(resources, at, 0)
    assert (step.state, step.credit_note) == ("credited", "NC-1001")
    assert await held(resources) == {"customer_credit": 69_600, "sales_returns": -69_600}
    assert await resources.pg.fetchval("SELECT status FROM tickets") == "closed"
    broken = await invariants.check(resources, since=resources.clock.now() - timedelta(hours=1))
    assert not [each for each in broken if "ledger" in each.rule]


async def test_a_stranger_returns_nothing_of_somebody_elses_order(resources: Resources) -> None:
    at = await buyer(resources)
    stranger = Business(resources, "acme", at.customer_id + 1, at)
    with pytest.raises(NotFound):
        await stranger.ask_return("P-1021", [0], "wrong", "x")
    assert stranger.writes == []
