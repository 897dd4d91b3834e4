"""Public links to a quote's documents: whoever has the link may read this one version, and nothing else.

The link carries tenant, number, version, language and a signature; nothing is stored. Providers fetch it without any
credential of ours, so it must not be guessable.
"""

import base64
import hashlib
import hmac
from typing import Literal

import msgspec

from core.errors import NotFound
from core.messages import Struct
from core.records import Quote
from core.settings import Settings
from storage.crypto import secret_key

PREFIX = "/documents/"
_SIGNATURE_BYTES = 16


class Document(Struct):
    """What a link names."""

    tenant: str
    number: str
    version: int
    locale: str


def linked(settings: Settings, tenant: str, quote: Quote, locale: str) -> Quote:
    """The quote with its two links."""
    named = Document(tenant=tenant, number=quote.number, version=quote.version, locale=locale)
    return msgspec.structs.replace(quote, pdf=_url(settings, named, "pdf"), xlsx=_url(settings, named, "xlsx"))


def opened(settings: Settings, token: str) -> Document:
    """What a token names; raises NotFound unless it is one of ours."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        body, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
        if any(hmac.compare_digest(signature, _sign(key, body)) for key in _keys(settings)):
            return msgspec.json.decode(body, type=Document)
    except (ValueError, msgspec.DecodeError):  # no base64, not of ours
        pass
    raise NotFound("there is no such document")


def _url(settings: Settings, named: Document, form: Literal["pdf", "xlsx"]) -> str:
    body = msgspec.json.encode(named)
    token = base64.urlsafe_b64encode(body + _sign(_keys(settings)[0], body)).decode().rstrip("=")
    return f"{settings.base_url}{PREFIX}{token}/{named.number}-v{named.version}.{form}"


def _keys(settings: Settings) -> list[bytes]:
    """As for credentials, the first key signs and the others are still believed."""
    return [part.strip().encode() for part in secret_key(settings).split(",") if part.strip()]


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, b"orkesta document " + body, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
