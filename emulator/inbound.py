"""`POST /emulator/inbound`: what a customer does becomes the provider's signed webhook."""

import asyncio
import hashlib
import random
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from core.errors import Invalid, NotFound
from core.messages import Account, Request
from emulator import signing
from emulator.outbox import Entry
from emulator.payloads import email, instagram, telegram, twilio, whatsapp
from emulator.payloads.inbound import MEDIA_KINDS, Inbound, Made
from emulator.payloads.meta import media_id
from emulator.payloads.samples import Attached, sample
from emulator.telegram import Telegram
from emulator.world import File, World

Make = Callable[[Inbound, Account, list[Attached], float], Made]
MAKERS: dict[str, Make] = {
    "whatsapp_cloud": whatsapp.make,
    "telegram": telegram.make,
    "instagram": instagram.make,
    "whatsapp_twilio": twilio.make,
    "sms": twilio.make,
    "email": email.make,
}
# What shows as a bubble on the customer's own phone.
SPOKEN = (
    "text",
    "location",
    "contact",
    "callback",
    "button",
    "list_reply",
    "template_button",
    "story_reply",
    *MEDIA_KINDS,
)


class Inbox:
    """Plays the customers."""

    def __init__(self, world: World, telegram: Telegram) -> None:
        self._world, self._telegram = world, telegram

    async def take(self, body: bytes) -> list[dict[str, Any]]:
        """Play one action, a list of them, or `{"messages": […], "shuffle": true}`; one result for each."""
        given = msgspec.json.decode(body)
        many = given.get("messages") if isinstance(given, dict) else given
        batch = msgspec.convert(many if isinstance(many, list) else [given], list[Inbound], strict=False)
        if isinstance(given, dict) and many is not None and given.get("shuffle"):
            batch = random.sample(batch, len(batch))
            return list(await asyncio.gather(*(self.play(what) for what in batch)))
        return [await self.play(what) for what in batch]

    async def play(self, what: Inbound) -> dict[str, Any]:
        """Make the webhook, deliver it (`copies` times) and tell how it went."""
        account = self._account(what)
        files = self._files(what, account)
        made = MAKERS[account.channel](what, account, files, self._world.now())
        self._note(what, account, made, files)
        if what.delay_ms:
            await asyncio.sleep(what.delay_ms / 1000)
        request = Request(
            method="POST",
            path=made.path or signing.path(account),
            query="",
            headers={"content-type": made.content_type, **made.headers},
            body=made.body,
        )
        queue = f"{account.id}:{made.queue}" if made.queue and not what.shuffle else ""
        outcomes = await asyncio.gather(
            *(
                self._world.sender.post(account, request, peer=what.sender, queue=queue)
                for _ in range(max(1, min(what.copies, 50)))
            )
        )
        entry = self._world.inbox.get(made.message_id)
        first = outcomes[0]
        if entry is not None and not 200 <= first.status < 300:
            self._world.mark(entry, "failed", str(first.status))
        elif entry is not None and entry.status == "sent":
            self._world.mark(entry, "delivered")
        result: dict[str, Any] = {"message_id": made.message_id, "status": first.status, "attempts": first.attempts}
        if len(outcomes) > 1:
            result["deliveries"] = [{"status": o.status, "attempts": o.attempts} for o in outcomes]
        if first.status >= 400 or not first.status:
            result["answer"] = first.body[:500].decode("utf-8", "replace")
        return result

    def _account(self, what: Inbound) -> Account:
        channel = what.channel
        if channel == "twilio":
            channel = "whatsapp_twilio" if what.sender.startswith("whatsapp:") else "sms"
        account = self._world.accounts.find(what.tenant, channel, what.account)
        account = account or self._world.accounts.find(what.tenant, what.channel, what.account)
        if account is None or account.channel not in MAKERS:
            raise NotFound(f"no {what.channel} account of tenant {what.tenant} is registered with the emulator")
        if account.channel == "telegram" and str(telegram.number("from", what.sender)) != what.sender:
            raise Invalid("from: on Telegram the chat id, a number")
        return account

    def _files(self, what: Inbound, account: Account) -> list[Attached]:
        if what.kind not in MEDIA_KINDS:
            return []
        if what.media and what.media.data:
            usual = sample(what.kind)
            file = Attached(
                data=what.media.data, mime=what.media.mime or usual.mime, name=what.media.name or usual.name
            )
        else:
            file = sample(what.kind)
        number = secrets.token_urlsafe(24) if account.channel == "telegram" else media_id()
        self._world.files.put(number, File(file.data, file.mime, file.name, what.transcript))
        if what.transcript:
            self._world.transcripts[hashlib.sha256(file.data).hexdigest()] = what.transcript
        return [msgspec.structs.replace(file, ref=number, url=self._url(account, number))]

    def _url(self, account: Account, number: str) -> str:
        if account.channel in ("whatsapp_twilio", "sms"):
            place = f"/twilio/2010-04-01/Accounts/{account.secrets.get('account_sid')}/Messages/{{message}}/Media/"
            return self._world.base_url + place + number
        place, key = ("ig_messaging_cdn", "asset_id") if account.channel == "instagram" else (
            "whatsapp_business/attachments", "mid"
        )  # fmt: skip
        return f"{self._world.base_url}/graph/lookaside/{place}/?{key}={number}&hash=A"

    def _note(self, what: Inbound, account: Account, made: Made, files: list[Attached]) -> None:
        world, peer = self._world, _peer(what, account)
        world.names[account.channel, peer] = what.name
        if account.channel == "telegram" and what.kind in ("callback", "button", "list_reply", "template_button"):
            self._telegram.queries[made.message_id] = True
        key = (account.tenant, account.channel, peer)
        if what.kind in ("blocked", "opt_out"):
            world.contacts[key] = "blocked" if what.kind == "blocked" else "opted_out"
        elif world.contacts.get(key) == ("opted_out" if what.kind == "opt_in" else "blocked"):
            del world.contacts[key]
        if what.kind not in SPOKEN:
            return
        world.wrote(
            Entry(
                id=made.message_id,
                tenant=account.tenant,
                channel=account.channel,
                account=account.id,
                to=peer,
                text=what.text or what.title or what.contact.get("name", ""),
                media=_shown(what, files),
                at=world.now(),
                kind=what.kind,
            )
        )


def _peer(what: Inbound, account: Account) -> str:
    """The customer's address as the product will send to it."""
    if account.channel in ("whatsapp_twilio", "sms"):
        return twilio.address(what, account)
    if account.channel == "whatsapp_cloud":
        return what.user_id if what.hide_phone else what.sender.removeprefix("whatsapp:").lstrip("+")
    return what.sender


def _shown(what: Inbound, files: list[Attached]) -> dict[str, Any] | None:
    if what.kind == "location":
        return {"kind": "location", "latitude": what.latitude, "longitude": what.longitude}
    if not files:
        return None
    file = files[0]
    return {"kind": what.kind, "url": f"emulator:{file.ref}", "mime": file.mime, "name": file.name}
