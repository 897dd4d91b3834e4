"""A bounce tells which of our mails did not arrive, found by a Message-ID that nobody else can have made."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any

from channels.untrusted import listing, mapping, text
from core.messages import Account, Ignored, Receipt

ROBOTS = ("mailer-daemon", "postmaster")
OURS = re.compile(r"<orkesta\.([\w-]{1,64})\.([0-9a-f]{16})@[^<>\s@]{1,255}>")
STATUS = re.compile(r"^[ \t]*Status:[ \t]*([245]\.\d{1,3}\.\d{1,3})\b", re.MULTILINE | re.IGNORECASE)
ACTION = re.compile(r"^[ \t]*Action:[ \t]*([a-z]+)", re.MULTILINE | re.IGNORECASE)
LOOKED_AT = 128 * 1024  # characters of each part: a report is short, what follows is the mail that came back


def message_id(our_id: str, domain: str, account: Account) -> str:
    """The Message-ID of our mail. Ids are counted, so that a stranger could guess one: the seal cannot be guessed."""
    return f"<orkesta.{our_id}.{_seal(our_id, account)}@{domain}>"


def bounced(mail: dict[str, Any], account: Account) -> Receipt | Ignored:
    """What a report says about a mail of ours; one about another mail, a delay or a success changes nothing."""
    parts = [part[:LOOKED_AT] for part in _parts(mail)]
    found = next((match for part in parts for match in OURS.finditer(part) if _is_ours(match, account)), None)
    status, action = _first(STATUS, parts), _first(ACTION, parts).lower()
    if found is None:
        return Ignored(name="email.bounce")
    if action in ("delayed", "delivered", "relayed", "expanded") or status[:1] in ("2", "4"):
        return Ignored(name=f"email.report_{action or 'passing'}")
    if not status and not _robot(mail):  # such as the answer of somebody on holiday
        return Ignored(name="email.auto_reply")
    return Receipt(
        status="failed",
        provider_message_id=found[0],
        our_id=found[1],
        error_code=f"email:{status or 'bounce'}",
        action="fallback" if status.startswith("5.1.") else "give_up",
    )


def _is_ours(match: re.Match[str], account: Account) -> bool:
    return hmac.compare_digest(match[2], _seal(match[1], account))


def _seal(our_id: str, account: Account) -> str:
    secret = account.secrets.get("webhook_secret", "")
    return hmac.new(secret.encode(), f"message-id:{our_id}".encode(), hashlib.sha256).hexdigest()[:16]


def _first(pattern: re.Pattern[str], parts: list[str]) -> str:
    return next((found[1] for part in parts if (found := pattern.search(part))), "")


def _robot(mail: dict[str, Any]) -> bool:
    address = parseaddr(text(mail.get("from")))[1]
    headers = {name.lower() for name in mapping(mail.get("headers"))}
    return address.lower().partition("@")[0] in ROBOTS or "x-failed-recipients" in headers


def _parts(mail: dict[str, Any]) -> Iterator[str]:
    """Every text in which a report may name the mail: as the mail service gives them, whole or in pieces."""
    references = mail.get("references")
    named = [mail.get("text"), mail.get("html"), mail.get("in_reply_to"), *mapping(mail.get("headers")).values()]
    named += references if isinstance(references, list) else [references]
    yield from (value for value in named if isinstance(value, str))
    for item in listing(mail.get("attachments")):
        kind = str(mapping(item).get("mime") or "").lower()
        if kind.startswith(("message/", "text/")):
            yield _decoded(mapping(item).get("content"))


def _decoded(content: object) -> str:
    try:
        return base64.b64decode(text(content)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
