"""Status webhooks of WhatsApp Cloud and echoes of Instagram, gathered per account as Meta gathers its updates."""

import asyncio
from collections.abc import Callable
from typing import Any

from core.messages import Account, Request
from emulator import signing
from emulator.payloads.meta import body
from emulator.world import World

GATHER_SECONDS = 0.02
AT_ONCE = 100  # updates in one webhook; Meta allows 1,000

Wrap = Callable[[Account, list[dict[str, Any]]], dict[str, Any]]


class Receipts:
    """Collects updates of an account for a moment and posts them in one webhook."""

    def __init__(self, world: World, wrap: Wrap) -> None:
        self._world, self._wrap = world, wrap
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._about: dict[str, tuple[str, str]] = {}

    def add(self, account: Account, update: dict[str, Any], peer: str, word: str) -> None:
        """Post this update with the others of the next few milliseconds; `peer` and `word` are for the wire log."""
        self._about[account.id] = (peer, word)
        waiting = self._waiting.get(account.id)
        if waiting is not None:
            waiting.append(update)
            return
        self._waiting[account.id] = [update]
        asyncio.get_running_loop().call_later(GATHER_SECONDS, self._flush, account)

    def _flush(self, account: Account) -> None:
        updates = self._waiting.pop(account.id)
        peer, word = self._about.pop(account.id)
        for start in range(0, len(updates), AT_ONCE):
            part = updates[start : start + AT_ONCE]
            request = Request(
                method="POST",
                path=signing.path(account),
                query="",
                headers={"content-type": "application/json"},
                body=body(self._wrap(account, part)),
            )
            what = f"webhook: {word}" if len(part) == 1 else f"webhook: {len(part)} updates"
            post = self._world.sender.post(account, request, peer=peer if len(part) == 1 else "", what=what)
            self._world.sender.later(post)
