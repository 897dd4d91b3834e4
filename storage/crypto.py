"""Encryption of credentials at rest; old keys still open what they sealed, so a key can be rotated."""

import base64
import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import OrkestaError
from core.settings import Settings


class KeyMissing(OrkestaError):
    """No secret key, or one that does not open what is stored."""

    code = "secret_key"


def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))


def _opens(key: Fernet, token: bytes) -> bool:
    try:
        key.decrypt(token)
    except InvalidToken:
        return False
    return True


class Cipher:
    """Seals and opens small JSON objects. `ORKESTA_SECRET_KEY` may list several keys: the first seals."""

    def __init__(self, secret_key: str) -> None:
        self._keys = [_fernet(part.strip()) for part in secret_key.split(",") if part.strip()]
        if not self._keys:
            raise KeyMissing("ORKESTA_SECRET_KEY names no key: set it to a long random text and keep it")
        self._fernet = MultiFernet(self._keys)
        self._secret = secret_key.partition(",")[0].strip().encode()

    def seal(self, values: dict[str, str]) -> bytes:
        """Encrypt a mapping of secrets."""
        return self._fernet.encrypt(json.dumps(values).encode())

    def open(self, token: bytes) -> dict[str, str]:
        """Decrypt; raises KeyMissing when no configured key fits."""
        try:
            opened: dict[str, str] = json.loads(self._fernet.decrypt(token))
        except InvalidToken:
            raise KeyMissing(
                "stored credentials do not open with ORKESTA_SECRET_KEY: put the key that sealed them behind the "
                "new one, separated by a comma"
            ) from None
        return opened

    def digest(self, text: str) -> str:
        """A keyed hash: a short secret, such as a code of six digits, cannot be tried out without the key."""
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def rotate(self, token: bytes) -> bytes:
        """Seal again with the first key; raises KeyMissing."""
        return self.seal(self.open(token))

    def place(self, token: bytes) -> int | None:
        """Which key opens this: 0 is the one that seals, None means that none does."""
        return next((number for number, key in enumerate(self._keys) if _opens(key, token)), None)


def secret_key(settings: Settings) -> str:
    """Return the configured key, or the one generated once into ORKESTA_HOME; raises KeyMissing in production."""
    if settings.secret_key:
        return settings.secret_key
    if settings.environment == "production":
        raise KeyMissing("ORKESTA_SECRET_KEY is required in production: set it to a long random text and keep it")
    return _generated(settings.home / "secret_key")


def _generated(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text().strip()
