"""Signs what the emulator posts, with the channels' own `signature` functions."""

from channels.registry import CHANNELS
from core.messages import Account, Request


def sign(request: Request, account: Account) -> dict[str, str]:
    """The headers that the provider adds; none without a secret: the product's door stays shut."""
    return CHANNELS[account.channel].signature(request, account)


def path(account: Account) -> str:
    """Where the product takes this account's webhooks."""
    return f"/webhooks/{CHANNELS[account.channel].route}/{account.tenant}"
