"""Media are fetched from the provider's hosts at public addresses only, and never more than the limit."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from channels import fetch as fetching
from channels.base import MediaRequest
from channels.fetch import Fetched, MediaExpired, MediaFailed, MediaRefused, is_public, open_downloader
from channels.sniff import media_type
from core.messages import Account

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 600
HOSTS = ("fbsbx.com",)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Names(AbstractResolver):
    """Resolves every name to one address, as an attacker's DNS may."""

    def __init__(self, address: str) -> None:
        self.address, self.asked = address, list[str]()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [ResolveResult(hostname=host, host=self.address, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is held."""


@asynccontextmanager
async def provider(answer: Handler) -> AsyncIterator[Account]:
    """A sandbox account whose provider is a server on loopback."""
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        yield Account(
            id="t", tenant="t", channel="c", address="a", sandbox=True, api_base=str(server.make_url("/graph"))
        )


async def fetch(
    url: str, account: Account, *, most: int = 10_000, headers: dict[str, str] | None = None, address: str = "127.0.0.1"
) -> tuple[Fetched, bytes]:
    got = bytearray()

    async def write(chunk: bytes) -> None:
        got.extend(chunk)

    async with open_downloader(resolver=Names(address), most_bytes=most) as downloader:
        wanted = MediaRequest(url=url, headers=headers or {}, hosts=HOSTS)
        return await downloader.fetch(wanted, account, write), bytes(got)


LIVE = Account(id="t", tenant="t", channel="c", address="a", api_base="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("192.168.0.1", False), ("172.16.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("0.0.0.0", False), ("224.0.0.1", False),
        ("::1", False), ("fe80::1%eth0", False), ("fd00:ec2::254", False), ("::ffff:169.254.169.254", False),
        ("2002:7f00:1::", False), ("64:ff9b::a9fe:a9fe", False), ("::", False), ("nonsense", False),
        ("::7f00:1", False), ("::ffff:0:127.0.0.1", False), ("64:ff9b:1::7f00:1", False), ("fec0::1", False),
        ("2002:808:808::1", False), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False), ("3fff::1", False),
        ("5f00::1", False), ("2001:db8::1", False), ("192.0.0.8", False), ("192.88.99.1", False),
        ("198.18.0.1", False), ("240.0.0.1", False), ("255.255.255.255", False), ("ff02::1", False),
        ("2130706433", False), ("0x7f000001", False), ("127.1", False), ("0177.0.0.1", False),
        ("::ffff:127.0.0.1%eth0", False), ("::ffff:8.8.8.8", True), ("64:ff9b::808:808", True), ("1.1.1.1", True),
    ],
)  # fmt: skip
def test_only_addresses_of_the_open_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://lookaside.fbsbx.com/x", "media:scheme"),
        ("https://lookaside.fbsbx.com:8443/x", "media:scheme"),
        ("https://user:pass@lookaside.fbsbx.com/x", "media:scheme"),
        ("file:///etc/passwd", "media:scheme"),
        ("https://evil.example.test/fbsbx.com", "media:host"),
        ("https://notfbsbx.com/x", "media:host"),
        ("https://fbsbx.com.evil.test/x", "media:host"),
        ("https://169.254.169.254/latest/meta-data", "media:host"),
        ("https://lookaside.fbsbx.com:99999/x", "media:url"),
        ("https://lookaside.fbsbx.com/x", "media:private_address"),  # its name resolves to loopback here
        ("https://lookaside.fbsbx.com./x", "media:private_address"),
    ],
)
async def test_a_link_that_is_not_the_providers_is_refused(url: str, code: str) -> None:
    with pytest.raises(MediaRefused) as raised:
        await fetch(url, LIVE)
    assert raised.value.code == code


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.1", "::ffff:127.0.0.1", "::1"])
async def test_a_name_that_resolves_to_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(MediaRefused, match="no public address"):
        await fetch("https://lookaside.fbsbx.com/x", LIVE, address=address)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::1]",
     "[::7f00:1]", "localhost", "127.0.0.1%25eth0", "\uff11\uff12\uff17.0.0.1"],
)  # fmt: skip
async def test_no_way_of_writing_an_address_leads_to_this_machine(host: str) -> None:
    """The system's own resolver is asked, and the provider is supposed to have named such a host."""
    async with open_downloader() as downloader:
        named = (host.strip("[]").rstrip("."), "127.0.0.1", "127.0.0.1%eth0", "localhost")
        with pytest.raises((MediaRefused, MediaFailed)):
            await downloader.fetch(MediaRequest(url=f"https://{host}/x", hosts=named), LIVE, lambda _: _never())


class Rebinding(Names):
    """Gives a public address once, then this machine's."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        self.address = "127.0.0.1"
        return found


async def test_a_name_that_changes_its_address_is_checked_each_time() -> None:
    names = Rebinding("127.0.0.1")
    names.address = "192.0.2.1"  # a documentation address: refused as well, and nobody is there
    async with open_downloader(resolver=names) as downloader:
        wanted = MediaRequest(url="https://lookaside.fbsbx.com/x", hosts=HOSTS)
        for _ in range(3):
            with pytest.raises(MediaRefused, match="no public address"):
                await downloader.fetch(wanted, LIVE, lambda _: _never())
    assert len(names.asked) == 3  # a refused answer is not remembered


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:1/x", "https://127.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/latest/meta-data",
     "//169.254.169.254/x", "file:///etc/passwd", "gopher://127.0.0.1/", "https://lookaside.fbsbx.com/x",
     "https://2130706433/x", "https://user@lookaside.fbsbx.com/x", "https://lookaside.fbsbx.com:22/x", "http://["],
)  # fmt: skip
async def test_a_redirect_is_judged_as_the_link_itself(target: str) -> None:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": target})

    async with provider(redirect) as account:
        with pytest.raises(MediaRefused):
            await fetch(account.api_base, account)


@pytest.mark.parametrize("announced", ["9" * 30, "100", None])
async def test_a_length_that_lies_brings_no_more_than_the_limit(announced: str | None) -> None:
    """A raw server: announces what it likes and writes without end."""
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        length = f"Content-Length: {announced}\r\n" if announced else ""
        writer.write(f"HTTP/1.1 200 OK\r\n{length}Content-Type: image/png\r\n\r\n".encode())
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"x" * 4096)
                await writer.drain()
                await asyncio.sleep(0)
        ended.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        account = Account(id="t", tenant="t", channel="c", address="a", sandbox=True, api_base=base)
        got = bytearray()

        async def write(chunk: bytes) -> None:
            got.extend(chunk)

        async with open_downloader(most_bytes=10_000) as downloader:
            with pytest.raises((MediaRefused, MediaFailed)):
                await downloader.fetch(MediaRequest(url=base), account, write)
        assert len(got) <= (100 if announced == "100" else 10_000)
        await asyncio.wait_for(ended.wait(), 10)


async def test_a_server_that_drips_is_left_after_the_whole_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", aiohttp.ClientTimeout(total=0.5, sock_read=20))

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while request.transport and not request.transport.is_closing():
                await response.write(b"x")
                await asyncio.sleep(0.02)
        return response

    async with provider(drip) as account:
        with pytest.raises(MediaFailed, match="TimeoutError"):
            await fetch(account.api_base, account)


async def test_a_literal_private_address_is_refused_even_when_the_provider_names_it() -> None:
    async with open_downloader() as downloader:
        wanted = MediaRequest(url="https://127.0.0.1/x", hosts=("127.0.0.1",))
        with pytest.raises(MediaRefused) as raised:
            await downloader.fetch(wanted, LIVE, lambda _: _never())
    assert raised.value.code == "media:private_address"


async def _never() -> None:
    raise AssertionError("nothing may be written")


async def test_a_sandbox_reaches_its_own_provider_and_sends_it_the_token() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer t-1"
        return web.Response(body=PNG, content_type="text/html")

    async with provider(answer) as account:
        url = account.api_base + "/file"
        found, got = await fetch(url, account, headers={"Authorization": "Bearer t-1"})
        assert (found, got) == (Fetched(mime="image/png", size=len(PNG)), PNG)
        live = Account(id="t", tenant="t", channel="c", address="a", api_base=account.api_base)
        with pytest.raises(MediaRefused):
            await fetch(url, live)


async def test_a_redirect_is_followed_and_loses_the_token_on_another_host() -> None:
    seen: list[str | None] = []

    async def cdn(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.Response(body=PNG)

    async with provider(cdn) as other:

        async def moved(request: web.Request) -> web.Response:
            seen.append(request.headers.get("Authorization"))
            if request.path == "/graph/same":
                raise web.HTTPFound("/graph/file")
            if request.path == "/graph/other":
                raise web.HTTPFound(other.api_base + "/file")
            return web.Response(body=PNG)

        async with provider(moved) as account:
            headers = {"Authorization": "Bearer t-1"}
            await fetch(account.api_base + "/same", account, headers=headers)
            assert seen == ["Bearer t-1", "Bearer t-1"]
            with pytest.raises(MediaRefused):  # the other server is on loopback and is not this account's provider
                await fetch(account.api_base + "/other", account, headers=headers)
            assert seen == ["Bearer t-1"] * 3


async def test_the_token_is_dropped_when_a_redirect_leaves_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str | None] = []

    async def cdn(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.Response(body=PNG)

    async with provider(cdn) as other:

        async def moved(request: web.Request) -> web.Response:
            seen.append(request.headers.get("Authorization"))
            raise web.HTTPFound(other.api_base + "/file")

        async with provider(moved) as account, open_downloader() as downloader:
            # Both servers are on loopback: for this test every host counts as the sandbox's provider.
            monkeypatch.setattr(type(downloader), "_session", lambda self, *_: self.sandbox)
            wanted = MediaRequest(url=account.api_base, headers={"Authorization": "Bearer t-1"})
            assert (await downloader.fetch(wanted, account, lambda _: _nothing())).mime == "image/png"
    assert seen == ["Bearer t-1", None]


async def _nothing() -> None:
    """Throw the bytes away."""


async def test_a_chain_of_redirects_ends() -> None:
    async def round_and_round(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.path)

    async with provider(round_and_round) as account:
        with pytest.raises(MediaRefused, match="redirects"):
            await fetch(account.api_base, account)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_over_the_limit_is_refused_while_it_streams(announced: bool) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if announced:
            return web.Response(body=b"x" * 20_000)
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for _ in range(40):
            await response.write(b"x" * 1000)
        return response

    async with provider(answer) as account:
        with pytest.raises(MediaRefused) as raised:
            await fetch(account.api_base, account)
        assert raised.value.code == "media:too_large"


@pytest.mark.parametrize(
    ("status", "error"), [(404, MediaExpired), (403, MediaExpired), (500, MediaFailed), (429, MediaFailed)]
)
async def test_the_status_says_whether_to_ask_for_a_new_link(status: int, error: type[Exception]) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status)

    async with provider(answer) as account:
        with pytest.raises(error):
            await fetch(account.api_base, account)


async def test_a_compressed_answer_is_refused() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b"x", headers={"Content-Encoding": "gzip"})

    async with provider(answer) as account:
        with pytest.raises(MediaRefused):
            await fetch(account.api_base, account)


async def test_a_connection_that_breaks_is_a_failure_for_now() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "5000"})
        await response.prepare(request)
        await response.write(b"x" * 10)
        assert request.transport
        request.transport.close()
        return response

    async with provider(answer) as account:
        with pytest.raises(MediaFailed):
            await fetch(account.api_base, account)


@pytest.mark.parametrize(
    ("head", "declared", "found"),
    [
        (PNG, "text/html", "image/png"),
        (b"\xff\xd8\xff\xe0", "", "image/jpeg"),
        (b"\0\0\0\x20ftypisom", "audio/mp4", "audio/mp4"),
        (b"\0\0\0\x20ftypisom", "image/png", "video/mp4"),
        (b"OggS", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"<html>", "image/jpeg", "application/octet-stream"),
        (b" \n<svg onload=x>", "image/svg+xml", "application/octet-stream"),
        (b"hello", "text/html; charset=utf-8", "application/octet-stream"),
        (b"MZ\x90", "application/pdf", "application/octet-stream"),
        (b"a,b", "text/csv", "text/csv"),
        (b"PK\3\4", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"x", "a b/<c>", "application/octet-stream"),
        (b"", "", "application/octet-stream"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_first_bytes_say(head: bytes, declared: str, found: str) -> None:
    assert media_type(head, declared) == found
