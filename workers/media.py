"""The media lane: fetches what customers sent into our own store, at once and beside the conversations."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

import asyncpg

from channels.base import MediaRequest
from channels.fetch import Downloader, Fetched, MediaExpired, MediaFailed, MediaRefused, open_downloader
from channels.registry import CHANNELS
from core.errors import AccountStopped, DeliveryError, NotFound, OrkestaError, Transient, Unavailable, UnknownOutcome
from core.messages import Account
from storage import media
from storage.accounts import Accounts
from storage.media import DueFile
from storage.media_store import MediaStore
from storage.resources import OUTAGES, Resources

log = logging.getLogger("orkesta.media")
TOGETHER = 8  # files fetched at the same time by one process
IDLE_SECONDS = 1.0
LEASE_SECONDS = 20.0  # renewed while a file is fetched: that of a killed process is fetched again after this
RENEW_SECONDS = 5.0
BACK_OFF_SECONDS = (2, 10, 60, 300, 1800)  # between attempts; then the file is given up
STOPPED_SECONDS = 600.0  # an account without valid credentials


class Lane:
    """Fetches one file after the other; any number of processes may do so."""

    def __init__(self, resources: Resources, accounts: Accounts, downloader: Downloader) -> None:
        self._resources, self._accounts, self._downloader = resources, accounts, downloader
        self.store = MediaStore(resources.settings.home)

    async def take(self, file: DueFile) -> None:
        """Fetch one file and write down what became of it."""
        try:
            account = await self._accounts.get(file.account_id)
            if CHANNELS[account.channel].inline_media:
                await self._found(file)
            else:
                await self._fetch(file, account)
        except (MediaRefused, NotFound) as error:
            await media.give_up(self._resources, file, error=error.code)
        except Unavailable as error:  # our own disk is full: no fault of the file
            log.error("media.store_full", extra={"tenant": file.tenant})
            await self._later(file, error, seconds=error.retry_after, free=True)
        except AccountStopped as error:
            await self._later(file, error, seconds=STOPPED_SECONDS, free=True)
        except Transient as error:
            await self._later(file, error, seconds=error.retry_after, free=error.free)
        except (MediaExpired, MediaFailed, UnknownOutcome) as error:  # a look-up may be repeated
            await self._later(file, error)
        except DeliveryError as error:
            await media.give_up(self._resources, file, error=error.code)

    async def _found(self, file: DueFile) -> None:
        """The bytes came with the message, and were stored before it."""
        key, mime = file.attachment.ref or "", file.attachment.mime or "application/octet-stream"
        if self.store.holds(key):
            await media.keep(self._resources, file, key=key, mime=mime, size=file.attachment.size or 0)
        else:
            await media.give_up(self._resources, file, error="media:lost")

    async def _link(self, file: DueFile, account: Account) -> MediaRequest | None:
        channel = CHANNELS.get(account.channel)
        return await channel.media(file.attachment, account, self._resources.http) if channel else None

    async def _fetch(self, file: DueFile, account: Account) -> None:
        """Download; a link that has just expired is asked for once more."""
        wanted = await self._link(file, account)
        if wanted is None:
            await media.give_up(self._resources, file, error="media:no_link")
            return
        try:
            key, found = await self._download(wanted, account)
        except MediaExpired:
            again = await self._link(file, account)
            if again is None or again == wanted:
                raise
            key, found = await self._download(again, account)
        differs = file.attachment.sha256 not in (None, key)
        error = "media:digest_differs" if differs else None
        await media.keep(self._resources, file, key=key, mime=found.mime, size=found.size, error=error)

    async def _download(self, wanted: MediaRequest, account: Account) -> tuple[str, Fetched]:
        async with self.store.incoming() as incoming:
            found = await self._downloader.fetch(wanted, account, incoming.write)
            return await incoming.commit(), found

    async def _later(
        self, file: DueFile, error: OrkestaError, *, seconds: float | None = None, free: bool = False
    ) -> None:
        if not free and file.attempts > len(BACK_OFF_SECONDS):
            await media.give_up(self._resources, file, error=error.code)
            return
        wait = BACK_OFF_SECONDS[min(file.attempts, len(BACK_OFF_SECONDS)) - 1] if seconds is None else seconds
        await media.postpone(self._resources, file, seconds=wait, error=error.code, free=free)


async def run(resources: Resources) -> None:
    """Fetch due files until cancelled; an outage of PostgreSQL only delays the next look."""
    async with open_downloader() as downloader:
        lane = Lane(resources, Accounts(resources), downloader)
        await asyncio.to_thread(lane.store.sweep)
        await work(resources, lane.take)


async def work(resources: Resources, take: Callable[[DueFile], Awaitable[None]]) -> None:
    """Hand due files to `take`, several at the same time: a slow one holds up none of the others."""
    tasks: dict[asyncio.Task[None], DueFile] = {}
    renewing = asyncio.create_task(_renew(resources, tasks))
    try:
        while True:
            files = await _claim(resources, TOGETHER - len(tasks))
            tasks.update({asyncio.create_task(_guarded(resources, take, file)): file for file in files})
            if tasks:
                wait = None if len(tasks) == TOGETHER else IDLE_SECONDS
                done, _ = await asyncio.wait(tasks, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del tasks[task]
            else:
                await asyncio.sleep(IDLE_SECONDS)
    finally:
        for task in (renewing, *tasks):
            task.cancel()
        await asyncio.gather(renewing, *tasks, return_exceptions=True)


async def _renew(resources: Resources, held: Mapping[asyncio.Task[None], DueFile]) -> None:
    """Keep the leases of what is under way. One that lapses in an outage costs a second download, nothing else."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            if held:
                await media.renew(resources, list(held.values()), lease_seconds=LEASE_SECONDS)
        except (asyncpg.PostgresError, *OUTAGES) as fault:
            log.warning("media.renew_failed", extra={"fault": type(fault).__name__})


async def _claim(resources: Resources, most: int) -> list[DueFile]:
    try:
        return await media.claim(resources, most=most, lease_seconds=LEASE_SECONDS) if most else []
    except (asyncpg.PostgresError, *OUTAGES) as fault:
        log.warning("media.claim_failed", extra={"fault": type(fault).__name__})
        return []


async def _guarded(resources: Resources, take: Callable[[DueFile], Awaitable[None]], file: DueFile) -> None:
    try:
        await take(file)
    except asyncio.CancelledError:  # this process stops: another one may go on at once
        await media.postpone(resources, file, seconds=0, error="media:stopped", free=True)
        raise
    except Exception as fault:  # the lease lapses and the file is tried again; the lane itself goes on
        log.warning("media.failed", extra={"fault": type(fault).__name__, "message_id": file.message_id})
