"""Debts and a provider's account that tests of payments begin with."""

from datetime import date
from typing import Any

from storage import payment_accounts

SECRET = "whsec_test_secret"  # pragma: allowlist secret


async def owe(resources: Any, customer: int, number: str = "F-1", *, minor: int = 125000, tenant: str = "acme",
              **more: Any) -> None:  # fmt: skip
    """An open invoice with its booking."""
    columns = {"currency": "MXN", "status": "open", "paid_minor": 0, "order_number": None, **more}
    await resources.pg.execute(
        """INSERT INTO invoices (tenant_id, number, customer_id, order_number, status, currency, total_minor,
             paid_minor, issued_on, due_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        tenant, number, customer, columns["order_number"], columns["status"], columns["currency"], minor,
        columns["paid_minor"], date(2026, 11, 1), date(2026, 11, 30),
    )  # fmt: skip


async def account(resources: Any, api_base: str, tenant: str = "acme", **settings: Any) -> Any:
    """The tenant's Stripe account."""
    return await payment_accounts.connect(
        resources, tenant=tenant, provider="stripe", settings=settings, api_base=api_base,
        secrets={"secret_key": "sk_test_1", "webhook_secret": SECRET},
    )  # fmt: skip
