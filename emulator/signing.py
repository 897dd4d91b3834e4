"""Signs what the emulator posts, with the channels' and payment providers' own `signature` functions."""

from channels.registry import CHANNELS
from core.clock import Clock
from core.messages import Account, Request
from payments import stripe_signature


def sign(request: Request, account: Account) -> dict[str, str]:
    """The headers that the provider adds; none without a secret: the product's door stays shut."""
    if account.channel == "stripe":  # every `v1` of a secret that is being rolled, as Stripe does
        secrets = [part.strip() for part in account.secrets.get("webhook_secret", "").split(",") if part.strip()]
        signed = stripe_signature.signature(request.body, secrets, Clock.millis() // 1000)
        return {stripe_signature.HEADER: signed} if secrets else {}
    return CHANNELS[account.channel].signature(request, account)


def path(account: Account) -> str:
    """Where the product takes this account's webhooks."""
    return f"/webhooks/{CHANNELS[account.channel].route}/{account.tenant}"
