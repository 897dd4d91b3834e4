"""Customers who write to the system and the replies that reach them: the full way, measured from outside."""

import asyncio
import itertools
import time
from collections.abc import Sequence

from bench import webhooks
from bench.load import Client, request
from bench.sink import Sent, Sink
from core.messages import Account

_LETTERS = "bcdfghjklmnpqrstvwxz"
_GIVE_UP_SECONDS = 30.0


class Traffic:
    """Many customers over some accounts, each with one question at a time; a reply is matched by its address."""

    def __init__(self, client: Client, sink: Sink, accounts: Sequence[Account], customers: int) -> None:
        self._client = client
        self._waiting: dict[tuple[str, str, str], asyncio.Future[float]] = {}
        self._numbers = itertools.count(1)
        self._free: list[tuple[Account, str]] = [
            (accounts[n % len(accounts)], str(5_215_000_000_000 + n)) for n in range(customers)
        ]
        self._room = asyncio.Semaphore(customers)
        sink.on_sent = self._arrived

    async def accepted(self) -> float:
        """One message; seconds until the 200."""
        account, peer = self._free[next(self._numbers) % len(self._free)]
        return await self._client.timed(self._question(account, peer))

    async def answered(self) -> float:
        """One message of a customer who waits for no answer now; seconds until the reply is at the provider."""
        async with self._room:
            account, peer = self._free.pop(0)
            try:
                return await self._answered(account, peer)
            finally:
                self._free.append((account, peer))

    async def _answered(self, account: Account, peer: str) -> float:
        key = (account.tenant, account.channel, peer)
        reply = self._waiting[key] = asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        await self._client.timed(self._question(account, peer))
        arrived: float = await asyncio.wait_for(reply, _GIVE_UP_SECONDS)
        return arrived - started

    def _question(self, account: Account, peer: str) -> bytes:
        return request(webhooks.said(account, peer, f"tienen {word(next(self._numbers))}?"))

    def _arrived(self, sent: Sent) -> None:
        reply = self._waiting.pop((sent.tenant, sent.channel, sent.to.removeprefix("whatsapp:").lstrip("+")), None)
        if reply and not reply.done():
            reply.set_result(time.perf_counter())


def word(number: int) -> str:
    """A word that no catalogue knows; the reply that says so repeats it."""
    letters = ""
    for _ in range(7):
        number, letter = divmod(number, len(_LETTERS))
        letters += _LETTERS[letter]
    return f"zq{letters}"
