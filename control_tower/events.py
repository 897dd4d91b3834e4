"""Server-sent signals: which conversations changed. Every byte of content comes from ordinary, authorised requests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from control_tower.access import LOOK, Opened, SignedIn
from core.clock import Clock
from storage import users
from storage.live import KILL_SWITCH, Live
from storage.resources import Resources
from storage.users import User

router = APIRouter(include_in_schema=False)
_GATHER_SECONDS = 0.25  # changes within this time are told together
_KEEP_ALIVE_SECONDS = 15.0
_MOST_NAMED = 100  # more than that: ask for everything again


class Broadcaster:
    """Reads the changes once per process and hands the same batch to every open page."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._pages: set[asyncio.Queue[frozenset[str]]] = set()

    async def run(self) -> None:
        """Gather changes and hand them on, for ever."""
        async with self._live.watch_all() as changes:
            while True:
                batch = {await changes.get()}
                await asyncio.sleep(_GATHER_SECONDS)
                while not changes.empty():
                    batch.add(changes.get_nowait())
                for page in self._pages:
                    if page.full():  # a page that cannot keep up begins anew
                        page.get_nowait()
                        batch.add("*")
                    page.put_nowait(frozenset(batch))

    @contextlib.contextmanager
    def page(self) -> "Iterator[asyncio.Queue[frozenset[str]]]":
        """Give the queue of one open page."""
        queue: asyncio.Queue[frozenset[str]] = asyncio.Queue(maxsize=64)
        self._pages.add(queue)
        try:
            yield queue
        finally:
            self._pages.discard(queue)


@router.get("/events")
async def events(request: Request, resources: Opened, user: SignedIn) -> StreamingResponse:
    """One stream per visible page; its first event says `*`: ask for everything."""
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    told = _told(request.app.state.broadcaster, resources, user)
    return StreamingResponse(told, 200, headers, "text/event-stream")


async def _told(broadcaster: Broadcaster, resources: Resources, user: User) -> AsyncIterator[str]:
    with broadcaster.page() as page:  # before the first event: nothing between the two is missed
        yield "retry: 1500\nevent: touch\ndata: *\n\n"
        checked = Clock.monotonic()
        while True:
            try:
                batch = await asyncio.wait_for(page.get(), _KEEP_ALIVE_SECONDS)
            except TimeoutError:
                batch = frozenset()
            if Clock.monotonic() - checked > _KEEP_ALIVE_SECONDS:
                user, checked = await users.again(resources, user), Clock.monotonic()
            yield _event(batch, user)


def _event(batch: frozenset[str], user: User) -> str:
    """`*` for everything, else the changed conversations of the user's tenants, separated by tabs."""
    named = [each for each in sorted(batch) if user.rank(each.partition(":")[0]) >= LOOK]
    if KILL_SWITCH in batch or "*" in batch or len(named) > _MOST_NAMED:
        named = ["*"]
    return f"event: touch\ndata: {_one_line(named)}\n\n" if named else ": nothing for you\n\n"


def _one_line(named: list[str]) -> str:
    return "\t".join(" ".join(each.split()) for each in named)
