"""The sandbox accounts and personas that the product registered; kept in memory and in one 0600 file."""

import os
from pathlib import Path
from typing import Any

import msgspec

from core.messages import Account, Struct

SHORTEST_SECRET = 6  # anything shorter would mask ordinary words
# The names that people may use for a channel, and the channels of accounts that each one can mean, best first.
ALIASES: dict[str, tuple[str, ...]] = {
    "whatsapp": ("whatsapp_cloud", "whatsapp_twilio"),
    "twilio": ("whatsapp_twilio", "sms"),
}


class Registration(Struct):
    """One account as `POST /emulator/accounts` receives it; `secrets` are those of core's Account."""

    tenant: str
    channel: str
    address: str
    secrets: dict[str, str] = {}
    public_url: str = ""
    settings: dict[str, Any] = {}
    name: str = ""  # how the business calls itself: bot name, WhatsApp display name
    personas: list[dict[str, Any]] = []

    def __post_init__(self) -> None:
        """Refuse a Telegram account whose bot could not be shown as a user of Telegram."""
        if self.channel == "telegram" and not (self.address.isascii() and self.address.isdecimal()):
            raise ValueError("address: of a Telegram account the bot's id, a number")

    def account(self) -> Account:
        """Build the account that the channels' `signature` functions take."""
        return Account(
            id=f"{self.tenant}:{self.channel}:{self.address}",
            tenant=self.tenant,
            channel=self.channel,
            address=self.address,
            secrets=self.secrets,
            settings={**self.settings, "name": self.name} if self.name else self.settings,
            public_url=self.public_url.rstrip("/"),
            sandbox=True,
        )


class Persona(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """A customer that the chat page can play; `hints` are sentences worth trying."""

    tenant: str
    name: str
    channel: str
    sender: str
    locale: str = "es"
    hints: tuple[str, ...] = ()


class Registrations(Struct):
    """The body of `POST /emulator/accounts`: a bare list of accounts is accepted as well."""

    accounts: list[Registration] = []
    personas: list[Persona] = []
    tenants: dict[str, str] = {}  # id → name shown on the page


class Accounts:
    """Finds an account by what a request carries: tenant and channel, a token, a provider's id."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._kept: dict[str, Registration] = {}
        self._accounts: dict[str, Account] = {}
        self.personas: dict[tuple[str, str, str], Persona] = {}
        self.tenants: dict[str, str] = {}
        self._by_secret: dict[tuple[str, str], list[Account]] = {}
        self._by_address: dict[tuple[str, str], Account] = {}

    def load(self) -> None:
        """Take up what an earlier run was told."""
        if self._file and self._file.exists():
            self._take(msgspec.json.decode(self._file.read_bytes(), type=Registrations))

    def register(self, body: bytes) -> int:
        """Add or replace accounts and personas; returns how many accounts are known now."""
        if body.lstrip().startswith(b"["):
            given = Registrations(accounts=msgspec.json.decode(body, type=list[Registration]))
        else:
            given = msgspec.json.decode(body, type=Registrations)
        self._take(given)
        self._save()
        return len(self._accounts)

    def all(self) -> list[Account]:
        """Every known account, in the order of registration."""
        return list(self._accounts.values())

    def find(self, tenant: str, channel: str, address: str = "") -> Account | None:
        """The tenant's account on a channel (`whatsapp` and `twilio` mean whichever exists)."""
        for name in ALIASES.get(channel, (channel,)):
            for account in reversed(self._accounts.values()):
                if (account.tenant, account.channel) == (tenant, name) and address in ("", account.address):
                    return account
        return None

    def by_address(self, channel: str, address: str) -> Account | None:
        """The account that owns this phone_number_id, bot id, Instagram id or number."""
        return self._by_address.get((channel, address))

    def by_secret(self, name: str, value: str) -> list[Account]:
        """The accounts whose secret `name` is `value`: how a provider knows its caller."""
        return self._by_secret.get((name, value), [])

    def secrets(self) -> set[str]:
        """Every secret value that must never be shown."""
        values = (value for account in self._accounts.values() for value in account.secrets.values())
        return {value for value in values if len(value) >= SHORTEST_SECRET}

    def clear(self) -> None:
        """Forget everything, on disk too."""
        self._kept.clear()
        self.personas.clear()
        self.tenants.clear()
        self._index()
        self._save()

    def _take(self, given: Registrations) -> None:
        for registration in given.accounts:
            self._kept[registration.account().id] = registration
            for persona in registration.personas:
                filled = {"tenant": registration.tenant, "channel": registration.channel, **persona}
                self._add_persona(msgspec.convert(filled, Persona))
        for known in given.personas:
            self._add_persona(known)
        self.tenants.update(given.tenants)
        self._index()

    def _add_persona(self, persona: Persona) -> None:
        self.personas[persona.tenant, persona.channel, persona.sender] = persona

    def _index(self) -> None:
        self._accounts = {key: kept.account() for key, kept in self._kept.items()}
        self._by_address = {(a.channel, a.address): a for a in self._accounts.values()}
        self._by_secret = {}
        for account in self._accounts.values():
            for name, value in account.secrets.items():
                self._by_secret.setdefault((name, value), []).append(account)

    def _save(self) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        whole = Registrations(
            accounts=list(self._kept.values()),
            personas=list(self.personas.values()),
            tenants=self.tenants,
        )
        part = self._file.with_suffix(".part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(msgspec.json.encode(whole))
        part.replace(self._file)
