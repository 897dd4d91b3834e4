"""Inbound mail as the tenant's mail service posts it: JSON, with the attachments inside."""

import json
import secrets
from base64 import b64encode
from typing import Any

from core.errors import Invalid
from core.messages import Account
from emulator.payloads.inbound import MEDIA_KINDS, Inbound, Made
from emulator.payloads.samples import Attached


def make(what: Inbound, account: Account, files: list[Attached], now: float) -> Made:
    """The webhook for one mail."""
    if what.kind not in ("text", *MEDIA_KINDS):
        raise Invalid(f"a mail cannot be of kind {what.kind}")
    domain = what.sender.rpartition("@")[2] or "mail.example.com"
    message_id = what.message_id or f"<{secrets.token_hex(12)}@{domain}>"
    mail: dict[str, Any] = {
        "message_id": message_id,
        "from": what.sender,
        "from_name": what.name,
        "to": account.address,
        "subject": what.subject or ("Re: " if what.reply_to else "") + "Consulta",
        "text": what.text,
        "date": what.timestamp or int(now),
        "headers": {},
        "attachments": [{"name": f.name, "mime": f.mime, "content": b64encode(f.data).decode()} for f in files],
    }
    if what.reply_to:
        mail |= {"in_reply_to": what.reply_to, "references": [what.reply_to]}
    return Made(body=json.dumps(mail, ensure_ascii=False).encode(), message_id=message_id)
