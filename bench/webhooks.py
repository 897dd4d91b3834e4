"""Signed webhooks of customers, as the providers post them, and the accounts that they are for."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from channels.registry import CHANNELS
from core.clock import Clock
from core.messages import Account, Request
from emulator import signing
from emulator.payloads import instagram, telegram, twilio, whatsapp
from emulator.payloads.inbound import Inbound, Made
from emulator.payloads.meta import body as meta_body
from emulator.payloads.samples import Attached

PUBLIC_URL = "https://bot.example.test"
LOAD_CHANNELS = ("telegram", "whatsapp_cloud", "whatsapp_twilio", "instagram")
_MAKE = {
    "telegram": telegram.make, "whatsapp_cloud": whatsapp.make, "whatsapp_twilio": twilio.make,
    "instagram": instagram.make,
}  # fmt: skip
_SECRETS: dict[str, dict[str, str]] = {
    "telegram": {"token": "{address}:AAload", "webhook_secret": "load_telegram_secret"},
    "whatsapp_cloud": {"access_token": "EAAload", "app_secret": "load_meta_secret", "verify_token": "v"},
    "whatsapp_twilio": {"account_sid": "AC" + "a" * 32, "auth_token": "load_twilio_secret", "from": "{address}"},
    "sms": {"account_sid": "AC" + "a" * 32, "auth_token": "load_twilio_secret", "from": "{address}"},
    "instagram": {"access_token": "IGload", "app_secret": "load_instagram_secret", "verify_token": "v"},
}


class Hook(NamedTuple):
    """One webhook request, ready to be posted as often as wanted."""

    path: str
    headers: dict[str, str]
    body: bytes
    query: str = ""


def account(tenant: str, channel: str, number: int = 0, api_base: str = "") -> Account:
    """The account of a load tenant on a channel; different numbers are different accounts."""
    plain = 7_000_000_000 + hash_of(tenant) % 1_000_000 * 100 + number
    address = {"whatsapp_twilio": f"whatsapp:+52{plain}", "sms": f"+52{plain}"}.get(channel, str(plain))
    secrets = {name: value.format(address=address) for name, value in _SECRETS[channel].items()}
    return Account(
        id=f"{tenant}:{channel}:{address}", tenant=tenant, channel=channel, address=address, secrets=secrets,
        settings={"public_url": PUBLIC_URL}, api_base=api_base, public_url=PUBLIC_URL,
    )  # fmt: skip


def hash_of(text: str) -> int:
    """A number that is the same in every process."""
    return int.from_bytes(text.encode(), "big")


def said(to: Account, peer: str, text: str, files: Sequence[Attached] = (), **more: Any) -> Hook:
    """The webhook of one message of a customer; `peer` is plain digits."""
    what = Inbound(tenant=to.tenant, channel=to.channel, sender=peer, text=text, name="Ana Load", **more)
    made: Made = _MAKE[to.channel](what, to, list(files), Clock.millis() / 1000)
    return signed(to, made.body, made.content_type)


def signed(to: Account, body: bytes, content_type: str = "application/json", path: str = "", query: str = "") -> Hook:
    """Sign a body for an account."""
    path = path or f"/webhooks/{CHANNELS[to.channel].route}/{to.tenant}"
    headers = {"content-type": content_type}
    request = Request(method="POST", path=path, query=query, headers=headers, body=body)
    return Hook(path, {**headers, **signing.sign(request, to)}, body, query)


def whatsapp_status(to: Account, provider_id: str, peer: str, word: str, our_id: str | None) -> Hook:
    """A status webhook of the WhatsApp Cloud API."""
    update = whatsapp.status(provider_id, peer, word, Clock.millis() / 1000, our_id)
    return signed(to, meta_body(whatsapp.statuses(to, [update])))


def twilio_status(to: Account, provider_id: str, peer: str, word: str, callback: str) -> Hook:
    """A status callback of Twilio, to the URL that the send named."""
    _, _, rest = callback.partition("://")
    path, _, query = rest.partition("?")
    path = "/" + path.partition("/")[2]
    body = twilio.callback(to, provider_id, peer, word, 0)
    return signed(to, body, twilio.FORM, path, query)


def instagram_echo(to: Account, provider_id: str, peer: str, text: str) -> Hook:
    """The copy of our own message that Instagram posts."""
    event = instagram.echo(to, peer, provider_id, text, Clock.millis() / 1000, own=True)
    return signed(to, meta_body(instagram.envelope(to, [event])))
