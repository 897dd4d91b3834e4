"""`orkesta doctor`: what is wrong, in words, and how to mend it."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import asyncpg
import typer
from redis.exceptions import RedisError

from cli.output import AsJson, show
from cli.ports import places_of
from cli.system import addresses
from core.errors import ModelError, OrkestaError
from core.settings import Settings
from llm.groq import Groq
from storage import accounts, catalog_changes, model_health, resources, sweep, tenants
from storage.resources import Resources

FREE_BYTES = 1_000_000_000
OLDEST_SECONDS = 10
MODELS_SECONDS = 8.0
_MENDS = {
    "auth": "the key is refused: see GROQ_API_KEY and AZURE_OPENAI_KEY, then restart the workers",
    "model_gone": "name one that exists: ORKESTA_LLM_MODEL_SMALL, …_LARGE, …_TRANSCRIPTION, AZURE_OPENAI_DEPLOYMENT",
}
NEXT = "the next tier answers meanwhile"
_MEANWHILE = {"embeddings": "products are found by words meanwhile"}

app = typer.Typer()


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `mend` says what to do about it, and is empty when it is well."""

    about: str
    fact: str
    mend: str = ""


@app.command()
def doctor(
    only: Annotated[str, typer.Option(metavar="ABOUT", help="Look at one thing, such as workers.")] = "",
    as_json: AsJson = False,
) -> None:
    """Look at everything and say how to mend what is wrong. Exit status 1 if anything is."""
    found = [finding for finding in asyncio.run(_all(Settings())) if only in ("", finding.about)]
    text = "\n".join(
        f"{'!!' if each.mend else 'ok'}  {each.about:<12}{each.fact}" + (f"\n    {each.mend}" if each.mend else "")
        for each in found
    )
    show([asdict(each) for each in found], as_json, text or f"doctor knows nothing about {only!r}")
    if not found or any(each.mend for each in found):
        raise typer.Exit(1)


async def _all(settings: Settings) -> list[Finding]:
    found = [*_machine(settings), *_addresses(settings)]
    running = [await place.answers() for place in places_of(settings).values()]
    for place, answers in zip(places_of(settings).values(), running, strict=True):
        found.append(await _port(place.label, place.port, place.variable, answers))
    try:
        async with addresses(settings) as filled, resources.open(filled, "orkesta-doctor", pool_size=2) as opened:
            expected = any(running) or bool(settings.database_url)  # with servers of its own, a fleet works on them
            found += [finding async for finding in _system(opened, expected)]
    except (OrkestaError, OSError, asyncpg.PostgresError, TimeoutError) as error:
        mend = "check DATABASE_URL, or read the log in ORKESTA_HOME/log"
        found.append(Finding("servers", f"PostgreSQL: {error}", mend))
    return found


def _machine(settings: Settings) -> Iterator[Finding]:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("python", f"Python {version}", "" if supported else "use Python 3.11, 3.12 or 3.13")
    home = settings.home.resolve()
    place = next(parent for parent in (home, *home.parents) if parent.exists())
    if not os.access(place, os.W_OK):
        yield Finding("home", f"{home} cannot be written", "give this user the directory, or set ORKESTA_HOME")
    free = shutil.disk_usage(place).free
    mend = "" if free > FREE_BYTES else "free some space: PostgreSQL stops when the disk is full"
    yield Finding("disk", f"{free / 1e9:.1f} GB free for {home}", mend)


def _addresses(settings: Settings) -> Iterator[Finding]:
    url = settings.public_url
    if not url:
        mend = "set it to the https address that providers call" if settings.environment == "production" else ""
        yield Finding("public url", "ORKESTA_PUBLIC_URL is not set: only sandbox tenants can work", mend)
    else:
        mend = "" if url.startswith("https://") else "providers call https only: put a TLS proxy in front"
        yield Finding("public url", url, mend)
    if settings.environment == "production" and not settings.secret_key:
        yield Finding("secret key", "ORKESTA_SECRET_KEY is not set", "set it to a long random text and keep it safe")
    yield Finding("models", ", ".join([*(name.title() for name in settings.model_tiers), "offline"]))


async def _port(label: str, port: int, variable: str, answers: bool) -> Finding:
    if answers:
        return Finding("ports", f"{label} answers on {port}")
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return Finding("ports", f"{port} is free for the {label}: start it with make up")
    writer.close()
    return Finding("ports", f"{port} is taken, and the {label} there is not ready", f"see its log, or set {variable}")


async def _system(opened: Resources, running: bool) -> AsyncIterator[Finding]:
    yield Finding("servers", f"PostgreSQL {await opened.pg.fetchval('SHOW server_version')} answers")
    try:
        await opened.redis.ping()
        yield Finding("servers", "Redis answers")
    except (RedisError, OSError) as error:
        yield Finding("servers", f"Redis: {error}", "check REDIS_URL; nothing is lost meanwhile, it only waits")
    checks: tuple[Callable[[Resources, bool], Awaitable[list[Finding]]], ...] = (_work, _models, _embeddings, _channels)
    for check in checks:
        try:
            for finding in await check(opened, running):
                yield finding
        except asyncpg.UndefinedTableError:
            yield Finding("migrations", "the database is older than this program", "run `orkesta migrate`")


async def _work(opened: Resources, running: bool) -> list[Finding]:
    waits = await sweep.backlog(opened)
    workers, oldest = int(waits["workers"]), waits["oldest_seconds"]
    mend = "start one: make up, or orkesta worker" if running and not workers else ""
    slow = "more workers (ORKESTA_WORKERS), or see their log" if running and oldest > OLDEST_SECONDS else ""
    return [
        Finding("workers", f"{workers} with a fresh heartbeat", mend),
        Finding("backlog", f"{waits['waiting']:.0f} wait, the oldest for {oldest:.0f} s", slow),
    ]


async def _models(opened: Resources, running: bool) -> list[Finding]:
    """What the workers found out, and whether Groq still has the configured models."""
    found = []
    for tier, breaker in (await model_health.breakers(opened)).items():
        if breaker["state"] == "open":
            fact = f"{tier} is not asked for {breaker['seconds']} s: {breaker['reason']}"
            found.append(Finding("models", fact, _MENDS.get(breaker["reason"], _MEANWHILE.get(tier, NEXT))))
    if "groq" not in opened.settings.model_tiers:
        return found
    groq = Groq(opened.settings)
    try:
        async with asyncio.timeout(MODELS_SECONDS):
            found += [Finding("models", f"Groq has no {name}", _MENDS["model_gone"]) for name in await groq.missing()]
    except ModelError as error:
        found.append(Finding("models", f"Groq: {error.code}", _MENDS.get(error.code, NEXT)))
    except TimeoutError:
        found.append(Finding("models", f"Groq does not answer within {MODELS_SECONDS:.0f} s", NEXT))
    finally:
        await groq.close()
    return found


async def _embeddings(opened: Resources, running: bool) -> list[Finding]:
    """How many catalogues are not embedded yet, where a model does that, and what keeps them."""
    if not (space := opened.settings.embedding_space):
        return []
    waiting, error = await catalog_changes.waiting(opened, space)
    if not waiting:
        return [Finding("embeddings", f"every catalogue is embedded by {space}")]
    fact = f"{waiting} catalogues wait to be embedded by {space}" + (f": {error}" if error else "")
    mend = "see the deployment, the key and ORKESTA_EMBEDDINGS_*; products are found by words meanwhile"
    return [Finding("embeddings", fact, mend if error else "")]


async def _channels(opened: Resources, running: bool) -> list[Finding]:
    found = []
    for tenant in await tenants.all_(opened):
        for account in await accounts.listed(opened, tenant.id):
            connect = f"orkesta channel connect … --tenant {tenant.id}"
            if account["stopped_reason"]:
                mend = f"mend it at the provider, then connect again: {connect}"
                found.append(Finding("channels", f"{account['id']} is stopped: {account['stopped_reason']}", mend))
    return found or [Finding("channels", "all connected channels are free to send")]
