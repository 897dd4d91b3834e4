"""Shapes between storage, the payment providers and whoever asks for money; no provider's words in them."""

from datetime import datetime
from typing import Any, Literal

from core.messages import Struct
from core.money import Money

Kind = Literal["invoice", "quote", "order"]
KINDS: tuple[Kind, ...] = ("invoice", "quote", "order")


class ProviderAccount(Struct):
    """A tenant's credentials at one payment provider; `secrets` are decrypted and never logged."""

    tenant: str
    provider: str  # stripe, mercado_pago
    secrets: dict[str, str] = {}
    settings: dict[str, Any] = {}  # `connect_account`: the account at the provider that a platform key acts for
    api_base: str = ""  # replaces the provider's base URL when set
    sandbox: bool = False

    def __repr__(self) -> str:
        return f"ProviderAccount({self.tenant}:{self.provider})"

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """All secrets that a webhook may be signed with: two while one is replaced by another."""
        return tuple(part.strip() for part in self.secrets.get("webhook_secret", "").split(",") if part.strip())


class LinkWish(Struct):
    """A payment link to be made; the same `id` always stands for the same link with the same contents."""

    id: str  # `cs:{tenant}:{kind}:{number}:{attempt}`, our idempotency key
    tenant: str
    kind: Kind
    number: str
    attempt: int
    amount: Money
    customer_id: int
    locale: str
    expires_at: datetime
    return_url: str
    conversation_id: str | None = None


class MadeLink(Struct):
    """A link as the provider made it."""

    provider_id: str
    url: str


class PaymentLink(Struct):
    """A payment link of ours, ready to be given to the customer."""

    id: str
    tenant: str
    kind: Kind
    number: str
    provider: str
    provider_id: str
    url: str
    amount: Money
    expires_at: datetime


class Play(Struct):
    """A provider's webhook to be played in a sandbox: a whole event, or the type of one about a debt."""

    tenant: str
    type: str = "checkout.session.completed"
    kind: str = "invoice"
    number: str = ""
    amount_minor: int | None = None  # what remains to be paid, unless it is given
    currency: str = ""
    payment_id: str = ""  # the provider's, to go on with a payment
    event: dict[str, Any] | None = None
    copies: int = 1
