"""Cases, returns and withdrawals: the tower's JSON of them, and the page where people settle them."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field

from control_tower.access import ANSWER, LOOK, RULE, Opened, SignedIn, may, scope_of
from control_tower.pages import render
from control_tower.shapes import plain
from control_tower.views import Shell, done
from core.errors import Invalid
from core.money import Money
from storage import cases

router = APIRouter()
Limit = Annotated[int, Query(ge=1, le=500)]


class Why(BaseModel):
    """Why a person decided so."""

    reason: str = Field(min_length=1, max_length=500)


class Paid(BaseModel):
    """How a withdrawal was paid."""

    method: str = Field("transfer", min_length=1, max_length=100)


class Hold(BaseModel):
    """Part of a balance that may not be withdrawn; a negative amount lets it go."""

    tenant: str = Field(max_length=63)
    customer_id: int
    amount_minor: int = Field(ge=-(10**15), le=10**15)
    currency: str = Field(min_length=3, max_length=3)
    reason: str = Field(min_length=1, max_length=500)


@router.get("/api/tickets")
async def tickets(
    resources: Opened, user: SignedIn, tenant: str | None = None, status: str = "", limit: Limit = 100
) -> Any:
    """Tickets of the user's tenants, or of one."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    found = await cases.tickets(resources, scope_of(user, tenant), status=status, most=limit)
    return plain({"tickets": found})


@router.post("/api/tickets/{tenant}/{number}/close")
async def close_ticket(tenant: str, number: str, resources: Opened, user: SignedIn) -> Any:
    """The case is solved."""
    await may(resources, user, tenant, ANSWER)
    await cases.close_ticket(resources, tenant, number, user.email)
    return {"number": number, "status": "closed"}


@router.get("/api/returns")
async def returns(
    resources: Opened, user: SignedIn, tenant: str | None = None, status: str = "", limit: Limit = 100
) -> Any:
    """Returns of the user's tenants, or of one."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    found = await cases.returns(resources, scope_of(user, tenant), status=status, most=limit)
    return plain({"returns": [_priced(row) for row in found]})


@router.post("/api/returns/{tenant}/{number}/credit")
async def credit(tenant: str, number: str, resources: Opened, user: SignedIn) -> Any:
    """The goods are back: issue the credit note."""
    await may(resources, user, tenant, ANSWER)
    note = await cases.credit_return(resources, tenant, number, user.email)
    return {"number": number, "status": "credited", "credit_note": note}


@router.post("/api/returns/{tenant}/{number}/reject")
async def reject(tenant: str, number: str, why: Why, resources: Opened, user: SignedIn) -> Any:
    """No credit for this return."""
    await may(resources, user, tenant, ANSWER)
    await cases.reject_return(resources, tenant, number, user.email, why.reason)
    return {"number": number, "status": "rejected"}


@router.get("/api/withdrawals")
async def withdrawals(
    resources: Opened, user: SignedIn, tenant: str | None = None, status: str = "", limit: Limit = 100
) -> Any:
    """Withdrawals of the user's tenants, or of one."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    found = await cases.withdrawals(resources, scope_of(user, tenant), status=status, most=limit)
    return plain({"withdrawals": [_priced(row) for row in found]})


@router.post("/api/withdrawals/{tenant}/{number}/pay")
async def pay(tenant: str, number: str, how: Paid, resources: Opened, user: SignedIn) -> Any:
    """The money has left."""
    await may(resources, user, tenant, RULE)
    amount = await cases.pay_withdrawal(resources, tenant, number, user.email, how.method)
    return plain({"number": number, "status": "paid", "amount": amount})


@router.post("/api/withdrawals/{tenant}/{number}/reverse")
async def reverse(tenant: str, number: str, why: Why, resources: Opened, user: SignedIn) -> Any:
    """The money goes back to the balance."""
    await may(resources, user, tenant, RULE)
    amount = await cases.reverse_withdrawal(resources, tenant, number, user.email, why.reason)
    return plain({"number": number, "status": "reversed", "amount": amount})


@router.post("/api/royalties/hold")
async def hold(wish: Hold, resources: Opened, user: SignedIn) -> Any:
    """Hold part of a balance, or let it go again."""
    await may(resources, user, wish.tenant, RULE)
    if not wish.amount_minor:
        raise Invalid("amount_minor: it is not 0")
    amount = Money(wish.amount_minor, wish.currency.upper())
    booked = await cases.hold(resources, wish.tenant, wish.customer_id, amount, user.email, wish.reason)
    return plain({"transaction": booked, "amount": amount})


@router.get("/cases", include_in_schema=False)
async def page(request: Request, resources: Opened, user: SignedIn, around: Shell) -> Response:
    """Everything that waits for somebody to settle it, and what was settled."""
    of, known = scope_of(user), around["tenants"]
    return render(
        request, "cases.html", **around, page="cases", tickets=await cases.tickets(resources, of),
        returns=[_shown(row) for row in await cases.returns(resources, of)],
        withdrawals=[_shown(row) for row in await cases.withdrawals(resources, of)],
        may_settle={each.id for each in known if user.rank(each.id) >= ANSWER},
        may_pay={each.id for each in known if user.rank(each.id) >= RULE},
    )  # fmt: skip


@router.post("/cases/{tenant}/{number}/{step}", include_in_schema=False)
async def settle(
    tenant: str, number: str, step: str, request: Request, resources: Opened, user: SignedIn,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:  # fmt: skip
    """One of the page's buttons."""
    await may(resources, user, tenant, RULE if step in ("pay", "reverse") else ANSWER)
    why = reason or "control tower"
    if step == "close":
        await cases.close_ticket(resources, tenant, number, user.email)
    elif step == "credit":
        await cases.credit_return(resources, tenant, number, user.email)
    elif step == "reject":
        await cases.reject_return(resources, tenant, number, user.email, why)
    elif step == "pay":
        await cases.pay_withdrawal(resources, tenant, number, user.email, "transfer")
    elif step == "reverse":
        await cases.reverse_withdrawal(resources, tenant, number, user.email, why)
    else:
        raise Invalid(f"{step}: there is no such step")
    return done(request, "/cases")


def _priced(row: dict[str, Any]) -> dict[str, Any]:
    amount = {"amount_minor": row["amount_minor"], "currency": row["currency"]}
    return {name: value for name, value in row.items() if name not in amount} | {"amount": amount}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "amount": Money(row["amount_minor"], row["currency"])}
