"""The fault run: a steady load from many customers while everything around the system breaks, then the books.

Most messages hold a word of their own which the reply repeats, so what the providers got tells for each message
whether it was answered, how often, and in which order. Some greet instead, each from somebody new: a model words the
answer to those, and there the address tells the same. Some come with a picture that the message is the caption of:
the text is answered all the same, and at the end every picture must be in the media store.
"""

import asyncio
import itertools
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError

from bench import pictures, webhooks
from bench import system as systems
from bench.load import Client, percentile, request
from bench.model import Model
from bench.sink import Sent, Sink
from bench.system import System
from bench.traffic import word
from core.messages import Account
from storage import invariants
from storage import resources as resource_store
from storage.resources import OUTAGES, Resources
from tests.chaos import books
from tests.chaos.books import WORD, Question, Report, address, greeting, told
from tests.chaos.faults import SEND_TIMEOUT_SECONDS, Faults

TENANTS = ("alpha", "beta", "gamma", "delta")
SANDBOX = "delta"  # its customers send the pictures: only a sandbox may fetch from a loopback address
WORKERS = 3
GREETING_EVERY, PICTURE_EVERY = 10, 40  # messages
MODEL_DEADLINE_SECONDS = 2.0  # of a turn: a hanging model holds no customer up for longer
_NEW_CUSTOMERS = 5_216_000_000_000
_RETRY_SECONDS = 0.5
_WAITING = """SELECT (SELECT count(*) FROM todo WHERE state <> 'held')
                     + (SELECT count(*) FROM media WHERE status = 'due')"""
_STUCK_SECONDS = 150.0  # without any progress; a file that met a full disk is tried again after a minute


class Run:
    """Customers, providers and faults around one running system."""

    def __init__(
        self, system: System, sink: Sink, model: Model, posting: Client, accounts: Sequence[Account], customers: int
    ) -> None:
        self._system, self._sink, self._model, self._client = system, sink, model, posting
        self._chance = random.Random(7)
        self.faults = Faults(system, self._chance, model, sink)
        sink.program, sink.on_sent = self.faults.program, self._arrived
        self._by_account = {(account.tenant, account.channel): account for account in accounts}
        self._customers = [(accounts[n % len(accounts)], str(5_215_000_000_000 + n)) for n in range(customers)]
        self._senders = [
            (account, peer)
            for account, peer in self._customers
            if account.tenant == SANDBOX and account.channel in pictures.CHANNELS
        ]
        self._places: Counter[str] = Counter()
        self._lines: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.questions: dict[str, Question] = {}
        self.deliveries = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._order: dict[str, list[int]] = defaultdict(list)

    async def load(self, per_second: float, seconds: float) -> None:
        """Write steadily; each webhook is delivered one to three times, the copies at any later moment."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        for number in range(int(per_second * seconds)):
            pause = started + number / per_second - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            greets = number % GREETING_EVERY == 0
            shows = number % PICTURE_EVERY == PICTURE_EVERY // 2 + 1
            account, peer = self._chance.choice(self._senders if shows else self._customers)
            peer = str(_NEW_CUSTOMERS + number) if greets else peer
            self._places[peer] += 1
            said = greeting(peer) if greets else word(number + 1)
            question = Question(said, account, peer, self._places[peer], f"photo-{said}" if shows else "", loop.time())
            self.questions[question.word] = question
            self._spawn(self._write(question))

    async def harm(self, seconds: float, pause: float) -> None:
        """A worker dies every second; beside it one fault after the other."""
        self._spawn(self._kill_workers(seconds))
        deadline = asyncio.get_running_loop().time() + seconds
        for _, fault in itertools.cycle(self.faults.schedule()):
            if asyncio.get_running_loop().time() + pause > deadline:
                return
            await asyncio.sleep(pause)
            with suppress(RedisError, *OUTAGES):  # the fault before has not been got over yet
                await fault()

    async def _kill_workers(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            await asyncio.sleep(1)
            await self.faults.kill_worker()

    async def _write(self, question: Question) -> None:
        text = f"tienen {question.word}?" if WORD.match(question.word) else "hola"
        if question.picture:
            file = pictures.picture(question.picture)
            hook = webhooks.said(question.account, question.peer, text, [file], kind="image")
        else:
            hook = webhooks.said(question.account, question.peer, text)
        raw = request(hook)
        async with self._lines[question.peer]:  # a provider delivers a person's messages in their order
            await self._deliver(raw)
            question.accepted = asyncio.get_running_loop().time()
        for _ in range(self._chance.choice((0, 0, 1, 2))):
            await asyncio.sleep(self._chance.uniform(0, 3))
            await self._deliver(raw)

    async def _deliver(self, raw: bytes) -> None:
        """Post until the answer is a 2xx, as providers do."""
        while True:
            self.deliveries += 1
            try:
                if await self._client.post(raw) == 200:
                    return
            except (OSError, TimeoutError):
                pass
            await asyncio.sleep(_RETRY_SECONDS)

    def _arrived(self, sent: Sent) -> None:
        question = self.questions.get(told(sent.text, sent.to))
        if question:
            question.answers.append(asyncio.get_running_loop().time())
            if len(question.answers) == 1:
                self._order[question.peer].append(question.number)
        account = self._by_account[sent.tenant, sent.channel]
        if sent.channel != "telegram":
            self._spawn(self._evidence(account, sent))

    async def _evidence(self, account: Account, sent: Sent) -> None:
        """What the provider tells about a message that it took: statuses in any order, or the echo."""
        await asyncio.sleep(self._chance.uniform(0.001, 0.5))
        if account.channel == "instagram":
            await self._deliver(request(webhooks.instagram_echo(account, sent.id, sent.to, sent.text)))
            return
        words = ["sent", "delivered", "delivered", "read"]
        self._chance.shuffle(words)
        for each in words[: self._chance.randint(1, 4)]:
            if account.channel == "whatsapp_cloud":
                hook = webhooks.whatsapp_status(account, sent.id, sent.to, each, sent.our_id)
            else:
                hook = webhooks.twilio_status(account, sent.id, sent.to, each, sent.callback)
            await self._deliver(request(hook))

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drained(self, resources: Resources) -> None:
        """Wait until every webhook was accepted and nothing waits any more, or nothing becomes less."""
        least, loop = None, asyncio.get_running_loop()
        async with asyncio.timeout(_STUCK_SECONDS) as time_left:
            while True:
                await asyncio.sleep(0.5)
                try:
                    waiting = await resources.pg.fetchval(_WAITING)
                except OUTAGES:
                    continue
                if not waiting and not self._tasks and not self.faults.active:
                    return
                if least is None or waiting < least:
                    least = waiting
                    time_left.reschedule(loop.time() + _STUCK_SECONDS)

    async def report(self, resources: Resources, seconds: float) -> Report:
        """Draw up the books from what the providers got and what the database holds."""
        listed = await books.listed(resources)
        questions = list(self.questions.values())
        lost = [q for q in questions if not q.answers and q.word not in listed["unknown"]]
        doubled = [q for q in questions if len(q.answers) > 1 + listed["resent"].count(q.word)]
        reordered = [peer for peer, order in self._order.items() if order != sorted(order)]
        breaches = await invariants.check(resources)
        became = await books.media(resources, [q.picture for q in questions if q.picture])
        unkept = {ref: why for ref, why in became.items() if why not in ("stored", "expired")}
        waits = [q.answers[0] - q.accepted for q in questions if q.answers]
        after_kills = self._after_kills(questions)
        return Report(
            seconds=seconds, sent=len(questions), deliveries=self.deliveries,
            accepted=sum(1 for q in questions if q.accepted), answered=sum(1 for q in questions if q.answers),
            lost=len(lost), duplicated=len(doubled), reordered=len(reordered), breaches=len(breaches),
            media=len(became), media_lost=len(unkept), media_expired=list(became.values()).count("expired"),
            unknown=len(listed["unknown"]), resent=len(listed["resent"]),
            unknown_without_reply=sum(1 for w in listed["unknown"] if not self.questions[w].answers),
            per_second=len(questions) / seconds,
            latency_p50=percentile(waits, 0.5), latency_p99=percentile(waits, 0.99),
            slowest_answer=max(waits, default=0.0),
            begun_by_a_killed_worker=len(after_kills), slowest_after_a_worker_kill=max(after_kills, default=0.0),
            model_calls=self._model.answered,
            faults=self.faults.done, unknown_by_reason=listed["reasons"],
            examples=[f"lost {q.word} {q.account.channel}" for q in lost[:5]]
            + [f"doubled {q.word} {q.account.channel}" for q in doubled[:5]]
            + [f"reordered {peer} {self._order[peer]}" for peer in reordered[:5]]
            + [f"media {ref} {why}" for ref, why in list(unkept.items())[:5]]
            + [f"{b.rule} {b.subject} {b.detail}" for b in breaches[:10]],
        )  # fmt: skip

    def _after_kills(self, questions: Sequence[Question]) -> list[float]:
        """How long those waited whose worker was killed, from the first such kill on; without those to whose customer
        the provider itself failed a send at that time."""
        waits, answered = [], dict.fromkeys(self._places, -math.inf)
        for question in questions:  # in each customer's order: a worker is at the first one without an answer
            since, kills = answered[question.peer], self.faults.killed_at.get(address(question.peer), ())
            if not question.answers:
                continue
            end = answered[question.peer] = max(since, question.answers[0])
            begun = next((at for at in kills if max(since, question.accepted) < at < question.answers[0]), None)
            failed = self.faults.failed_at.get(question.peer, ())
            if begun and not any(question.accepted - SEND_TIMEOUT_SECONDS < at < end for at in failed):
                waits.append(question.answers[0] - begun)
        return waits


async def run(home: Path, *, seconds: float, per_second: float, customers: int = 500, pause: float = 4.0) -> Report:
    """Start a system of its own in `home`, load and harm it for so long, and report."""
    async with (
        systems.running(home) as system,
        Sink(keep=True) as sink,
        Model() as model,
        resource_store.open(system.settings, "chaos") as resources,
    ):
        accounts = await systems.connect(resources, sink, list(TENANTS), sandboxes=[SANDBOX])
        await system.api()
        await system.workers(WORKERS, **model.environment(MODEL_DEADLINE_SECONDS))
        posting = Client(system.port)
        around = Run(system, sink, model, posting, accounts, customers)
        started = time.monotonic()
        await asyncio.gather(around.load(per_second, seconds), around.harm(seconds, pause))
        took = time.monotonic() - started
        with suppress(TimeoutError):  # what is not answered by then is counted as lost
            await around.drained(resources)
        posting.close()
        return await around.report(resources, took)
