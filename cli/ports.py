"""Listening sockets that the supervisor binds for its children, and asking over HTTP whether somebody answers."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass

from core.errors import OrkestaError
from core.settings import Settings

BIND_SECONDS = 5  # the children of a killed supervisor may hold the port for a moment
BACKLOG = 2048


class PortTaken(OrkestaError):
    """Another program listens there."""

    code = "port_taken"


@dataclass(frozen=True)
class Place:
    """Where one of our HTTP servers listens."""

    host: str
    port: int
    variable: str  # the environment variable that moves it
    label: str = ""
    ready_path: str = "/"  # answers with a success once the process can work

    @property
    def url(self) -> str:
        """The address to open on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def listen(self) -> socket.socket:
        """Bind and listen; raises PortTaken."""
        listening = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deadline = asyncio.get_running_loop().time() + BIND_SECONDS
        while (error := self._bind(listening)) and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.2)
        if error:
            listening.close()
            raise PortTaken(
                f"cannot listen on {self.host}:{self.port} ({error.strerror}): stop the program that uses it, "
                f"or choose another port with {self.variable}"
            )
        return listening

    def _bind(self, listening: socket.socket) -> OSError | None:
        try:
            listening.bind((self.host, self.port))
            listening.listen(BACKLOG)
        except OSError as error:
            return error
        return None

    async def answers(self) -> bool:
        """Ask once; True for a success or a redirect."""
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        with suppress(OSError, TimeoutError, ValueError):
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
                request = f"GET {self.ready_path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode())
                line = await reader.readline()
                writer.close()
                return 200 <= int(line.split()[1]) < 400 if line else False
        return False

    async def until_answers(self) -> None:
        """Return when somebody answers there."""
        while not await self.answers():
            await asyncio.sleep(0.1)


def places_of(settings: Settings) -> dict[str, Place]:
    """Every process that answers HTTP, by the name of its command."""
    return {
        "api": Place(settings.host, settings.port, "ORKESTA_PORT", "API", "/health/ready"),
        "tower": Place(settings.host, settings.tower_port, "ORKESTA_TOWER_PORT", "control tower", "/health"),
        "emulator": Place(settings.host, settings.emulator_port, "ORKESTA_EMULATOR_PORT", "emulator", "/health"),
    }
