"""Posts signed webhooks to the product and repeats them as each provider does, with shortened intervals."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiohttp
import msgspec

from core.clock import Clock
from core.messages import Account, Request, Struct
from emulator.limits import Limits
from emulator.signing import sign
from emulator.wire import Line, Wire


class Policy(Struct):
    """How a provider repeats a webhook: seconds before each repetition (the last one goes on), and after what."""

    intervals: tuple[float, ...]
    after_status: bool = True  # a refusal is repeated; else only a failed connection is
    ok: tuple[int, int] = (200, 299)
    honours_retry_after: bool = False
    attempts: int = 0  # 0: as many as the limits allow


POLICIES: dict[str, Policy] = {
    # tdlib/telegram-bot-api: at once, then 2, 4, 8 … 60 s, for 24 h.
    "telegram": Policy(intervals=(0, 2, 4, 8, 16, 32, 60), honours_retry_after=True),
    # `#rc=5&rp=all` on the webhook URL, as our guide tells people to configure it.
    "whatsapp_twilio": Policy(intervals=(1, 2, 4, 8, 16), attempts=6),
    "sms": Policy(intervals=(1, 2, 4, 8, 16), attempts=6),
    # Meta: not 200, then with decreasing frequency for up to 7 days.
    "whatsapp_cloud": Policy(intervals=(1, 3, 6, 12, 24, 48), ok=(200, 200)),
    "instagram": Policy(intervals=(1, 3, 6, 12, 24, 48), ok=(200, 200)),
    # Stripe: anything but 2xx, with growing pauses for three days; a sandbox three times within hours.
    "stripe": Policy(intervals=(1, 4, 15, 60, 300)),
    "email": Policy(intervals=(2, 5, 10, 20, 40)),
}


class Outcome(msgspec.Struct, frozen=True):
    """How one webhook ended: the product's last status (0: no answer), and after how many attempts."""

    status: int
    attempts: int
    body: bytes = b""


class Sender:
    """Owns the way of webhooks to the product."""

    def __init__(self, http: aiohttp.ClientSession, api_url: str, limits: Limits, wire: Wire) -> None:
        self._http, self._api_url, self._limits, self._wire = http, api_url.rstrip("/"), limits, wire
        self._tasks: set[asyncio.Task[Any]] = set()
        self._queues: dict[str, tuple[asyncio.Lock, list[None]]] = {}  # lock, one mark per user of it

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something in the background and keep it alive until it is done."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is still under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def post(
        self, account: Account, request: Request, *, peer: str = "", what: str = "", queue: str = ""
    ) -> Outcome:
        """Deliver one webhook with the provider's repetitions; those of one `queue` go strictly one by one."""
        if not queue:
            return await self._deliver(account, request, peer, what)
        lock, users = self._queues.setdefault(queue, (asyncio.Lock(), []))
        users.append(None)
        try:
            async with lock:
                return await self._deliver(account, request, peer, what)
        finally:
            users.pop()
            if not users:
                del self._queues[queue]

    async def _deliver(self, account: Account, request: Request, peer: str, what: str) -> Outcome:
        policy = POLICIES.get(account.channel, POLICIES["email"])
        headers = {**request.headers, **sign(request, account)}
        most = min(policy.attempts or self._limits.retry_attempts, self._limits.retry_attempts)
        give_up = Clock.monotonic() + self._limits.retry_seconds
        attempt = 0
        while True:
            attempt += 1
            line = Line(
                at=Clock.millis() / 1000,
                direction="in",
                tenant=account.tenant,
                channel=account.channel,
                peer=peer,
                what=what or f"{request.method} {request.path}",
                status=0,
                attempt=attempt,
                body=request.body,
            )
            retry_after = await self._once(request, headers, line)
            pause = self._pause(policy, attempt, retry_after)
            if (
                policy.ok[0] <= line.status <= policy.ok[1]
                or (line.status and not policy.after_status)
                or attempt >= most
                or Clock.monotonic() + pause > give_up
            ):
                return Outcome(line.status, attempt, line.answer)
            await asyncio.sleep(pause)

    async def _once(self, request: Request, headers: dict[str, str], line: Line) -> float:
        started, retry_after = Clock.monotonic(), 0.0
        url = self._api_url + request.path + (f"?{request.query}" if request.query else "")
        try:
            async with self._http.request(request.method, url, data=request.body, headers=headers) as response:
                line.answer, line.status = await response.read(), response.status
                retry_after = float(response.headers.get("Retry-After", "0") or 0)
        except (aiohttp.ClientError, TimeoutError) as error:
            line.note = type(error).__name__
        except ValueError:  # a Retry-After that is a date
            retry_after = 0.0
        line.ms = (Clock.monotonic() - started) * 1000
        if self._limits.wire:
            self._wire.put(line)
        return retry_after

    def _pause(self, policy: Policy, attempt: int, retry_after: float) -> float:
        wait = policy.intervals[min(attempt, len(policy.intervals)) - 1] * self._limits.retry_scale
        return max(wait, retry_after) if policy.honours_retry_after else wait
