"""`orkesta up`: the whole system on this machine, under one supervisor."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import typer

from cli.output import LogJson
from cli.ports import Place, places_of
from cli.supervisor import Child, say
from cli.terminal import own_terminal
from core.errors import OrkestaError
from core.settings import Settings
from storage import embedded
from storage.first_user import FIRST, first_password

WATCH_SECONDS = 0.25

app = typer.Typer()


class NotPrepared(OrkestaError):
    """The database could not be brought up to date."""


@app.command()
def up(as_json: LogJson = False) -> None:
    """Run everything here: servers, API, control tower, emulator and workers."""
    with own_terminal():
        asyncio.run(_until_stopped(Settings()))


async def _until_stopped(settings: Settings) -> None:
    running = asyncio.ensure_future(_run(settings))

    def stop() -> None:
        if not running.cancelling():  # a second signal must not interrupt the orderly stop
            say("orkesta", "stopping")
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    with suppress(asyncio.CancelledError):
        await running
    say("orkesta", "stopped")


async def _run(settings: Settings) -> None:
    use = {"postgres": not settings.database_url, "redis": not settings.redis_url}
    places = places_of(settings)
    async with embedded.servers(settings.home, **use) as servers:
        with ExitStack() as sockets:
            listening = {name: sockets.enter_context(await place.listen()) for name, place in places.items()}
            environment = _environment(settings, servers)
            await _prepare(environment)
            async with asyncio.TaskGroup() as group:
                for child in _children(settings, environment, listening):
                    group.create_task(child.keep_running())
                for server in (servers.postgres, servers.redis):
                    if use[server.name]:
                        group.create_task(_keep_server(server))
                await _announce(places, environment)


def _environment(settings: Settings, servers: embedded.Servers) -> dict[str, str]:
    return {
        **os.environ,
        "ORKESTA_HOME": str(settings.home.resolve()),
        "DATABASE_URL": settings.database_url or servers.dsn,
        "REDIS_URL": settings.redis_url or servers.redis_url,
    }


def _children(
    settings: Settings, environment: Mapping[str, str], listening: Mapping[str, socket.socket]
) -> Iterator[Child]:
    counts = dict.fromkeys(listening, 1) | {"api": settings.api_processes, "worker": settings.workers}
    for role, count in counts.items():
        for number in range(1, count + 1):
            name = role if count == 1 else f"{role}-{number}"
            if role not in listening:
                yield Child(name, command_line(role), environment)
                continue
            # The supervisor keeps the socket: while a killed API starts again, its callers wait instead of failing.
            handle = listening[role].fileno()
            yield Child(name, command_line(role), {**environment, "ORKESTA_LISTEN_FD": str(handle)}, (handle,))


def command_line(*arguments: str) -> tuple[str, ...]:
    """The same program as this one, with another command."""
    started_as_module = sys.argv[0].endswith("__main__.py")
    return (sys.executable, *(("-m", "cli") if started_as_module else (sys.argv[0],)), *arguments)


async def _prepare(environment: Mapping[str, str]) -> None:
    """Migrate and load the demo tenants, in processes of their own: the supervisor stays small."""
    await _once(environment, "migrate")
    if Settings().environment != "production":
        await _once(environment, "demo", "load")


async def _once(environment: Mapping[str, str], *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command_line(*arguments), env=environment, stdin=asyncio.subprocess.DEVNULL
    )
    try:
        status = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if status:
        raise NotPrepared("the system could not be prepared: see the message above")


async def _keep_server(server: embedded.Server) -> None:
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if server.running:
            continue
        say(server.name, "ended, starting again")
        try:
            await server.start()
        except (embedded.EmbeddedServerError, TimeoutError) as error:
            say(server.name, str(error))


async def _announce(places: Mapping[str, Place], environment: Mapping[str, str]) -> None:
    """Print the line that people and scripts wait for, when every process answers."""
    await asyncio.gather(*(place.until_answers() for place in places.values()))
    if Settings().environment != "production":
        await _once(environment, "demo", "register")
    urls = "  ".join(f"{place.label} {place.url}" for place in places.values())
    sys.stdout.write(f"\norkesta is ready  {urls}\n{_way_in(environment)}\n")
    sys.stdout.flush()


def _way_in(environment: Mapping[str, str]) -> str:
    password = first_password(Path(environment["ORKESTA_HOME"]))
    return f"control tower: sign in as {FIRST}, the password is in {password}\n" if password.exists() else ""
