"""Text in pictures, read on this machine where the extra `import` is installed; costs nothing but some CPU seconds."""

import asyncio
import importlib.util
import logging
import subprocess
import sys
import time
from collections.abc import Sequence

import msgspec

logger = logging.getLogger("orkesta.llm")
MODEL = "rapidocr"
_READER = (sys.executable, "-m", "llm.read_picture")


def installed() -> bool:
    """Whether pictures can be read here."""
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


class Sight:
    """Reads one picture after the other, each in a process of its own: a hostile one takes nothing with it."""

    def __init__(self, program: Sequence[str] = _READER) -> None:
        self._program, self._turn = tuple(program), asyncio.Semaphore(1)

    async def read(self, picture: bytes, until: float) -> str | None:
        """The text in a picture, perhaps none; None when it cannot be read before `until` (monotonic)."""
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())), self._turn:
                return await self._run(picture)
        except TimeoutError:
            logger.warning("sight.late")
            return None

    async def _run(self, picture: bytes) -> str | None:
        pipe = subprocess.PIPE
        process = subprocess.Popen(self._program, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        try:
            told, _ = await asyncio.to_thread(process.communicate, picture)
        finally:
            process.kill()  # of one that is given up, too: then the thread reaps it
        if process.returncode:
            logger.warning("sight.failed", extra={"status": process.returncode})
            return None
        return " ".join(msgspec.json.decode(told, type=list[str]))
