"""What a channel is: `signature`, `parse` and `deliver` in one file; everything else has a default here."""

import hmac
from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import aiohttp

from channels.wire import storable
from core.errors import BadSignature, Unreadable
from core.messages import Account, Attachment, Event, Ignored, Part, Recipient, Request, Struct


class Limits(Struct, frozen=True):
    """What one provider message may hold; 0 means that the feature does not exist."""

    text: int
    unit: Literal["chars", "utf16", "bytes"] = "chars"
    caption: int = 0
    audio_caption: bool = True  # false: sound takes none, the text follows it
    choice_text: int = 0  # text beside buttons or a list; 0: as `text`
    buttons: int = 0
    button_title: int = 20
    button_id: int = 200  # bytes of UTF-8
    list_rows: int = 0
    list_title: int = 24
    list_description: int = 72
    media: bool = True
    templates: bool = False


class Pace(Struct, frozen=True):
    """Rates that the provider accepts: per account (and burst), per pair of account and recipient (and burst)."""

    account_per_second: float
    account_burst: int
    pair_per_second: float
    pair_burst: int


class MediaRequest(Struct, frozen=True):
    """How to fetch one attachment: only from `hosts` (suffix match), headers dropped on a redirect to another host."""

    url: str
    headers: dict[str, str] = {}
    hosts: tuple[str, ...] = ()


class Channel(ABC):
    """One provider's messaging API. Knows no database; the same object serves every tenant."""

    name: ClassVar[str]
    route: ClassVar[str] = ""  # `/webhooks/{route}/{tenant}`; several channels may share one, "" has none
    limits: ClassVar[Limits]
    pace: ClassVar[Pace]
    windowed: ClassVar[bool] = False  # free text only within 24 h of the customer's last message
    # How an unknown outcome is resolved: ask the provider, wait for a receipt or echo, or not at all.
    evidence: ClassVar[Literal["lookup", "receipt", "none"]] = "none"
    # Attachments come with their bytes, in `data["base64"]`: they go into the media store before the message is stored.
    inline_media: ClassVar[bool] = False
    over_http: ClassVar[bool] = True  # `deliver` uses the session given to it, which tells when a request leaves
    answer: ClassVar[tuple[str, bytes]] = ("application/json", b"{}")  # body of the 200 to a webhook

    @abstractmethod
    def signature(self, request: Request, account: Account) -> dict[str, str]:
        """Return the headers (lower case) that the provider adds to this request; empty: no secret configured."""

    @abstractmethod
    def parse(self, request: Request, account: Account) -> list[Event]:
        """Turn a verified request into events, in the provider's order. May raise anything."""

    def addresses(self, request: Request) -> tuple[str, ...]:
        """Name the account addresses in a payload, where the URL does not tell which account; never raises.

        Empty: none is named, or the payload is for another channel of the same route.
        """
        return ()

    @abstractmethod
    async def deliver(self, part: Part, to: Recipient, account: Account, http: aiohttp.ClientSession) -> str:
        """Send one provider message and return its id; raises a DeliveryError of core.errors."""

    def handshake(self, query: dict[str, str], account: Account) -> str | None:
        """Answer a GET verification, or None when it does not match."""
        return None

    async def lookup(self, part: Part, to: Recipient, account: Account, http: aiohttp.ClientSession) -> str | None:
        """Ask the provider whether this part was processed (evidence "lookup"): its id, or None if surely not."""
        return None

    async def seen(self, to: Recipient, account: Account, http: aiohttp.ClientSession) -> None:
        """Show that the message was read and an answer is being written; best effort, errors are of no matter."""

    async def media(self, attachment: Attachment, account: Account, http: aiohttp.ClientSession) -> MediaRequest | None:
        """Resolve an inbound attachment to a fetchable URL, or None when it has no bytes."""
        return None

    def verify(self, request: Request, account: Account) -> None:
        """Raise BadSignature unless the request carries what `signature` says; compares bytes, constant time."""
        try:
            expected = self.signature(request, account)
        except Exception as error:  # a request that cannot even be signed is not from the provider
            raise BadSignature(f"the request to {self.name} cannot be checked") from error
        if not expected:
            raise BadSignature(f"no secret is configured for {self.name}: connect the channel again")
        for name, value in expected.items():
            given = request.headers.get(name, "")
            if not value or not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), value.encode()):
                raise BadSignature(f"the {name} header is missing or does not match")

    def receive(self, request: Request, account: Account) -> list[Event]:
        """Verify, then read; raises BadSignature, or Unreadable for a signed body that cannot be read."""
        self.verify(request, account)
        return self.read(request, account)

    def read(self, request: Request, account: Account) -> list[Event]:
        """Parse a verified request: at least one event, each of its declared types and free of U+0000.

        Raises Unreadable.
        """
        try:
            events = self.parse(request, account)
            return [storable(self.name, event) for event in events] or [Ignored(name=f"{self.name}.empty")]
        except Exception as error:  # parsers may raise anything on hostile input: one typed error for all
            raise Unreadable(f"{self.name}: {type(error).__name__}") from error
