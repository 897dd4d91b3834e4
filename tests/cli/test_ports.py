"""Ports: a taken one is named with the variable that moves it; answering means a success."""

import asyncio
import socket

import pytest

from cli import ports
from cli.ports import Place, PortTaken


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "BIND_SECONDS", 0)


def place(port: int) -> Place:
    return Place("127.0.0.1", port, "ORKESTA_PORT", "API", "/health")


@pytest.mark.usefixtures("impatient")
async def test_a_taken_port_is_named_with_the_variable_that_moves_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(PortTaken, match="ORKESTA_PORT"):
        await place(other.getsockname()[1]).listen()


@pytest.mark.parametrize(("status", "ready"), [(200, True), (307, True), (404, False), (503, False)])
async def test_only_a_success_or_a_redirect_counts_as_ready(status: int, ready: bool) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(f"HTTP/1.1 {status} X\r\n\r\n".encode())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        assert await place(server.sockets[0].getsockname()[1]).answers() is ready


async def test_nobody_there_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert await place(port).answers() is False


def test_the_address_to_open_is_on_this_machine() -> None:
    assert [Place(host, 8000, "").url for host in ("0.0.0.0", "::", "10.0.0.5")] == [
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "http://10.0.0.5:8000",
    ]
