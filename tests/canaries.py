"""Plants a canary in every value of a payload: a text that occurs nowhere else, so that any leak of it is found."""

import json
import re
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode

_numbers = count(1)
# What a parser decides by, and times: with a canary in them the rest of the payload would not be read.
STRUCTURE = {
    "type", "object", "field", "status", "event", "messaging_product", "date", "timestamp", "time", "watermark",
    "NumMedia", "MessageType", "MessageStatus", "SmsStatus", "OptOutType", "ButtonType", "ApiVersion", "EventType",
    "language_code", "mime_type", "mime", "reaction_type", "action", "new_chat_member", "old_chat_member", "headers",
    "MediaContentType0", "MediaContentType1", "ChannelToAddress", "is_echo", "currency", "payload_type", "from_me",
}  # fmt: skip
NUMBER = re.compile(r"^(?:whatsapp:)?\+?\d{6,}$")


class Canaries:
    """Mints canaries and remembers all of them."""

    def __init__(self) -> None:
        self.minted: set[str] = set()

    def word(self, beginning: str = "") -> str:
        """A text with a canary at its end."""
        return beginning + self._keep(f"kanari{next(_numbers):06d}")

    def digits(self) -> str:
        """A number as long as a phone or an id that nobody has."""
        return self._keep(f"5299731{next(_numbers):06d}")

    def found_in(self, text: str) -> set[str]:
        """The canaries that escaped."""
        return {canary for canary in self.minted if canary in text}

    def _keep(self, canary: str) -> str:
        self.minted.add(canary)
        return canary


class Planter:
    """Rewrites one payload; the same value gets the same canary, `kept` values and structure stay as they are."""

    def __init__(self, canaries: Canaries, kept: set[str], site: str) -> None:
        self._canaries, self._kept, self._site = canaries, kept, site
        self._given: dict[Any, Any] = {}

    def json(self, body: bytes) -> bytes:
        return json.dumps(self.value(json.loads(body))).encode()

    def form(self, body: bytes) -> bytes:
        pairs = parse_qsl(body.decode(), keep_blank_values=True)
        return urlencode([(name, self.value(value, name)) for name, value in pairs]).encode()

    def value(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self.value(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, name) for item in value]
        if name in STRUCTURE or value in self._kept or str(value) in self._kept:
            return value
        if isinstance(value, str | int) and not isinstance(value, bool):
            key = str(value).removeprefix("whatsapp:").removeprefix("+")
            return self._shaped(value, self._given.setdefault(key, self._canaries.digits()))
        return value

    def _shaped(self, value: str | int, digits: str) -> str | int:
        """The canary in the shape of the value: number, address, link or text."""
        if isinstance(value, int):
            return int(digits) if value > 1_000_000 else value
        if NUMBER.match(value):
            return re.sub(r"\d+", digits, value)
        if value.startswith(("http://", "https://")):
            return f"{self._site}/{digits}"
        if value.startswith("{"):
            return json.dumps(self.value(json.loads(value)))
        return f"{value} {digits}" if value else value
