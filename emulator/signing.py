"""Signs what the emulator posts, with the channels' own `signature` functions."""

from channels import registry
from channels.base import Channel
from channels.instagram import Instagram
from channels.whatsapp_cloud import WhatsAppCloud
from core.messages import Account, Request

CHANNELS: dict[str, Channel] = {"instagram": Instagram(), "whatsapp_cloud": WhatsAppCloud(), **registry.CHANNELS}


def sign(request: Request, account: Account) -> dict[str, str]:
    """The headers that the provider adds; none without a channel or secret: the product's door stays shut."""
    channel = CHANNELS.get(account.channel)
    return channel.signature(request, account) if channel else {}


def path(account: Account) -> str:
    """Where the product takes this account's webhooks."""
    channel = CHANNELS.get(account.channel)
    return f"/webhooks/{channel.route if channel else account.channel}/{account.tenant}"
