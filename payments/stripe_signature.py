"""Stripe's webhook signature: HMAC-SHA256 over time and raw body, as bytes, in constant time."""

import hashlib
import hmac
from collections.abc import Sequence

from core.errors import BadSignature

HEADER = "stripe-signature"
TOLERANCE_SECONDS = 300
_MOST_SIGNATURES = 20  # Stripe sends one, or two while a secret is rolled


def signature(body: bytes, secrets: Sequence[str], at: int) -> str:
    """The header as Stripe writes it, one `v1` for each secret."""
    return ",".join([f"t={at}", *(f"v1={_digest(body, secret, str(at)).decode()}" for secret in secrets)])


def verify(body: bytes, header: str, secrets: Sequence[str], now: float) -> None:
    """Return when one `v1` fits one secret and is not older than the tolerance; raises BadSignature."""
    if not secrets:
        raise BadSignature("no webhook secret is configured: use `orkesta stripe connect`")
    at, given = _parts(header)
    if not at or not given:
        raise BadSignature("Stripe-Signature is missing or not of the form t=…,v1=…")
    fits = False
    for secret in secrets:
        expected = _digest(body, secret, at)
        for each in given:  # all are compared, whichever fits
            fits |= hmac.compare_digest(expected, each)
    if not fits:
        raise BadSignature("no v1 signature fits the webhook secret")
    if int(at) < now - TOLERANCE_SECONDS:
        raise BadSignature("the signature is older than five minutes: is this machine's clock right?")


def _parts(header: str) -> tuple[str, list[bytes]]:
    at, given = "", list[bytes]()
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name == "t" and not at:
            at = value if value.isascii() and value.isdigit() and len(value) <= 12 else ""
        elif name == "v1" and len(given) < _MOST_SIGNATURES:
            given.append(value.encode("utf-8", "surrogateescape"))
    return at, given


def _digest(body: bytes, secret: str, at: str) -> bytes:
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
