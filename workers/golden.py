"""Plays golden flows through the emulator's own HTTP interface, with customers of their own, and keeps the results."""

import asyncio
import logging
import secrets
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import aiohttp

from core.clock import Clock
from core.errors import Conflict, OrkestaError
from core.golden import FACTS, Expected, Flow, Played, expectations, missing
from storage import emulated, golden
from storage.resources import Resources

log = logging.getLogger("orkesta.golden")
_LOOK_SECONDS = 0.03
_QUIET_SECONDS = 5.0  # for what is still under way when a flow has ended, before its customer is forgotten
RUN_SECONDS = 240.0  # all flows of a tenant together


class EmulatorAway(Conflict):
    """Nobody plays the providers."""

    code = "emulator_away"


class NotTaken(OrkestaError):
    """The product did not take the customer's message."""

    code = "not_taken"


class Run:
    """One run of some flows: its tenants' flows one after the other, tenants beside each other."""

    def __init__(self, resources: Resources, flows: Sequence[Flow], actor: str) -> None:
        self.id, self.flows, self._actor = uuid.uuid4().hex, flows, actor
        self._resources, self._url = resources, emulated.url(resources.settings)
        self._held = AsyncExitStack()

    async def open(self) -> "Run":
        """Make sure that it can begin. Raises NotFound, Conflict (production, or a run under way) or EmulatorAway."""
        tenants = sorted({flow.tenant for flow in self.flows})
        await golden.sandboxes(self._resources, tenants)
        await self._get("/health")
        await self._held.enter_async_context(golden.turn_of(self._resources, tenants))
        try:
            await golden.noted(self._resources, self.id, tenants, self._actor, len(self.flows))
        except BaseException:  # whatever it was, the tenants are free again
            await self._held.aclose()
            raise
        return self

    async def play(self) -> None:
        """Play all of them; a flow that fails does not stop the others."""
        tenants = sorted({flow.tenant for flow in self.flows})
        async with self._held:
            await asyncio.gather(*(self._tenant(tenant) for tenant in tenants))

    async def _tenant(self, tenant: str) -> None:
        until = Clock.monotonic() + RUN_SECONDS
        for flow in self.flows:
            if flow.tenant == tenant:
                await self._flow(flow, until)

    async def _flow(self, flow: Flow, until: float) -> None:
        row = await golden.begin(self._resources, self.id, flow, self._actor)
        peer, steps, note = fresh(flow.channel), [], ""
        try:
            for step in flow.steps:
                steps.append(await self._step(flow, step, peer, until))
                if not steps[-1].passed:
                    break
        except (OrkestaError, aiohttp.ClientError, TimeoutError, OSError) as fault:
            note = f"{type(fault).__name__}: {fault}"[:500]
        passed = not note and len(steps) == len(flow.steps) and steps[-1].passed
        await golden.end(self._resources, row, steps, passed, note)
        await self._forget(flow, peer)

    async def _step(self, flow: Flow, step: Expected, peer: str, until: float) -> Played:
        began = Clock.monotonic()
        before = await self._answers(flow, peer)
        limit = min(step.within_seconds, max(0.0, until - began))
        said = {
            "tenant": flow.tenant, "channel": flow.channel, "from": peer, "text": step.say, "copies": step.copies,
            "locale": flow.language, "name": "Golden Flow",
        }  # fmt: skip
        taken = await self._post("/emulator/inbound", said)
        if taken["status"] != 200:
            raise NotTaken(f"the webhook was answered with {taken['status']}")
        answers: list[str] = []
        facts: dict[str, Any] = {}
        while Clock.monotonic() - began < limit:
            found = await golden.facts(self._resources, flow.tenant, flow.channel, peer)
            if found and not found["waiting"]:
                answers = (await self._answers(flow, peer))[len(before) :]
                facts = {name: found[name] for name in FACTS}
                break
            await asyncio.sleep(_LOOK_SECONDS)
        lacking = missing(step, answers, facts)
        return Played(
            say=step.say, passed=not lacking, ms=round((Clock.monotonic() - began) * 1000), missing=lacking,
            expected=expectations(step), got=tuple(answers), facts=facts,
        )  # fmt: skip

    async def _forget(self, flow: Flow, peer: str) -> None:
        deadline = Clock.monotonic() + _QUIET_SECONDS
        while found := await golden.facts(self._resources, flow.tenant, flow.channel, peer):
            if not found["waiting"] and await golden.forget(self._resources, found["id"]):
                return
            if Clock.monotonic() > deadline:
                log.warning("golden.kept", extra={"conversation": found["id"]})
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _answers(self, flow: Flow, peer: str) -> list[str]:
        query = {"tenant": flow.tenant, "to": peer, "channel": flow.channel}
        return [_words(entry) for entry in (await self._get("/emulator/outbox", query))["items"]]

    async def _get(self, path: str, query: dict[str, str] | None = None) -> Any:
        try:
            async with self._resources.http.get(self._url + path, params=query) as answer:
                answer.raise_for_status()
                return await answer.json()
        except aiohttp.ClientConnectionError as fault:
            raise EmulatorAway(f"the emulator at {self._url} does not answer: {type(fault).__name__}") from fault

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        timeout = aiohttp.ClientTimeout(total=60)  # the emulator repeats a webhook that is not taken
        async with self._resources.http.post(self._url + path, json=body, timeout=timeout) as answer:
            told = await answer.json()
        if answer.status != 200:
            raise NotTaken(str(told.get("error", {}).get("message", answer.status)))
        return told


async def begin(resources: Resources, flows: Sequence[Flow], actor: str) -> Run:
    """A run that is ready to be played. Raises NotFound or Conflict."""
    return await Run(resources, flows, actor).open()


def _words(entry: dict[str, Any]) -> str:
    """What a message says, or the name of the file that it is."""
    media = entry["media"] or {}
    return str(entry["text"] or media.get("name") or media.get("kind") or "")


def fresh(channel: str) -> str:
    """The address of a customer that nobody has: +999 is no country, and no address comes twice."""
    number = secrets.randbelow(10**9)
    phone = f"999{number:09d}"
    match channel:
        case "whatsapp_cloud":
            return phone
        case "whatsapp_twilio":
            return f"whatsapp:+{phone}"
        case "sms":
            return f"+{phone}"
        case "email":
            return f"golden-{number:09d}@customer.example"
        case _:
            return f"{10**12 * 9 + number}"
