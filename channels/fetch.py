"""Downloads what a customer sent, from allowed hosts at public addresses only, within a size, and never with a
credential on a foreign host.

MediaError
├── MediaRefused   never: wrong host or address, too large, no https
├── MediaExpired   the link is no longer good: ask the provider for a new one
└── MediaFailed    not now: network, time, a fault of the server
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from channels.base import MediaRequest
from channels.sniff import media_type
from core.errors import OrkestaError
from core.messages import Account, Struct

MOST_BYTES = 100 * 1024 * 1024  # the largest file that any of the channels takes
CHUNK_BYTES = 256 * 1024
REDIRECTS = 3
TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=5, sock_read=20)
# Only what the provider wrote is wanted: a compressed answer could grow beyond every limit.
PLAIN = {"Accept-Encoding": "identity", "User-Agent": "orkesta"}

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")  # of IPv6 the rest is local, reserved, or carries an IPv4 address
# Special ones that `is_global` takes for public, or did in some Python that we run on.
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")))

Write = Callable[[bytes], Awaitable[None]]


class MediaError(OrkestaError):
    """A download that brought nothing; `code` says why."""


class MediaRefused(MediaError):
    """This will never be fetched."""


class MediaExpired(MediaError):
    """The link is no longer good."""


class MediaFailed(MediaError):
    """It may work later."""


class Fetched(Struct, frozen=True):
    """What was downloaded."""

    mime: str
    size: int


def is_public(address: str) -> bool:
    """Tell whether an IP address is one that anybody may serve: not this machine, not our network, not metadata."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip in _NAT64:  # the way to an IPv4 address: that one counts
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip not in _UNICAST or ip.sixtofour or ip.teredo:  # nobody serves a file through an old tunnel
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in special for special in _SPECIAL)


class PublicResolver(AbstractResolver):
    """Resolves names and keeps only public addresses: those that the connection is then made to."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = [result for result in await self._inner.resolve(host, port, family) if is_public(result["host"])]
        if not found:
            raise MediaRefused("the host has no public address", code="media:private_address")
        return found

    async def close(self) -> None:
        await self._inner.close()


@dataclass(frozen=True)
class Downloader:
    """Two sessions: one that reaches public addresses only, one for a sandbox's own provider."""

    public: aiohttp.ClientSession
    sandbox: aiohttp.ClientSession
    most_bytes: int = MOST_BYTES

    async def fetch(self, wanted: MediaRequest, account: Account, write: Write) -> Fetched:
        """Stream the file into `write`; raises a MediaError, or what `write` raises."""
        try:
            async with asyncio.timeout(TIMEOUT.total):
                return await self._follow(wanted, account, write)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise MediaFailed(f"the download broke off: {type(error).__name__}", code="media:network") from None

    async def _follow(self, wanted: MediaRequest, account: Account, write: Write) -> Fetched:
        url, headers = _url(wanted.url), dict(wanted.headers)
        for _ in range(REDIRECTS + 1):
            if not url.absolute:
                raise MediaRefused("the link names no host", code="media:scheme")
            session = self._session(url, wanted, account)
            async with session.get(url, headers={**PLAIN, **headers}, allow_redirects=False, timeout=TIMEOUT) as answer:
                if answer.status not in (301, 302, 303, 307, 308):
                    return await self._take(answer, write)
                target = url.join(_url(answer.headers.get("Location", "")))
            if not target.absolute or target.origin() != url.origin():
                headers = {}  # credentials are for the first host only
            url = target
        raise MediaRefused("too many redirects", code="media:redirects")

    def _session(self, url: URL, wanted: MediaRequest, account: Account) -> aiohttp.ClientSession:
        if account.sandbox and account.api_base and url.origin() == _url(account.api_base).origin():
            return self.sandbox
        host = (url.host or "").rstrip(".").lower()
        if url.scheme != "https" or url.port != 443 or url.user or url.password:
            raise MediaRefused("only plain https links are fetched", code="media:scheme")
        if not any(host == allowed or host.endswith(f".{allowed}") for allowed in wanted.hosts):
            raise MediaRefused("the host is not one of the provider's", code="media:host")
        if _is_literal(host) and not is_public(host):  # such a host is never resolved
            raise MediaRefused("the address is not public", code="media:private_address")
        return self.public

    async def _take(self, answer: aiohttp.ClientResponse, write: Write) -> Fetched:
        if answer.status in (401, 403, 404, 410):
            raise MediaExpired(f"the link answers {answer.status}", code="media:expired")
        if answer.status != 200:
            raise MediaFailed(f"the link answers {answer.status}", code="media:status")
        if (answer.content_length or 0) > self.most_bytes:
            raise MediaRefused("the file is too large", code="media:too_large")
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise MediaRefused("the file comes compressed", code="media:encoding")
        size, head = 0, b""
        async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
            size += len(chunk)
            if size > self.most_bytes:
                raise MediaRefused("the file is too large", code="media:too_large")
            head = head if len(head) >= 512 else head + chunk[:512]
            await write(chunk)
        return Fetched(mime=media_type(head, answer.headers.get("Content-Type", "")), size=size)


def _url(text: str) -> URL:
    try:
        url = URL(text)
        _ = url.port  # a wrong port shows itself only here
    except ValueError:
        raise MediaRefused("the link is not a URL", code="media:url") from None
    return url


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@asynccontextmanager
async def open_downloader(
    *, resolver: AbstractResolver | None = None, most_bytes: int = MOST_BYTES
) -> AsyncIterator[Downloader]:
    """Open the sessions; `resolver` looks names up, before the rule about public addresses."""
    guarded = aiohttp.TCPConnector(resolver=PublicResolver(resolver or ThreadedResolver()), limit=32)
    jar = aiohttp.DummyCookieJar()
    async with (
        aiohttp.ClientSession(connector=guarded, cookie_jar=jar, auto_decompress=False) as public,
        aiohttp.ClientSession(cookie_jar=jar, auto_decompress=False) as sandbox,
    ):
        yield Downloader(public, sandbox, most_bytes)
