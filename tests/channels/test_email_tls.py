"""Mail goes out over TLS: a password never in the clear, never to a server whose certificate nobody vouches for."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.email import Email
from core.errors import AccountStopped, DeliveryError, Transient
from core.messages import Account, Part, Recipient

HOST = "127.0.0.2"  # loopback, but not one of the names that may be spoken to in the clear
TO = Recipient(peer="ana@mail.test", our_id="7")


class Mailbox:
    """What a mail server got."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.lines: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        assert session.ssl or server.transport.get_extra_info("ssl_object")
        self.mails.append(envelope.content)
        return "250 OK"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=True)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of HOST that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(pem))
    return tmp_path / "cert.pem"


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine vouches for the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@asynccontextmanager
async def server(
    certificate: Path, *, at_once: bool = False, offered: bool = True, host: str = HOST
) -> AsyncIterator[tuple[Mailbox, int]]:
    """A mail server with TLS from the first byte (smtps), or offered by STARTTLS, or without."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    box = Mailbox()

    def protocol() -> SMTP:
        starttls = {"tls_context": context, "require_starttls": True} if offered and not at_once else {}
        return SMTP(box, hostname="mail.test", authenticator=box.login, auth_require_tls=False, **starttls)

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(protocol, host, 0, ssl=context if at_once else None)
    async with listening:
        yield box, listening.sockets[0].getsockname()[1]


async def send(url: str) -> str:
    secrets = {"smtp_url": url, "webhook_secret": "s"}
    account = Account(id="a:email:b", tenant="a", channel="email", address="shop@example.test", secrets=secrets)
    async with aiohttp.ClientSession() as http:
        return await Email().deliver(Part(text="hola"), TO, account, http)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("scheme", "at_once"), [("smtps", True), ("smtp", False)])
async def test_a_mail_and_its_password_go_over_tls(certificate: Path, scheme: str, at_once: bool) -> None:
    async with server(certificate, at_once=at_once) as (box, port):
        sent = await send(f"{scheme}://shop:p%40ss%2Fword@{HOST}:{port}")
    assert sent.startswith("<orkesta.7.")
    assert box.logins == [(b"shop", b"p@ss/word")]
    assert len(box.mails) == 1


@pytest.mark.parametrize(("scheme", "at_once"), [("smtps", True), ("smtp", False)])
async def test_a_certificate_that_nobody_vouches_for_gets_no_password(
    certificate: Path, scheme: str, at_once: bool
) -> None:
    async with server(certificate, at_once=at_once) as (box, port):
        with pytest.raises(DeliveryError) as caught:
            await send(f"{scheme}://shop:password@{HOST}:{port}")
    assert isinstance(caught.value, Transient | AccountStopped)
    assert (box.logins, box.mails) == ([], [])
    assert "password" not in str(caught.value)


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_of_another_host_gets_no_password(certificate: Path) -> None:
    async with server(certificate, at_once=True, host="127.0.0.3") as (box, port):
        with pytest.raises(DeliveryError):
            await send(f"smtps://shop:password@127.0.0.3:{port}")
    assert (box.logins, box.mails) == ([], [])


async def test_a_server_without_tls_gets_no_password_and_the_account_is_stopped(certificate: Path) -> None:
    async with server(certificate, offered=False) as (box, port):
        with pytest.raises(AccountStopped):
            await send(f"smtp://shop:password@{HOST}:{port}")
    assert (box.logins, box.mails) == ([], [])
