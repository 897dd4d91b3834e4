"""What WhatsApp Cloud and Instagram webhooks have in common: Meta's escaped JSON and its ids."""

import base64
import json
import secrets
from typing import Any


def body(payload: dict[str, Any]) -> bytes:
    """Write JSON as Meta does: ASCII with lower-case escapes, `/` escaped; the signature is over these bytes."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def wamid() -> str:
    """A WhatsApp message id."""
    return "wamid." + base64.b64encode(b"\x1d\x18\x0b" + secrets.token_bytes(33)).decode()


def mid() -> str:
    """An Instagram message id."""
    return "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE" + base64.urlsafe_b64encode(secrets.token_bytes(39)).decode()


def media_id() -> str:
    """A Graph media id."""
    return str(10**14 + secrets.randbelow(9 * 10**14))
