"""A mail server that accepts the tenants' mail, keeps it for the outbox, and greylists or refuses on demand."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from core.messages import Account
from emulator.faults import Fault
from emulator.outbox import Entry
from emulator.world import World

ANSWERS = {
    "greylist": "451 4.7.1 Greylisted, please try again later",
    "reject": "550 5.1.1 The email account that you tried to reach does not exist",
    "429": "421 4.7.0 Too many messages, try again later",
    "500": "451 4.3.0 Internal error",
    "503": "421 4.3.2 Service not available",
}
STATES = {
    "blocked": "550 5.7.1 Message refused by recipient",
    "unknown": ANSWERS["reject"],
    "deactivated": ANSWERS["reject"],
}
log = logging.getLogger("orkesta.emulator")


class Postman:
    """aiosmtpd's hooks: one call per SMTP command."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pending: dict[int, Fault] = {}

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The sender must be a registered account."""
        if self._owner(address) is None:
            return "550 5.7.1 Sender address is not known here"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Faults and unreachable contacts show at this step, as with real servers."""
        owner = self._owner(envelope.mail_from or "")
        tenant = owner.tenant if owner else ""
        fault = self._world.faults.take("smtp", "rcpt", tenant, address)
        state = self._world.contacts.get((tenant, "email", address.lower()))
        if fault and fault.kind in ANSWERS:
            return ANSWERS[fault.kind]
        if state in STATES:
            return STATES[state]
        if fault:
            self._pending[id(envelope)] = fault  # shows when the mail itself comes
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail, one entry for each recipient."""
        fault = self._pending.pop(id(envelope), None)
        kind = fault.kind if fault else ""
        if fault and kind == "slow":
            await asyncio.sleep(fault.delay_ms / 1000)
        if kind == "timeout":
            await asyncio.sleep(120)
            return ANSWERS["503"]
        account = self._owner(envelope.mail_from or "")
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail = message_from_bytes(content, policy=policy.default)
        if account is not None and isinstance(mail, EmailMessage):
            for address in envelope.rcpt_tos:
                self._world.deliver(_entry(mail, account, address, self._world.now()))
        if kind == "drop_response" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 OK: queued"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """User and password of the registered account's own smtp_url."""
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        given = (data.login.decode(), data.password.decode())
        known = {_credentials(account) for account in self._world.accounts.all() if account.channel == "email"}
        return AuthResult(success=given in known)

    def _owner(self, address: str) -> Account | None:
        for account in self._world.accounts.all():
            own = str(account.settings.get("from") or account.address)
            if account.channel == "email" and parseaddr(own)[1].lower() == address.lower():
                return account
        return None


def _entry(mail: EmailMessage, account: Account, address: str, now: float) -> Entry:
    part = mail.get_body(preferencelist=("plain", "html"))
    text = part.get_content().replace("\r\n", "\n").rstrip() if part is not None else ""
    headers = {name: str(mail[name]) for name in ("From", "To", "Subject", "In-Reply-To", "References") if mail[name]}
    return Entry(
        id=str(mail["Message-ID"] or ""),
        tenant=account.tenant,
        channel="email",
        account=account.id,
        to=address,
        text=text,
        at=now,
        raw=msgspec.Raw(msgspec.json.encode(headers)),
        status="delivered",
        kind="email",
    )


def _credentials(account: Account) -> tuple[str, str]:
    url = urlsplit(account.secrets.get("smtp_url", ""))
    return unquote(url.username or ""), unquote(url.password or "")


@asynccontextmanager
async def listening(world: World, host: str, port: int) -> AsyncIterator[int]:
    """Accept mail on this port (0: any free one) for as long as the context lasts; yields the port."""
    postman = Postman(world)

    def protocol() -> SMTP:
        return SMTP(
            postman,
            hostname="mail.emulator.test",
            enable_SMTPUTF8=True,
            authenticator=postman.login,
            auth_require_tls=False,
        )

    try:
        server = await asyncio.get_running_loop().create_server(protocol, host, port)
    except OSError as error:  # somebody else's mail server: the other providers work all the same
        log.warning("the emulator accepts no mail: port %s cannot be used (%s)", port, error.strerror)
        yield 0
        return
    async with server:
        yield int(server.sockets[0].getsockname()[1])
