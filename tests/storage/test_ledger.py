"""The ledger: every transaction sums to zero, nothing is ever changed."""

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.money import Money
from storage import ledger
from tests.storage.business import make_customer, make_tenant


async def book(resources, *entries, transaction="t1"):
    async with resources.tenant_connection("acme") as connection:
        await ledger.book(connection, "acme", transaction, entries, at=resources.clock.now())


async def test_a_balanced_transaction_moves_money(resources):
    await make_tenant(resources)
    ana = await make_customer(resources)
    await book(resources, ("royalties_available", ana, Money(5000, "USD")), ("pool", None, Money(-5000, "USD")))
    await book(
        resources,
        ("royalties_available", ana, Money(-2000, "USD")),
        ("paid_out", ana, Money(2000, "USD")),
        transaction="t2",
    )
    async with resources.tenant_connection("acme") as connection:
        assert await ledger.balances(connection, "acme", ana) == {
            "paid_out": [Money(2000, "USD")],
            "royalties_available": [Money(3000, "USD")],
        }


async def test_a_transaction_that_is_off_by_one_is_refused_whole(resources):
    await make_tenant(resources)
    with pytest.raises(asyncpg.CheckViolationError, match="off by -1 USD"):
        await book(resources, ("cash", None, Money(4999, "USD")), ("sales", None, Money(-5000, "USD")))
    assert await resources.pg.fetchval("SELECT count(*) FROM ledger_entries") == 0


async def test_currencies_do_not_balance_each_other(resources):
    await make_tenant(resources)
    with pytest.raises(asyncpg.CheckViolationError):
        await book(resources, ("cash", None, Money(100, "USD")), ("sales", None, Money(-100, "MXN")))


async def test_an_entry_added_later_to_a_closed_transaction_is_refused(resources):
    await make_tenant(resources)
    await book(resources, ("cash", None, Money(100, "USD")), ("sales", None, Money(-100, "USD")))
    with pytest.raises(asyncpg.CheckViolationError):
        await book(resources, ("cash", None, Money(1, "USD")))


@pytest.mark.parametrize("change", ["UPDATE ledger_entries SET amount_minor = 0", "DELETE FROM ledger_entries"])
async def test_a_booked_entry_never_changes(resources, change):
    await make_tenant(resources)
    await book(resources, ("cash", None, Money(100, "USD")), ("sales", None, Money(-100, "USD")))
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await resources.pg.execute(change)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(-10**12, 10**12), min_size=1, max_size=5))
async def test_only_sums_of_zero_are_taken(resources, amounts):
    await resources.pg.execute("TRUNCATE ledger_entries, tenants CASCADE")
    await make_tenant(resources)
    entries = [("a", None, Money(amount, "USD")) for amount in amounts]
    if sum(amounts) == 0:
        await book(resources, *entries)
    else:
        with pytest.raises(asyncpg.CheckViolationError):
            await book(resources, *entries)
        await book(resources, *entries, ("b", None, Money(-sum(amounts), "USD")))
