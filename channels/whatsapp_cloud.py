"""WhatsApp Cloud API of Meta: signature, events (read in whatsapp_inbound), sending, media."""

import re
from contextlib import suppress
from typing import Any

import aiohttp

from channels import graph, whatsapp_inbound
from channels.actions import Action, give_up, stop_account, template_only, wait
from channels.base import Channel, Limits, MediaRequest, Pace
from channels.untrusted import required
from channels.whatsapp_inbound import MARKETING_OPT_OUT
from core.errors import DeliveryError, Permanent, UnknownOutcome, Unreadable, WindowClosed
from core.messages import Account, Attachment, Event, Part, Recipient, Request

MEDIA_HOSTS = ("lookaside.fbsbx.com",)
ADDRESSES = 200  # each is looked up before anything is verified
_PHONE_NUMBER_ID = re.compile(rb'"phone_number_id"\s{0,8}:\s{0,8}"?(\d{1,32})')

# Meta's codes and what each asks for. The subcode never matters here.
BY_CODE: dict[int, Action] = {
    131047: template_only(),
    131056: wait(6),  # the pair of number and recipient: 1 message in 6 s
    130429: wait(2, scope="sender"),
    80007: wait(60, scope="account"), 133016: wait(60, scope="account"),
    4: wait(60, scope="app"),
    131048: wait(3600, scope="sender"), 131064: wait(3600, scope="sender"),  # spam and quality limits last hours
    131052: wait(free=False), 131053: wait(free=False),  # the media could not be passed on
    **dict.fromkeys((1, 2, 131000, 131016, 131057), wait(free=False)),
    131049: give_up(fallback=True), 130472: give_up(fallback=True),  # Meta chose not to deliver
    MARKETING_OPT_OUT: give_up(),
    131026: give_up(fallback=True),  # not on WhatsApp, or blocked us, or an old client: Meta does not say which
    131030: give_up(alert=True),  # a test number may only write to its list
    **dict.fromkeys(
        (33, 100, 131008, 131009, 131021, 131051, 131062, 132000, 132001, 132005, 132007, 132008, 132012, 132015,
         132016, 132068, 132069),
        give_up(alert=True, fallback=True),
    ),
    **dict.fromkeys((0, 3, 10, 190, 131005, *range(200, 300)), stop_account()),  # token or permission
    **dict.fromkeys((368, 130497, 131031, 131042, 131045), stop_account()),  # the account is restricted
}  # fmt: skip
ERRORS: graph.Table = {(code, None): action for code, action in BY_CODE.items()}


class WhatsAppCloud(Channel):
    """WhatsApp through Meta's own API. An account's address is its phone_number_id."""

    name = "whatsapp_cloud"
    route = "whatsapp"
    limits = Limits(
        text=4096,
        caption=1024,
        audio_caption=False,
        buttons=3,
        button_id=256,
        list_rows=10,
        choice_text=1024,
        templates=True,
    )
    pace = Pace(account_per_second=80, account_burst=80, pair_per_second=1 / 6, pair_burst=45)
    windowed = True
    evidence = "receipt"  # biz_opaque_callback_data comes back in every status

    def signature(self, request: Request, account: Account) -> dict[str, str]:
        return graph.signature(request.body, account.secrets.get("app_secret", ""))

    def handshake(self, query: dict[str, str], account: Account) -> str | None:
        return graph.handshake(query, account.secrets.get("verify_token", ""))

    def addresses(self, request: Request) -> tuple[str, ...]:
        # A pattern, not a parser: the body is not verified yet. Text in a message cannot match: its quotes are escaped.
        return tuple({found.decode(): None for found in _PHONE_NUMBER_ID.findall(request.body)})[:ADDRESSES]

    def parse(self, request: Request, account: Account) -> list[Event]:
        return whatsapp_inbound.events(request.body, account.address, ERRORS)

    async def deliver(self, part: Part, to: Recipient, account: Account, http: aiohttp.ClientSession) -> str:
        if not to.window_open and part.style != "template":
            raise WindowClosed("only a template may be sent now", code="whatsapp_cloud:window")
        address = graph.url(account, account.address, "messages")
        answer = await graph.call(http, "POST", address, account, _body(part, to))
        said = graph.answered(answer)
        if answer.status >= 300 or "error" in said:
            raise graph.failure(self.name, ERRORS, answer)
        try:
            return required(said["messages"][0]["id"])
        except (LookupError, TypeError, Unreadable):
            raise UnknownOutcome("an answer without a message id", code=f"{self.name}:no_id") from None

    async def seen(self, to: Recipient, account: Account, http: aiohttp.ClientSession) -> None:
        if not to.last_inbound_id:
            return
        body = {
            "messaging_product": "whatsapp", "status": "read", "message_id": to.last_inbound_id,
            "typing_indicator": {"type": "text"},
        }  # fmt: skip
        with suppress(DeliveryError):
            await graph.call(http, "POST", graph.url(account, account.address, "messages"), account, body)

    async def media(self, attachment: Attachment, account: Account, http: aiohttp.ClientSession) -> MediaRequest | None:
        """Ask for a fresh link (it lives 5 minutes); the link wants the same token, but only on Meta's host."""
        if not attachment.ref:
            return None
        answer = await graph.call(http, "GET", graph.url(account, attachment.ref), account)
        url = graph.answered(answer).get("url")
        if answer.status != 200 or not isinstance(url, str):
            raise graph.failure(self.name, ERRORS, answer)
        headers = {"Authorization": f"Bearer {graph.token(account)}"}
        return MediaRequest(url=url, headers=headers, hosts=MEDIA_HOSTS)


def _body(part: Part, to: Recipient) -> dict[str, Any]:
    """Build the request of one message; a phone goes into `to`, a business-scoped id into `recipient`."""
    phone = to.peer.removeprefix("+")
    whom = {"to": phone} if phone.isascii() and phone.isdigit() else {"recipient": to.peer}
    body = {"messaging_product": "whatsapp", "recipient_type": "individual", **whom, **_content(part)}
    if part.quote:
        body["context"] = {"message_id": part.quote}
    return body | {"biz_opaque_callback_data": to.our_id}


def _content(part: Part) -> dict[str, Any]:
    if part.style in ("buttons", "list"):
        action = _buttons(part) if part.style == "buttons" else _list(part)
        kind = "button" if part.style == "buttons" else "list"
        return {"type": "interactive", "interactive": {"type": kind, "body": {"text": part.text}, "action": action}}
    if part.style == "template" and part.template:
        return {"type": "template", "template": _template(part)}
    if part.style == "media" and part.media:
        return _media(part)
    return {"type": "text", "text": {"body": part.text, "preview_url": False}}


def _buttons(part: Part) -> dict[str, Any]:
    return {"buttons": [{"type": "reply", "reply": {"id": b.id, "title": b.title}} for b in part.buttons]}


def _list(part: Part) -> dict[str, Any]:
    rows = [
        {"id": b.id, "title": b.title} | ({"description": b.description} if b.description else {}) for b in part.buttons
    ]
    return {"button": "Menu", "sections": [{"title": "Menu", "rows": rows}]}


def _template(part: Part) -> dict[str, Any]:
    assert part.template is not None
    components: list[dict[str, Any]] = []
    if part.template.params:
        components.append({"type": "body", "parameters": [{"type": "text", "text": p} for p in part.template.params]})
    for index, button in enumerate(part.buttons):
        payload = [{"type": "payload", "payload": button.id}]
        components.append({"type": "button", "sub_type": "quick_reply", "index": str(index), "parameters": payload})
    body: dict[str, Any] = {"name": part.template.name, "language": {"code": part.template.language}}
    return body | ({"components": components} if components else {})


def _media(part: Part) -> dict[str, Any]:
    assert part.media is not None
    if not part.media.url:
        raise Permanent("a file needs a link that Meta can reach", code="whatsapp_cloud:no_link", alert=True)
    content: dict[str, Any] = {"link": part.media.url}
    if part.text and part.media.kind != "audio":  # a voice or music file takes no caption
        content["caption"] = part.text
    if part.media.kind == "document" and part.media.name:
        content["filename"] = part.media.name
    return {"type": part.media.kind, part.media.kind: content}
