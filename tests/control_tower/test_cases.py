"""People settle cases, returns and withdrawals in the tower; the books sum to zero after each step."""

from core.money import Money
from storage import ledger
from storage.resources import Resources


async def given(resources: Resources, write) -> str:  # type: ignore[no-untyped-def]
    """A customer with a ticket, an authorised return and a confirmed withdrawal."""
    conversation: str = await write("luis", "llegó rota", "Luis")
    customer = await resources.pg.fetchval("SELECT customer_id FROM conversations WHERE id = $1", conversation)
    apply = "SELECT apply_writes('acme', $1, $2, $3)"
    await resources.pg.execute(
        "INSERT INTO orders (tenant_id, number, customer_id, status, currency, total_minor, placed_at) "
        "VALUES ('acme', 'P-1', $1, 'delivered', 'MXN', 58000, now())",
        customer,
    )
    await resources.pg.execute(
        "INSERT INTO order_items (tenant_id, number, line, sku, name, quantity, unit_price_minor, total_minor) "
        "VALUES ('acme', 'P-1', 1, 'x', 'Balata', 1, 50000, 50000)"
    )
    await resources.pg.execute("UPDATE customers SET profile = $1", {"plan": "Pro"})
    at = resources.clock.now().isoformat()
    await resources.pg.execute(apply, customer, conversation, [
        {"kind": "ticket", "data": {
            "number": "T-1001", "category": "return", "priority": 6, "summary": "llegó rota", "at": at}},
        {"kind": "return", "data": {
            "number": "D-1001", "order": "P-1", "lines": [0], "why": "damaged", "credit_note": "", "ticket": "T-1001",
            "currency": "MXN", "amount": 58000, "at": at}},
    ])  # fmt: skip
    async with resources.tenant_connection("acme") as connection:
        earned = [("royalties_available", customer, Money(900, "MXN")), ("royalties_pool", None, Money(-900, "MXN"))]
        await ledger.book(connection, "acme", "s1", earned, at=resources.clock.now())
        asked = [
            ("royalties_available", customer, Money(-500, "MXN")), ("withdrawals_pending", customer, Money(500, "MXN")),
        ]  # fmt: skip
        await ledger.book(connection, "acme", "withdrawal:R-1001", asked, at=resources.clock.now())
    await resources.pg.execute(
        "INSERT INTO withdrawals (tenant_id, number, customer_id, request_key, currency, amount_minor, transaction_id, "
        "requested_at, updated_at) VALUES ('acme', 'R-1001', $1, 'k', 'MXN', 500, 'withdrawal:R-1001', now(), now())",
        customer,
    )
    return conversation


async def books(resources: Resources) -> dict[str, int]:
    rows = await resources.pg.fetch(
        "SELECT account, sum(amount_minor)::bigint AS minor FROM ledger_entries GROUP BY account, currency"
    )
    assert sum(row["minor"] for row in rows) == 0
    return {row["account"]: row["minor"] for row in rows if row["minor"]}


async def test_a_return_is_credited_once_and_its_case_closed(call, write, resources):
    conversation = await given(resources, write)
    _, found = await call("vic", "GET", "/api/tickets?tenant=acme&status=open")
    [ticket] = found["tickets"]
    assert (ticket["number"], ticket["priority"], ticket["conversation_id"]) == ("T-1001", 6, conversation)
    assert (await call("vic", "POST", "/api/returns/acme/D-1001/credit"))[0] == 403
    assert (await call("far", "POST", "/api/returns/acme/D-1001/credit"))[0] == 404
    status, credited = await call("ana", "POST", "/api/returns/acme/D-1001/credit")
    assert (status, credited["credit_note"]) == (200, "NC-1001")
    assert (await call("ana", "POST", "/api/returns/acme/D-1001/credit"))[0] == 409
    assert (await call("ana", "POST", "/api/returns/acme/D-1001/reject", {"reason": "late"}))[0] == 409
    assert (await call("ana", "POST", "/api/returns/acme/D-9/credit"))[0] == 404
    held = await books(resources)
    assert (held["customer_credit"], held["sales_returns"]) == (58_000, -58_000)
    assert (await call("vic", "GET", "/api/tickets?status=open"))[1] == {"tickets": []}
    _, found = await call("vic", "GET", "/api/returns?tenant=acme")
    assert found["returns"][0]["amount"] == {"amount_minor": 58_000, "currency": "MXN"}
    assert (await call("far", "GET", "/api/returns"))[1] == {"returns": []}


async def test_a_withdrawal_is_paid_and_given_back_by_an_admin(call, write, resources):
    await given(resources, write)
    assert (await call("ana", "POST", "/api/withdrawals/acme/R-1001/pay", {}))[0] == 403
    status, paid = await call("boss", "POST", "/api/withdrawals/acme/R-1001/pay", {"method": "spei"})
    assert (status, paid["amount"]) == (200, {"amount_minor": 500, "currency": "MXN"})
    assert (await call("boss", "POST", "/api/withdrawals/acme/R-1001/pay", {}))[0] == 409
    assert (await books(resources))["paid_out"] == 500
    status, _ = await call("boss", "POST", "/api/withdrawals/acme/R-1001/reverse", {"reason": "it bounced"})
    assert status == 200
    customer = (await call("vic", "GET", "/api/withdrawals"))[1]["withdrawals"][0]["customer_id"]
    wish = {"tenant": "acme", "customer_id": customer, "amount_minor": 600, "currency": "MXN", "reason": "review"}
    assert (await call("boss", "POST", "/api/royalties/hold", wish))[0] == 200
    assert (await call("boss", "POST", "/api/royalties/hold", wish))[0] == 409  # only 300 are left
    assert await books(resources) == {
        "royalties_available": 300, "royalties_on_hold": 600, "royalties_pool": -900,
    }  # fmt: skip
    actions = await resources.pg.fetch("SELECT action FROM audit_log WHERE actor = 'boss@x.mx' ORDER BY id")
    assert [row["action"] for row in actions] == ["withdrawal.paid", "withdrawal.reversed", "royalties.hold"]


async def test_a_case_is_closed_by_hand(call, write, resources):
    await given(resources, write)
    for _ in range(2):
        assert (await call("eva", "POST", "/api/tickets/acme/T-1001/close"))[0] == 200
    assert (await call("eva", "POST", "/api/tickets/acme/T-9/close"))[0] == 404
    assert await resources.pg.fetchval("SELECT count(*) FROM audit_log WHERE action = 'ticket.closed'") == 1


async def test_a_case_is_settled_at_the_time_that_another_process_gave_the_tenant(call, write, resources):
    await given(resources, write)
    await resources.pg.execute("INSERT INTO clocks (tenant_id, offset_seconds) VALUES ('acme', 40 * 86400)")
    assert (await call("boss", "POST", "/api/withdrawals/acme/R-1001/pay", {}))[0] == 200
    ahead = "SELECT updated_at > now() + interval '39 days' FROM withdrawals WHERE number = 'R-1001'"
    assert await resources.pg.fetchval(ahead)
