"""All payment providers. To add one: write its file after the port in base.py, and add a line to each table.

A provider's SDK is only loaded when a tenant uses it: most processes never do.
"""

from importlib import import_module

from core.errors import NotFound
from payments.base import Payments, Webhook
from payments.mercado_pago import MercadoPagoWebhook
from payments.stripe_webhook import StripeWebhook

PROVIDERS = {
    "stripe": "payments.stripe:Stripe",
    "mercado_pago": "payments.mercado_pago:MercadoPago",
}
WEBHOOKS: dict[str, Webhook] = {
    "stripe": StripeWebhook(),
    "mercado_pago": MercadoPagoWebhook(),
}


class Providers:
    """The providers of one process and event loop, each opened at its first use."""

    def __init__(self) -> None:
        self._opened: dict[str, Payments] = {}

    def get(self, name: str) -> Payments:
        """One provider; raises NotFound for a name that is none."""
        if name not in self._opened:
            if name not in PROVIDERS:
                raise NotFound(f"there is no payment provider {name!r}: known are {', '.join(PROVIDERS)}")
            module, kind = PROVIDERS[name].split(":")
            self._opened[name] = getattr(import_module(module), kind)()
        return self._opened[name]

    async def close(self) -> None:
        """Close all that were opened."""
        while self._opened:
            await self._opened.popitem()[1].close()
