"""Instagram messaging of Meta: signature, events (read in instagram_inbound), sending, media."""

from contextlib import suppress
from typing import Any

import aiohttp

from channels import graph, instagram_inbound
from channels.actions import Action, give_up, stop_account, stop_contact, template_only, wait
from channels.base import Channel, Limits, MediaRequest, Pace
from channels.untrusted import required
from core.errors import DeliveryError, Permanent, UnknownOutcome, Unreadable, WindowClosed
from core.messages import Account, Attachment, Event, Part, Recipient, Request

INSTAGRAM_LOGIN = "https://graph.instagram.com"
MEDIA_HOSTS = ("lookaside.fbsbx.com", "cdninstagram.com", "fbcdn.net")
SLOW, MINUTES = 5, 60  # seconds

# Meta's (code, subcode) and what each asks for; a pair wins over a subcode, that over a code.
ERRORS: dict[graph.Code, Action] = {
    (10, 2534022): template_only(), (10, 2018278): template_only(),  # the window is closed
    (10, 2018108): stop_contact("blocked"), (200, 1545041): stop_contact("blocked"),
    (551, None): stop_contact("blocked"),
    (100, 2018001): give_up(),  # no such person for this account
    (100, None): give_up(alert=True), (100, 2018109): give_up(alert=True),
    (613, None): wait(SLOW, scope="account"),
    (4, None): wait(MINUTES, scope="app"),
    (17, None): wait(MINUTES, scope="account"), (32, None): wait(MINUTES, scope="account"),
    (None, 2018027): stop_account(), (None, 2018028): stop_account(),  # app review
    **{(code, None): stop_account() for code in (3, 10, 102, 190, 368, *range(200, 300))},  # token, permission, limits
    **{(code, None): wait(free=False) for code in (1, 2, 1200)},
}  # fmt: skip


class Instagram(Channel):
    """Direct messages of an Instagram business account. An account's address is the Instagram account id."""

    name = "instagram"
    route = "instagram"
    limits = Limits(text=1000, unit="bytes", buttons=13, button_title=20, button_id=1000)
    pace = Pace(account_per_second=100, account_burst=100, pair_per_second=100, pair_burst=100)
    windowed = True
    evidence = "receipt"  # the echo of our own message

    def signature(self, request: Request, account: Account) -> dict[str, str]:
        return graph.signature(request.body, account.secrets.get("app_secret", ""))

    def handshake(self, query: dict[str, str], account: Account) -> str | None:
        return graph.handshake(query, account.secrets.get("verify_token", ""))

    def addresses(self, request: Request) -> tuple[str, ...]:
        return instagram_inbound.addresses(request.body)

    def parse(self, request: Request, account: Account) -> list[Event]:
        return instagram_inbound.events(request.body, account)

    async def deliver(self, part: Part, to: Recipient, account: Account, http: aiohttp.ClientSession) -> str:
        if not to.window_open and not part.human:
            raise WindowClosed("more than 24 hours since the customer wrote", code="instagram:window")
        body = _sending(account, part, to) | {"recipient": {"id": to.peer}, "message": _message(part)}
        answer = await graph.call(http, "POST", _url(account), account, body)
        said = graph.answered(answer)
        if answer.status >= 300 or "error" in said:
            raise graph.failure(self.name, ERRORS, answer)
        try:
            return required(said.get("message_id"))
        except Unreadable:
            raise UnknownOutcome("an answer without a message id", code="instagram:no_id") from None

    async def seen(self, to: Recipient, account: Account, http: aiohttp.ClientSession) -> None:
        for action in ("mark_seen", "typing_on"):
            with suppress(DeliveryError):
                body = {"recipient": {"id": to.peer}, "sender_action": action}
                await graph.call(http, "POST", _url(account), account, body)

    async def media(self, attachment: Attachment, account: Account, http: aiohttp.ClientSession) -> MediaRequest | None:
        return MediaRequest(url=attachment.url, hosts=MEDIA_HOSTS) if attachment.url else None


def _instagram_login(account: Account) -> bool:
    """Tell the two flavours apart: a token of Instagram's own login begins with IG, a page's with EA."""
    return account.secrets.get("access_token", "").startswith("IG")


def _url(account: Account) -> str:
    return graph.url(account, "me", "messages", base=INSTAGRAM_LOGIN if _instagram_login(account) else graph.BASE)


def _sending(account: Account, part: Part, to: Recipient) -> dict[str, str]:
    """The 7 days of HUMAN_AGENT are only for messages that a person really wrote."""
    if part.human and not to.window_open:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {} if _instagram_login(account) else {"messaging_type": "RESPONSE"}


def _message(part: Part) -> dict[str, Any]:
    if part.style == "media" and part.media:
        if not part.media.url:
            raise Permanent("a file needs a link that Meta can reach", code="instagram:no_link", alert=True)
        kind = "file" if part.media.kind == "document" else part.media.kind
        return {"attachment": {"type": kind, "payload": {"url": part.media.url}}}
    if part.style == "template":
        raise Permanent("Instagram has no templates", code="instagram:no_template", alert=True)
    choices = [{"content_type": "text", "title": b.title, "payload": b.id} for b in part.buttons]
    return {"text": part.text} | ({"quick_replies": choices} if choices else {})
