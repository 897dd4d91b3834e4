"""What a customer may agree to about a debt, and what a turn agrees: read from rows, written only with the turn."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from core.conversation import Write
from core.dunning import Instalment, Promised, Received, Terms, planned, policy, split
from core.errors import Conflict, Invalid, NotFound
from core.money import Money
from core.records import Invoice


async def terms(connection: Any, tenant: str, customer: int) -> Terms:
    """The tenant's rules as they stand for this customer."""
    row = await connection.fetchrow(_TERMS, tenant, customer)
    said = policy(row["settings"])
    return Terms(
        promise_days=said.promise_days,
        promises_left={each["number"]: max(0, said.promises - each["promises"]) for each in row["invoices"] or ()},
        instalments=said.instalments,
        instalment_days=said.instalment_days,
        split=frozenset(each["number"] for each in row["invoices"] or () if each["split"]),
        received=tuple(_received(each) for each in row["received"] or ()),
        promised=tuple(_promised(each) for each in row["invoices"] or () if each["promised"] and not each["split"]),
    )


def promise(
    numbers: Sequence[str], day: date, now: datetime, amounts: Mapping[str, Money] | None = None
) -> Write:
    """The customer's word to pay these invoices by that day; `amounts`: so much of each, not all of it."""
    data = {"numbers": list(numbers), "day": day.isoformat(), "at": now}
    if amounts:
        data["amounts"] = {number: amount.amount_minor for number, amount in amounts.items()}
    return Write(kind="promise", data=data)


def take_back(numbers: Sequence[str], now: datetime) -> Write:
    """What was promised of these invoices no longer stands."""
    return Write(kind="unpromise", data={"numbers": list(numbers), "at": now})


def dispute(numbers: Sequence[str], reason: str, now: datetime) -> Write:
    """The customer does not agree with these invoices."""
    return Write(kind="dispute", data={"numbers": list(numbers), "reason": reason[:500], "at": now})


def instalments(
    given: Terms, debt: Invoice, parts: int, today: date, now: datetime
) -> tuple[Write, Sequence[Instalment]]:
    """What remains of an invoice in so many parts. Raises Invalid (against the rules) or Conflict (split already)."""
    if not 2 <= parts <= given.instalments:
        raise Invalid(f"{parts} instalments: the tenant allows up to {given.instalments}")
    if debt.number in given.split:
        raise Conflict(f"{debt.number} is paid in instalments already")
    made = split(debt.total, _paid(debt), parts, today, given.instalment_days)
    return _instalments(debt, made, now), made


def plan(debt: Invoice, parts: Sequence[tuple[date, Money]], now: datetime) -> Write:
    """Parts of an invoice on days that the customer said."""
    return _instalments(debt, planned(_paid(debt), parts), now)


def _paid(debt: Invoice) -> Money:
    return Money(debt.total.amount_minor - debt.due.amount_minor, debt.total.currency)


def _instalments(debt: Invoice, made: Sequence[Instalment], now: datetime) -> Write:
    rows = [
        {"due_on": each.due_on.isoformat(), "amount_minor": each.amount.amount_minor,
         "paid_by_then_minor": each.paid_by_then.amount_minor}
        for each in made
    ]  # fmt: skip
    data = {"number": debt.number, "paid_minor": _paid(debt).amount_minor, "parts": rows, "at": now}
    return Write(kind="instalments", data=data)


def named(invoices: Sequence[Invoice], number: str) -> Invoice:
    """The invoice of that number; raises NotFound."""
    for each in invoices:
        if each.number == number:
            return each
    raise NotFound(f"this customer owes nothing on {number}")


def _received(row: dict[str, Any]) -> Received:
    return Received(
        invoice=row["invoice"], amount=Money(row["amount_minor"], row["currency"]), pending=row["pending"],
        on=date.fromisoformat(row["on"]) if row["on"] else None,
    )  # fmt: skip


def _promised(row: dict[str, Any]) -> Promised:
    said = row["promised"]
    return Promised(
        number=row["number"], day=date.fromisoformat(said["day"]), amount=Money(said["open_minor"], row["currency"])
    )


_TERMS = """
SELECT t.settings, i.invoices, p.received FROM tenants t
CROSS JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object(
    'number', v.number,
    'promises', (SELECT count(*) FROM promises m WHERE m.tenant_id = v.tenant_id AND m.invoice_number = v.number),
    'split', EXISTS (SELECT 1 FROM instalments n WHERE n.tenant_id = v.tenant_id AND n.invoice_number = v.number),
    'currency', v.currency,
    'promised', (
      SELECT jsonb_build_object('day', o.promised_for, 'open_minor', o.open_minor) FROM (
        SELECT m.promised_for, least(v.total_minor - v.paid_minor, coalesce(
          m.amount_minor + coalesce(m.paid_minor, v.paid_minor) - v.paid_minor, v.total_minor)) AS open_minor
        FROM promises m WHERE m.tenant_id = v.tenant_id AND m.invoice_number = v.number AND m.replaced_at IS NULL
          AND m.promised_for >= (tenant_now(t.id) AT TIME ZONE t.timezone)::date) o WHERE o.open_minor > 0)
  )) AS invoices
  FROM invoices v WHERE v.tenant_id = t.id AND v.customer_id = $2 AND v.status IN ('open', 'partially_paid')) i
CROSS JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object(
    'invoice', p.invoice_number, 'amount_minor', p.amount_minor, 'currency', p.currency,
    'pending', p.status = 'pending', 'on', (p.received_at AT TIME ZONE t.timezone)::date)
    ORDER BY coalesce(p.received_at, p.updated_at) DESC) AS received
  FROM payments p JOIN invoices v ON v.tenant_id = p.tenant_id AND v.number = p.invoice_number
  WHERE p.tenant_id = t.id AND v.customer_id = $2 AND p.status IN ('pending', 'succeeded')
    AND CASE WHEN p.received_at IS NULL THEN p.updated_at > now() - interval '10 days'
             ELSE p.received_at > tenant_now(t.id) - interval '10 days' END) p
WHERE t.id = $1
"""
