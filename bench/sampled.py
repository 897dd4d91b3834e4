"""A worker that notes where its time goes: SIGUSR1 begins, SIGUSR2 ends and writes the notes.

The kernel's profiling timer interrupts it after every few milliseconds of CPU time that it used; the stack that it is
at then is put down under the stop of a message's life (DESIGN section 3) and under the package of the innermost frame.
Time inside C code that Python did not call (uvloop, asyncpg's protocol) counts for the Python code that runs next, or
for the event loop. Beside it the wall time of each stop's own function is taken.
"""

import os
import signal
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import msgspec

import worker
from channels.registry import CHANNELS
from orchestrator.turn import Turns
from storage.conversations import Conversations
from workers.claims import Claims

Number = TypeVar("Number", int, float)
ROOT = f"{Path(__file__).resolve().parent.parent}/"
INTERVAL_SECONDS = 0.004  # of CPU; the kernel's clock is no finer
LOOP = "event loop"
# Beginning of the path (ours: relative to the root; of others: the package), names of functions (none: all), stop.
# From the innermost frame outwards, the first frame that fits a line decides.
STOPS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("storage/doorbell.py", (), "pick up"), ("workers/pump.py", (), "pick up"),
    ("storage/conversations.py", ("_load", "_loaded", "_inbound", "_history", "_outgoing", "load"), "load"),
    ("storage/conversations.py", (), "save"),
    ("storage/outbox.py", ("claim", "_claim"), "claim"), ("workers/claims.py", ("claim",), "claim"),
    ("storage/outbox.py", ("finish", "_finish"), "finish"), ("workers/claims.py", ("finish",), "finish"),
    ("storage/pacing.py", (), "deliver"), ("storage/journal.py", (), "deliver"),
    ("channels/", (), "deliver"), ("workers/delivery.py", (), "deliver"), ("aiohttp", (), "deliver"),
    ("orchestrator/turn.py", (), "turn"), ("orchestrator/recorder.py", (), "tools"),
    ("orchestrator/tools.py", (), "tools"), ("orchestrator/graph.py", (), "graph"),
    ("orchestrator/voice.py", (), "model"), ("orchestrator/speaker.py", (), "model"),
    ("orchestrator/given.py", (), "turn"), ("orchestrator/outcome.py", (), "turn"),
    ("orchestrator/", (), "route"), ("langgraph", (), "graph"), ("langchain_core", (), "graph"),
    ("agents/", (), "agent"), ("llm/", (), "model"),
    ("workers/sweeper.py", (), "housekeeping"), ("workers/media.py", (), "housekeeping"),
    ("workers/claims.py", (), "housekeeping"), ("storage/sweep.py", (), "housekeeping"), ("arq", (), "housekeeping"),
    ("storage/accounts.py", (), "load"), ("storage/tenants.py", (), "load"), ("storage/", (), "tools"),
    ("workers/conversation.py", (), "drain"), ("core/batch.py", (), "batching"),
)  # fmt: skip


class Notes(msgspec.Struct):
    """What one worker noted."""

    samples: int = 0
    stops: dict[str, int] = {}
    packages: dict[str, int] = {}
    calls: dict[str, int] = {}
    wall_seconds: dict[str, float] = {}

    def sample(self, _: int, frame: FrameType | None) -> None:
        """Put one interruption down."""
        self.samples += 1
        innermost, stop = "", ""
        while frame is not None:
            place = _place(frame.f_code.co_filename)
            innermost = innermost or place
            stop = _stop(place, frame.f_code.co_name)
            if stop:
                break
            frame = frame.f_back
        _add(self.stops, stop or LOOP, 1)
        _add(self.packages, innermost.partition("/")[0], 1)


def _add(to: dict[str, Number], name: str, more: Number) -> None:
    to[name] = to[name] + more if name in to else more


_places: dict[str, str] = {}


def _place(file: str) -> str:
    """A path of ours from the root, of others from the package."""
    found = _places.get(file)
    if found is None:
        _, packaged, rest = file.rpartition("site-packages/")
        found = rest if packaged else file.removeprefix(ROOT)
        found = _places[file] = "standard library/" if found.startswith(("/", "<")) else found
    return found


def _stop(place: str, function: str) -> str:
    return next(
        (stop for begin, names, stop in STOPS if place.startswith(begin) and (not names or function in names)), ""
    )


def _timed(notes: Callable[[], Notes], of: type, method: str, stop: str) -> None:
    """Let a method note how long each of its calls takes."""
    inner: Callable[..., Awaitable[Any]] = getattr(of, method)

    @wraps(inner)
    async def outer(*args: Any, **more: Any) -> Any:
        begun = time.perf_counter()
        try:
            return await inner(*args, **more)
        finally:
            _add(notes().calls, stop, 1)
            _add(notes().wall_seconds, stop, time.perf_counter() - begun)

    setattr(of, method, outer)


def main() -> None:
    """Be a worker; the notes go to the path in ORKESTA_BENCH_NOTES, with the process id behind it."""
    notes = Notes()

    def begin(*_: object) -> None:
        nonlocal notes
        notes = Notes()
        signal.signal(signal.SIGPROF, notes.sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_SECONDS, INTERVAL_SECONDS)

    def end(*_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        path = Path(f"{os.environ['ORKESTA_BENCH_NOTES']}{os.getpid()}")
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(notes))
        fresh.replace(path)

    channels = {type(channel) for channel in CHANNELS.values()}
    for of, method, stop in (
        (Conversations, "load", "load"), (Turns, "run", "answer"), (Conversations, "save", "save"),
        (Claims, "claim", "claim"), (Claims, "finish", "finish"),
        *((of, "deliver", "deliver") for of in channels if "deliver" in vars(of)),
    ):  # fmt: skip
        _timed(lambda: notes, of, method, stop)
    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGUSR2, end)
    worker.main()


if __name__ == "__main__":
    main()
