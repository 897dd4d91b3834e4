"""Returns within the tenant's limits, their tickets and credit notes: written with the turn, once, and balanced."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from core.conversation import Conversation
from core.errors import NotFound
from core.money import Money
from core.records import ReturnStep
from storage import cases, invariants
from storage.business import Business
from storage.resources import Resources
from storage.storable import as_json
from tests.storage.business import make_tenant
from tests.storage.given import account, received
from tests.storage.test_withdrawals import held, read


async def buyer(
    resources: Resources, total: int = 116_000, age: int = 5, pieces: int = 1, **limits: object
) -> Conversation:
    """A customer with one delivered order of two lines: 600 (for some pieces) and 400 without tax, 16 % tax."""
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
        "VALUES ('acme', 'P-1021', $1, 'x', $2, $4, $5, $3)",
        [(1, "Balata", 60_000, pieces, 60_000 // pieces), (2, "Filtro", 40_000, 1, 40_000)],
    )
    return read(here.id, customer, 1)


async def ask(
    resources: Resources, at: Conversation, *lines: int, save: bool = True, pieces: Sequence[Decimal] = ()
) -> ReturnStep:
    """A turn that asks for a return, saved as commit_turns saves it."""
    tools = Business(resources, "acme", at.customer_id, at)
    step = await tools.ask_return("P-1021", lines, "damaged", "llegó rota", pieces)
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


async def test_pieces_of_a_line_come_back_one_after_the_other_up_to_its_price(resources: Resources) -> None:
    at = await buyer(resources, pieces=7, count=9)  # 696.00 with tax: 99.428… a piece
    two = await ask(resources, at, 0, pieces=[Decimal(2)])
    assert (two.state, two.amount) == ("authorised", Money(19_885, "MXN"))
    terms = await Business(resources, "acme", at.customer_id, at).returnable("P-1021", "es")
    assert [(back.pieces, back.credit_minor) for back in terms.backs] == [(Decimal(2), 19_885), (Decimal(0), 0)]
    many = await ask(resources, at, 0, pieces=[Decimal(6)])
    assert (many.state, many.number) == ("known", two.number)
    rest = await ask(resources, at, 0, 1, pieces=[Decimal(5), Decimal(1)])
    assert rest.amount == Money(116_000 - 19_885, "MXN")
    assert (await ask(resources, at, 1)).state == "known"
    with pytest.raises(NotFound):
        await ask(resources, at, 0, pieces=[Decimal(0)], save=False)


async def test_pieces_of_a_rejected_return_may_come_back_again(resources: Resources) -> None:
    at = await buyer(resources, pieces=2, count=9)
    first = await ask(resources, at, 0, pieces=[Decimal(2)])
    assert (await ask(resources, at, 0, pieces=[Decimal(1)])).state == "known"
    await cases.reject_return(resources, "acme", first.number, "ana@x.mx", "not ours")
    again = await ask(resources, at, 0, pieces=[Decimal(1)])
    assert (again.state, again.amount) == ("authorised", Money(34_800, "MXN"))


async def test_two_turns_at_once_cannot_return_more_pieces_than_were_bought(resources: Resources) -> None:
    at = await buyer(resources, pieces=3)
    one, two = (Business(resources, "acme", at.customer_id, at) for _ in range(2))
    for tools in (one, two):
        assert (await tools.ask_return("P-1021", [0], "wrong", "x", [Decimal(2)])).state == "authorised"
    apply = "SELECT apply_writes('acme', $1, $2, $3::text::jsonb)"
    await resources.pg.execute(apply, at.customer_id, at.id, as_json(one.writes))
    with pytest.raises(Exception, match="returned already"):
        await resources.pg.execute(apply, at.customer_id, at.id, as_json(two.writes))
    assert await resources.pg.fetchval("SELECT sum(credit_minor) FROM returns") == 46_400


async def test_a_return_from_before_pieces_were_kept_is_of_whole_lines(resources: Resources) -> None:
    at = await buyer(resources, pieces=3)
    await ask(resources, at, 0)
    await resources.pg.execute("UPDATE returns SET pieces = '{}', credits = '{}'")
    assert (await ask(resources, at, 0, pieces=[Decimal(1)])).state == "known"
    assert (await ask(resources, at, 1)).state == "authorised"


async def test_the_days_of_a_return_count_from_the_day_that_the_order_was_to_arrive(resources: Resources) -> None:
    at = await buyer(resources, age=12, days=10)
    tools = Business(resources, "acme", at.customer_id, at)
    assert (await tools.returnable("P-1021", "es")).late
    await resources.pg.execute("UPDATE orders SET eta = (placed_at + interval '4 days')::date")
    assert not (await tools.returnable("P-1021", "es")).late
    assert (await ask(resources, at, 0)).state == "authorised"


async def test_the_conditions_of_a_return_are_told_in_the_customers_language(resources: Resources) -> None:
    at = await buyer(resources, conditions={"es": "sin instalar.", "en": "not installed."})
    tools = Business(resources, "acme", at.customer_id, at)
    told = [(await tools.returnable("P-1021", locale)).conditions for locale in ("es", "en", "pt")]
    assert told == ["sin instalar.", "not installed.", "sin instalar."]
