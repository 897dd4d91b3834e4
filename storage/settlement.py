"""Settles payments: what events told is joined, held against the debt, booked, and told to the customer once.

One transaction per event. The payment's row is locked first, then its debt: whichever events come together, in
whatever order, the last one leaves what all of them say.
"""

from datetime import datetime
from typing import Any

from core.messages import Struct
from core.money import Money
from core.payment_facts import FAILED, PENDING, RECEIVED, Facts, Told, Voucher, loaded, stored
from core.payments import Kind
from storage import ledger, payment_debts, payment_links
from storage.payment_debts import Debt, Standing, Sums

_BY_HAND = ("transfer", "cash")  # booked by whoever entered them


class Notice(Struct):
    """What a customer is to hear about a payment: receipt, voucher, failed, refund; once each."""

    name: str
    customer_id: int
    conversation_id: str | None
    debt: str  # the number
    kind: Kind
    amount: Money
    remaining: Money
    voucher: Voucher | None = None


class Trouble(Struct):
    """What a person must look at."""

    reason: str
    payment_id: str
    customer_id: int | None
    conversation_id: str | None


class Settled(Struct):
    """What one event changed."""

    payment_id: str = ""
    status: str = ""
    notices: tuple[Notice, ...] = ()
    troubles: tuple[Trouble, ...] = ()


async def apply(
    connection: Any, tenant: str, provider: str, told: Told, *, now: datetime, mode: str = ""
) -> Settled:
    """Take one event in, inside the caller's transaction of that tenant. `mode`: live or test, as the account is."""
    # Link, payment, debt: everybody locks in this order.
    by = await _link(connection, tenant, provider, told, lock=True)
    settled = await _settled(connection, tenant, provider, told, now, mode) if told.payment_id else Settled()
    if by and told.link_status:
        await payment_links.close(connection, tenant, by["id"], told.link_status)
    return settled


async def _settled(
    connection: Any, tenant: str, provider: str, told: Told, now: datetime, mode: str
) -> Settled:
    row, facts = await _joined(connection, tenant, provider, told)
    link = await _link(connection, tenant, provider, Told(facts=facts))
    debt = await _debt(connection, tenant, link, facts)
    flaws = _flaws(tenant, facts, link, debt, mode)
    status = "flagged" if flaws else facts.status
    said = set(row["detail"].get("said", ()))
    new = await _written(connection, tenant, row, facts, debt, status, now)
    await _left(connection, tenant, row, debt, now)
    if debt is None:
        remaining, overpaid, told_before = Money(0, new["currency"]), 0, 0
    else:
        found, paid, told_before = await _booked(connection, tenant, debt, now)
        remaining = Money(max(0, debt.total.amount_minor - debt.other_minor - paid), debt.total.currency)
        remaining = remaining if found.status in ("open", "partially_paid") else Money(0, debt.total.currency)
        overpaid = found.overpaid
        await _reminders(connection, tenant, facts, debt)
    conversation = link["conversation_id"] if link else None
    names = _due(facts, status, remaining, said)
    troubles = [f"payment_{flaw}" for flaw in flaws if f"flaw:{flaw}" not in said]
    contested = bool(facts.disputes) and facts.stage >= RECEIVED  # before that nobody knows whose payment it is
    troubles += ["payment_disputed"] if contested and "disputed" not in said else []
    said |= {*names, *(f"flaw:{flaw}" for flaw in flaws), *(("disputed",) if contested else ())}
    if overpaid > told_before:
        troubles.append("payment_overpaid")
    await connection.execute(
        "UPDATE payments SET detail = jsonb_set(detail, '{said}', $3) WHERE tenant_id = $1 AND id = $2",
        tenant, row["id"], sorted(said),
    )  # fmt: skip
    customer = debt.customer_id if debt else None
    return Settled(
        payment_id=row["id"], status=status,
        notices=tuple(_notice(name, debt, conversation, facts, new, remaining) for name in names if debt),
        troubles=tuple(
            Trouble(reason=reason, payment_id=row["id"], customer_id=customer, conversation_id=conversation)
            for reason in troubles
        ),
    )  # fmt: skip


async def _link(connection: Any, tenant: str, provider: str, told: Told, *, lock: bool = False) -> Any:
    sessions = [*sorted(told.facts.sessions), *([told.session] if told.session else [])]
    return await connection.fetchrow(
        f"""SELECT * FROM payment_links WHERE tenant_id = $1 AND provider = $2
              AND (id = ANY ($3) OR provider_id = ANY ($4)) ORDER BY id LIMIT 1 {'FOR UPDATE' if lock else ''}""",
        tenant, provider, sorted(told.facts.links), sessions,
    )  # fmt: skip


async def _joined(connection: Any, tenant: str, provider: str, told: Told) -> tuple[Any, Facts]:
    await connection.execute(
        """INSERT INTO payments (tenant_id, id, provider, provider_id, method, status, rank, currency, amount_minor,
             detail) VALUES ($1, $2, $3, $4, '', 'created', 0, '', 0, '{}') ON CONFLICT DO NOTHING""",
        tenant, f"{provider}:{told.payment_id}", provider, told.payment_id,
    )  # fmt: skip
    row = await connection.fetchrow(
        "SELECT * FROM payments WHERE tenant_id = $1 AND provider = $2 AND provider_id = $3 FOR UPDATE",
        tenant, provider, told.payment_id,
    )  # fmt: skip
    return row, loaded(row["detail"].get("facts", {})).joined(told.facts)


async def _debt(connection: Any, tenant: str, link: Any, facts: Facts) -> Debt | None:
    if link:
        kind, number = link["kind"], link["number"]
    elif len(facts.documents) == 1:
        kind, _, number = next(iter(facts.documents)).partition(":")
    else:
        return None
    if kind == "order" and (invoice := await payment_debts.invoice_of(connection, tenant, number)):
        kind, number = "invoice", invoice
    return await _locked(connection, tenant, kind, number)


async def _locked(connection: Any, tenant: str, kind: str, number: str) -> Debt | None:
    # The same lock as of whoever makes a link: sums are read and written by one at a time.
    found = await payment_debts.find(connection, tenant, kind, number)
    if found is None:
        return None
    await payment_links.lock(connection, tenant, found.kind, found.number)
    return await payment_debts.find(connection, tenant, found.kind, found.number)


async def _left(connection: Any, tenant: str, row: Any, debt: Debt | None, now: datetime) -> None:
    """A payment that paid something else before (an order that was invoiced since) is taken off there."""
    for kind in ("invoice", "order", "quote"):
        number = row[f"{kind}_number"]
        if number and (debt is None or (debt.kind, debt.number) != (kind, number)):
            before = await _locked(connection, tenant, kind, number)
            if before:
                await _booked(connection, tenant, before, now)


async def _reminders(connection: Any, tenant: str, facts: Facts, debt: Debt) -> None:
    """Nobody is reminded while a voucher can still be paid; one that ran out holds nothing up."""
    if debt.kind != "invoice" or not facts.voucher or facts.stage not in (PENDING, FAILED):
        return
    await connection.execute(
        """UPDATE invoices i SET promised_for = CASE WHEN $4 THEN v.until END
           FROM (SELECT (to_timestamp($3) AT TIME ZONE timezone)::date AS until FROM tenants WHERE id = $1) v
           WHERE i.tenant_id = $1 AND i.number = $2 AND i.status IN ('open', 'partially_paid')
             AND (CASE WHEN $4 THEN i.promised_for IS NULL ELSE i.promised_for = v.until END)""",
        tenant, debt.number, float(facts.voucher.expires_at), facts.stage == PENDING,
    )  # fmt: skip


def _flaws(tenant: str, facts: Facts, link: Any, debt: Debt | None, mode: str) -> list[str]:
    """Why the money cannot be taken for what it says it pays."""
    if facts.stage < RECEIVED:
        return []
    claims = bool(facts.links or facts.documents or link)
    expected = link["amount_minor"] if link else None
    currency = link["currency"] if link else debt.total.currency if debt else None
    flaws = {
        "unknown_debt": claims and debt is None,
        "not_payable": debt is not None and not debt.payable,
        "currency": len(facts.currencies) != 1 or (currency is not None and facts.currencies != {currency}),
        "amount": debt is not None and (
            facts.received != expected if link else facts.received > debt.total.amount_minor),
        "tenant": bool(facts.tenants - {tenant}),
        "mode": bool(mode and facts.modes - {mode}),
    }  # fmt: skip
    return [name for name, wrong in flaws.items() if wrong]


async def _written(
    connection: Any, tenant: str, row: Any, facts: Facts, debt: Debt | None, status: str, now: datetime
) -> Any:
    numbers = {debt.kind: debt.number} if debt else {}
    return await connection.fetchrow(
        """UPDATE payments SET status = $3, rank = $4, currency = $5, amount_minor = $6, refunded_minor = $7,
             lost_minor = $8, method = $9, customer_id = $10, invoice_number = $11, order_number = $12,
             quote_number = $13, detail = detail || jsonb_build_object('facts', $14::jsonb), updated_at = now(),
             received_at = CASE WHEN $15 THEN coalesce(received_at, $16) END
           WHERE tenant_id = $1 AND id = $2 RETURNING *""",
        tenant, row["id"], status, facts.rank, min(facts.currencies, default=""),
        facts.received if facts.stage >= RECEIVED else facts.asked, facts.refunded, facts.lost,
        min(facts.methods, default=""), debt.customer_id if debt else None,
        numbers.get("invoice"), numbers.get("order"), numbers.get("quote"), stored(facts),
        facts.stage >= RECEIVED, now,
    )  # fmt: skip


async def _booked(connection: Any, tenant: str, debt: Debt, now: datetime) -> tuple[Standing, int, int]:
    """Book the difference to what the ledger holds of this debt; returns its standing, what its payments come to, and
    the overpayment that people were told of before."""
    sums = await _sums(connection, tenant, debt)
    found = payment_debts.standing(debt, sums)
    await connection.execute(
        "INSERT INTO payment_books (tenant_id, kind, number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        tenant, debt.kind, debt.number,
    )  # fmt: skip
    book = await connection.fetchrow(
        "SELECT * FROM payment_books WHERE tenant_id = $1 AND kind = $2 AND number = $3 FOR UPDATE",
        tenant, debt.kind, debt.number,
    )  # fmt: skip
    before, currency = book["booked"], debt.total.currency
    change = {account: held - before.get(account, 0) for account, held in found.accounts.items()}
    entries = [
        (account, debt.customer_id if account in ("receivable", "customer_credit") else None, Money(minor, currency))
        for account, minor in change.items() if minor
    ]  # fmt: skip
    if entries:
        transaction = f"payments:{debt.kind}:{debt.number}:{book['bookings'] + 1}"
        await ledger.book(connection, tenant, transaction, entries, at=now, memo=debt.number)
    paid = sums.gross - sums.refunded - sums.lost
    await payment_debts.write(connection, tenant, debt, found, max(0, paid), was_ours=before.get("contested", False))
    await connection.execute(
        """UPDATE payment_books SET booked = $4, bookings = bookings + $5, overpaid_minor = greatest(overpaid_minor, $6)
           WHERE tenant_id = $1 AND kind = $2 AND number = $3""",
        tenant, debt.kind, debt.number, {**found.accounts, "paid": max(0, paid), "contested": sums.contested},
        1 if entries else 0, found.overpaid,
    )  # fmt: skip
    return found, max(0, paid), book["overpaid_minor"]


async def _sums(connection: Any, tenant: str, debt: Debt) -> Sums:
    row = await connection.fetchrow(
        f"""
        SELECT coalesce(sum(amount_minor) FILTER (WHERE refunded_minor < amount_minor), 0)::bigint AS gross,
               coalesce(sum(refunded_minor) FILTER (WHERE refunded_minor < amount_minor), 0)::bigint AS refunded,
               coalesce(sum(amount_minor) FILTER (WHERE refunded_minor >= amount_minor), 0)::bigint AS returned,
               coalesce(sum(lost_minor), 0)::bigint AS lost,
               coalesce(bool_or(status IN ('disputed', 'lost')), false) AS contested
        FROM payments WHERE tenant_id = $1 AND {debt.kind}_number = $2 AND rank >= 30 AND status <> 'flagged'
          AND NOT provider = ANY ($3) AND amount_minor > 0
        """,
        tenant, debt.number, list(_BY_HAND),
    )  # fmt: skip
    return Sums(**dict(row))


def _due(facts: Facts, status: str, remaining: Money, said: set[str]) -> list[str]:
    """The notices that this payment still owes its customer."""
    wanted = []
    if status != "flagged" and facts.stage >= RECEIVED:
        wanted.append("receipt")
        if facts.refunded:
            wanted.append(f"refund:{facts.refunded}")
    elif facts.stage == PENDING and facts.voucher:
        wanted.append("voucher")
    elif facts.stage == FAILED and facts.voucher and remaining.amount_minor:
        wanted.append("failed")
    return [name for name in wanted if name not in said]


def _notice(
    name: str, debt: Debt, conversation: str | None, facts: Facts, row: Any, remaining: Money
) -> Notice:
    word = name.partition(":")[0]
    minor = facts.refunded if word == "refund" else row["amount_minor"]
    return Notice(
        name=word, customer_id=debt.customer_id, conversation_id=conversation, debt=debt.number, kind=debt.kind,
        amount=Money(minor, row["currency"]), remaining=remaining, voucher=facts.voucher,
    )  # fmt: skip
