"""The media lane end to end: a stored message makes its files due, the lane fetches them into the store."""

import asyncio
import hashlib
import os
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.fetch import open_downloader
from core.errors import NotFound, Unavailable
from core.messages import Account, Attachment, Envelope, Sender
from storage import accounts, media
from storage.accounts import Accounts
from storage.inbox import Arrival, Inbox
from storage.media import StoredFile
from storage.media_store import MediaStore
from storage.resources import Resources
from workers.media import Lane, work

PHOTO = b"\xff\xd8\xff\xe0" + b"a photo" * 1000


class Provider:
    """Meta, as far as media go: ids become links, links become bytes."""

    def __init__(self) -> None:
        self.base = ""
        self.files: dict[str, bytes] = {"photo": PHOTO}
        self.links_given = 0
        self.first_good_link = 1  # the ones given before it have expired
        self.lookup_status = 200

    async def answer(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer t-1"
        *_, name = request.path.split("/")
        if "/v25.0/" in request.path:
            self.links_given += 1
            body = {"url": f"{self.base}/cdn/{self.links_given}/{name}"} if self.lookup_status == 200 else {}
            return web.json_response(body, status=self.lookup_status)
        number = int(request.path.split("/")[-2])
        if number < self.first_good_link or name not in self.files:
            return web.Response(status=404)
        return web.Response(body=self.files[name], content_type="image/jpeg")


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    found = Provider()
    app = web.Application()
    app.router.add_get("/{path:.*}", found.answer)
    async with TestServer(app) as server:
        found.base = str(server.make_url("/graph"))
        yield found


@pytest.fixture
async def account(resources: Resources, provider: Provider) -> Account:
    await resources.pg.execute(
        """INSERT INTO tenants (id, name, environment, currency, timezone, locale)
           VALUES ('t', 'T', 'sandbox', 'MXN', 'UTC', 'es')"""
    )
    return await connect(resources, provider, "whatsapp_cloud")


async def connect(resources: Resources, provider: Provider, channel: str) -> Account:
    secrets = {"access_token": "t-1"}
    account_id = await accounts.connect(
        resources, tenant="t", channel=channel, address="1", secrets=secrets, api_base=provider.base
    )
    return await Accounts(resources).get(account_id)


@asynccontextmanager
async def lane_of(resources: Resources) -> AsyncIterator[Lane]:
    async with open_downloader() as downloader:
        yield Lane(resources, Accounts(resources), downloader)


async def receive(resources: Resources, account: Account, *attachments: Attachment) -> int:
    envelope = Envelope(dedupe=os.urandom(8).hex(), sender=Sender(id="52155"), attachments=attachments)
    [stored] = await Inbox(resources).put([Arrival(account=account, envelope=envelope)])
    assert stored.message_id is not None
    return stored.message_id


async def fetch_due(resources: Resources) -> int:
    """Let the lane do all that is due now; returns how many files it took."""
    files = await media.claim(resources, most=100, lease_seconds=60)
    async with lane_of(resources) as lane:
        for file in files:
            await lane.take(file)
    return len(files)


async def rows(resources: Resources, message: int) -> list[StoredFile]:
    return await media.of_messages(resources.pg, [message])


async def test_a_photo_is_in_our_store_after_its_message(resources: Resources, account: Account) -> None:
    place = Attachment(kind="location", data={"latitude": 1, "longitude": 2})
    message = await receive(resources, account, place, Attachment(kind="image", ref="photo"))
    assert await fetch_due(resources) == 1
    key = hashlib.sha256(PHOTO).hexdigest()
    assert await rows(resources, message) == [
        StoredFile(message_id=message, index=1, status="stored", key=key, mime="image/jpeg", size=len(PHOTO))
    ]
    assert MediaStore(resources.settings.home).place(key).read_bytes() == PHOTO
    assert await fetch_due(resources) == 0


async def test_a_redelivered_message_makes_no_second_file(resources: Resources, account: Account) -> None:
    envelope = Envelope(dedupe="w1", sender=Sender(id="52155"), attachments=(Attachment(kind="image", ref="photo"),))
    for _ in range(3):
        await Inbox(resources).put([Arrival(account=account, envelope=envelope)])
    assert await fetch_due(resources) == 1


async def test_a_link_that_expired_is_asked_for_again(
    resources: Resources, account: Account, provider: Provider
) -> None:
    """devlikeapro/waha#1884, ArnasDon/wacrm#466: the link was gone before the worker fetched it."""
    provider.first_good_link = 2
    message = await receive(resources, account, Attachment(kind="image", ref="photo"))
    await fetch_due(resources)
    assert [row.status for row in await rows(resources, message)] == ["stored"]
    assert provider.links_given == 2


async def test_a_file_that_never_comes_is_given_up(resources: Resources, account: Account, provider: Provider) -> None:
    provider.files.clear()
    message = await receive(resources, account, Attachment(kind="image", ref="photo"))
    attempts = 0
    while await fetch_due(resources):
        attempts += 1
        await resources.pg.execute("UPDATE media SET due_at = now()")
    assert attempts == 6
    [row] = await rows(resources, message)
    assert (row.status, row.error) == ("failed", "media:expired")


async def test_a_refused_look_up_of_the_account_keeps_the_file_due(
    resources: Resources, account: Account, provider: Provider
) -> None:
    provider.lookup_status = 401
    message = await receive(resources, account, Attachment(kind="image", ref="photo"))
    await fetch_due(resources)
    row = await resources.pg.fetchrow("SELECT status, attempts, due_at > now() AS later FROM media")
    assert tuple(row) == ("due", 0, True)
    assert await rows(resources, message)


async def test_a_wrong_digest_is_kept_and_named(resources: Resources, account: Account) -> None:
    message = await receive(resources, account, Attachment(kind="image", ref="photo", sha256="0" * 64))
    await fetch_due(resources)
    [row] = await rows(resources, message)
    assert (row.status, row.error) == ("stored", "media:digest_differs")


async def test_a_foreign_host_is_never_asked(resources: Resources, account: Account, provider: Provider) -> None:
    instagram = await connect(resources, provider, "instagram")
    message = await receive(resources, instagram, Attachment(kind="image", url="http://169.254.169.254/latest"))
    await fetch_due(resources)
    [row] = await rows(resources, message)
    assert (row.status, row.error) == ("failed", "media:scheme")


async def test_a_full_disk_leaves_nothing_half_written_and_tries_again(resources: Resources, account: Account) -> None:
    message = await receive(resources, account, Attachment(kind="image", ref="photo"))
    with full_disk(1000):
        await fetch_due(resources)
    row = await resources.pg.fetchrow("SELECT status, attempts, error FROM media")
    assert tuple(row) == ("due", 0, "unavailable")
    assert [path for path in (resources.settings.home / "media").rglob("*") if path.is_file()] == []
    await resources.pg.execute("UPDATE media SET due_at = now()")
    await fetch_due(resources)
    assert [row.status for row in await rows(resources, message)] == ["stored"]


class full_disk:
    """The kernel refuses to let any file of this process grow beyond `size`."""

    def __init__(self, size: int) -> None:
        self.size, self.usual = size, resource.getrlimit(resource.RLIMIT_FSIZE)

    def __enter__(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.usual[1]))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.usual)


async def test_a_file_of_a_killed_process_is_due_again(resources: Resources, account: Account) -> None:
    await receive(resources, account, Attachment(kind="image", ref="photo"))
    assert len(await media.claim(resources, most=10, lease_seconds=-1)) == 1  # taken, and the taker died
    assert await fetch_due(resources) == 1


async def test_a_file_that_is_still_fetched_is_not_due_for_others(resources: Resources, account: Account) -> None:
    message = await receive(resources, account, Attachment(kind="image", ref="photo"))
    files = await media.claim(resources, most=10, lease_seconds=-1)
    await media.renew(resources, files, lease_seconds=60)
    assert await fetch_due(resources) == 0
    await media.postpone(resources, files[0], seconds=600, error="x")
    await media.renew(resources, files, lease_seconds=60)
    assert await resources.pg.fetchval("SELECT due_at > now() + interval '5 minutes' FROM media")
    await media.give_up(resources, files[0], error="x")
    await media.renew(resources, files, lease_seconds=60)
    assert [row.status for row in await rows(resources, message)] == ["failed"]


async def test_the_lane_works_several_files_at_once_and_goes_on_after_a_fault(
    resources: Resources, account: Account
) -> None:
    for _ in range(4):
        await receive(resources, account, Attachment(kind="image", ref="photo"))
    together, all_here = [], asyncio.Event()

    async def take(file: media.DueFile) -> None:
        together.append(file)
        if len(together) == 4:
            all_here.set()
        await all_here.wait()
        raise RuntimeError("a fault of ours")

    lane = asyncio.create_task(work(resources, take))
    await all_here.wait()
    assert not lane.done()
    lane.cancel()
    await asyncio.gather(lane, return_exceptions=True)


async def test_a_lane_that_stops_gives_its_files_back_at_once(resources: Resources, account: Account) -> None:
    await receive(resources, account, Attachment(kind="image", ref="photo"))
    begun = asyncio.Event()

    async def take(file: media.DueFile) -> None:
        begun.set()
        await asyncio.Event().wait()

    lane = asyncio.create_task(work(resources, take))
    await begun.wait()
    lane.cancel()
    await asyncio.gather(lane, return_exceptions=True)
    assert await fetch_due(resources) == 1


async def test_a_tenant_sees_only_its_own_files(resources: Resources, account: Account) -> None:
    message = await receive(resources, account, Attachment(kind="image", ref="photo"))
    async with resources.tenant_connection("t") as own:
        assert len(await media.of_messages(own, [message])) == 1
    async with resources.tenant_connection("other") as other:
        assert await media.of_messages(other, [message]) == []


async def test_only_a_key_names_a_file(tmp_path: Path) -> None:
    for wrong in ("../../etc/passwd", "", "A" * 64, "a" * 63):
        with pytest.raises(NotFound):
            MediaStore(tmp_path).place(wrong)


async def test_a_file_that_is_not_committed_disappears(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    async with store.incoming() as incoming:
        await incoming.write(b"half")
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


async def test_a_store_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file in place of the folder")
    with pytest.raises(Unavailable):
        async with MediaStore(tmp_path).incoming():
            pytest.fail("there is no place to write to")


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    unfinished = store.root / "tmp"
    unfinished.mkdir(parents=True)
    for name, age in (("old", 7200), ("new", 0)):
        path = unfinished / name
        path.write_bytes(b"x")
        now = path.stat().st_mtime
        os.utime(path, (now - age, now - age))
    assert store.sweep() == 1
    assert [path.name for path in unfinished.iterdir()] == ["new"]
