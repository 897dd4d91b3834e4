"""What a payment pays: one invoice, order or quote as it stands, and what it becomes by its payments."""

from typing import Any, Literal

from core.messages import Struct
from core.money import Money
from core.payments import KINDS, Kind
from storage import numbers

_UNPAYABLE = frozenset({"draft", "void"})  # of an invoice: money for it is a question for a person


class Debt(Struct):
    """An invoice, order or quote. `other_minor` was paid by other means than payments of providers; `given_up_minor`
    is what the ledger holds as bad debt because nobody believed any more that it would be paid."""

    kind: Kind
    number: str
    customer_id: int
    status: str
    total: Money
    other_minor: int = 0
    payable: bool = True
    order_number: str | None = None
    given_up_minor: int = 0


class Sums(Struct):
    """All payments of one debt that count."""

    gross: int = 0  # of those that were not given back whole
    refunded: int = 0  # of these
    returned: int = 0  # of those that were given back whole
    lost: int = 0
    contested: bool = False


class Standing(Struct):
    """What follows for the debt: `status` in the words of an invoice, and what the ledger's accounts must hold."""

    status: Literal["open", "partially_paid", "paid", "refunded", "disputed"]
    accounts: dict[str, int]
    overpaid: int


def standing(debt: Debt, sums: Sums) -> Standing:
    """Pure: a payment given back whole never happened; one given back in part is a discount, not a new debt."""
    total = debt.total.amount_minor
    excess = max(0, min(sums.gross, sums.gross + debt.other_minor - total))
    excess_returned = min(sums.refunded, excess)
    status: Any = "open"
    if sums.contested:
        status = "disputed"
    elif sums.gross + debt.other_minor >= total:
        status = "paid"
    elif sums.gross + debt.other_minor:
        status = "partially_paid"
    elif sums.returned >= total > 0:
        status = "refunded"
    undone = total if status == "refunded" and debt.kind == "invoice" else 0
    left = 0 if undone else max(0, total - sums.gross - debt.other_minor)
    recovered = max(0, debt.given_up_minor - left)  # was given up, and came after all
    accounts = {
        "cash": sums.gross - sums.refunded - sums.lost,
        "receivable": excess - sums.gross - undone + recovered,
        "bad_debt": -recovered,
        "customer_credit": excess_returned - excess,
        "refunds": sums.refunded - excess_returned + undone,
        "chargebacks": sums.lost,
    }
    return Standing(status=status, accounts=accounts, overpaid=excess - excess_returned)


async def find(connection: Any, tenant: str, kind: str, number: str) -> Debt | None:
    """The debt of that name, with what its payment book has counted so far taken out of what was paid."""
    if kind not in KINDS:
        return None
    row = await connection.fetchrow(_FIND[kind], tenant, number)
    if row is None:
        return None
    return Debt(
        kind=row["kind"], number=row["number"], customer_id=row["customer_id"], status=row["status"],
        total=Money(row["total_minor"], row["currency"]), other_minor=row["other_minor"],
        payable=not (row["kind"] == "invoice" and row["status"] in _UNPAYABLE), order_number=row["order_number"],
        given_up_minor=row["given_up_minor"],
    )  # fmt: skip


async def invoice_of(connection: Any, tenant: str, order: str) -> str | None:
    """The invoice of an order, once there is one: that is what is owed then."""
    found: str | None = await connection.fetchval(
        """SELECT max(number) FROM invoices WHERE tenant_id = $1 AND lower(order_number) = lower($2)
             AND status NOT IN ('draft', 'void')""",
        tenant, order,
    )  # fmt: skip
    return found


_COLUMNS = "x.number, x.customer_id, x.status, x.currency, x.total_minor"
_FIND = {
    "invoice": f"""
SELECT 'invoice' AS kind, {_COLUMNS}, x.order_number,
  greatest(0, x.paid_minor - coalesce((b.booked->>'paid')::bigint, 0)) AS other_minor,
  (SELECT coalesce(sum(l.amount_minor), 0)::bigint FROM ledger_entries l WHERE l.tenant_id = x.tenant_id
     AND l.transaction_id = 'write_off:' || x.number AND l.account = 'bad_debt') AS given_up_minor
FROM invoices x LEFT JOIN payment_books b ON b.tenant_id = x.tenant_id AND b.kind = 'invoice' AND b.number = x.number
WHERE x.tenant_id = $1 AND lower(x.number) = lower($2)
""",
    "order": f"""
SELECT 'order' AS kind, {_COLUMNS}, NULL::text AS order_number, 0::bigint AS other_minor, 0::bigint AS given_up_minor
FROM orders x WHERE x.tenant_id = $1 AND lower(x.number) = lower($2)
""",
    "quote": f"""
SELECT 'quote' AS kind, {_COLUMNS}, NULL::text AS order_number, 0::bigint AS other_minor, 0::bigint AS given_up_minor
FROM quotes x WHERE x.tenant_id = $1 AND lower(x.number) = lower($2) ORDER BY x.version DESC LIMIT 1
""",
}


async def write(connection: Any, tenant: str, debt: Debt, found: Standing, paid: int, *, was_ours: bool) -> None:
    """Bring the document to where its payments have it; `was_ours`: we ourselves had called it disputed."""
    if debt.kind == "invoice":
        await _invoice(connection, tenant, debt, found, paid, was_ours)
    elif debt.kind == "order" and found.status == "paid":
        await _order_paid(connection, tenant, debt.number)
    elif debt.kind == "quote" and found.status == "paid":
        await _quote_paid(connection, tenant, debt)


async def _invoice(connection: Any, tenant: str, debt: Debt, found: Standing, paid: int, was_ours: bool) -> None:
    status: str = found.status
    # What people decided about the rest stays: given up, or contested by the customer in words.
    if status in ("open", "partially_paid") and (
        debt.status == "uncollectible" or (debt.status == "disputed" and not was_ours)
    ):
        status = debt.status
    await connection.execute(
        """UPDATE invoices SET paid_minor = $3, status = $4, updated_at = now(),
             payment_url = CASE WHEN $4 IN ('open', 'partially_paid') THEN payment_url END
           WHERE tenant_id = $1 AND number = $2 AND (paid_minor, status) IS DISTINCT FROM ($3, $4::text)""",
        tenant, debt.number, debt.other_minor + paid, status,
    )  # fmt: skip
    if status == "paid" and debt.order_number:
        await _order_paid(connection, tenant, debt.order_number)


async def _order_paid(connection: Any, tenant: str, number: str) -> None:
    await connection.execute(
        "UPDATE orders SET status = 'paid', updated_at = now() WHERE tenant_id = $1 AND number = $2 AND status = 'new'",
        tenant, number,
    )  # fmt: skip


async def _quote_paid(connection: Any, tenant: str, debt: Debt) -> None:
    """Whoever pays a quote accepts it: it becomes an order, which is paid."""
    row = await connection.fetchrow(
        "SELECT version, conversation_id FROM quotes WHERE tenant_id = $1 AND number = $2 AND status = 'sent' "
        "ORDER BY version DESC LIMIT 1 FOR UPDATE",
        tenant, debt.number,
    )  # fmt: skip
    if row:
        number = await numbers.take(connection, tenant, "orders")
        await connection.execute(
            """SELECT write_order($1, $2, $3, jsonb_build_object('quote', $4::text, 'version', $5::int,
                 'number', $6::text, 'at', tenant_now($1)))""",
            tenant, debt.customer_id, row["conversation_id"], debt.number, row["version"], number,
        )  # fmt: skip
    await connection.execute(
        "UPDATE orders SET status = 'paid', updated_at = now() "
        "WHERE tenant_id = $1 AND quote_number = $2 AND status = 'new'",
        tenant, debt.number,
    )  # fmt: skip
