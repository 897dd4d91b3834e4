"""One line per fact on standard error, as text or JSON. Never a body, a secret, an address or a name of a person."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


class TextFormatter(logging.Formatter):
    """`12:00:00 INFO inbound.stored tenant=t count=1`."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        facts = "".join(f" {key}={value}" for key, value in _extra(record).items())
        return f"{at} {record.levelname} {record.getMessage()}{facts}{_trace(record)}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat()
        facts = {"at": at, "level": record.levelname, "event": record.getMessage(), **_extra(record)}
        trace = _trace(record)
        return json.dumps({**facts, "trace": trace} if trace else facts, default=str)


def _trace(record: logging.LogRecord) -> str:
    """Type and place of an exception; its text may quote what a customer wrote, so it is left out."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return ""
    places = []
    at = error.__traceback__
    while at is not None:
        places.append(f"{at.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{at.tb_lineno}")
        at = at.tb_next
    return f" error={type(error).__name__} at={'<'.join(places[:-4:-1])}"


def setup(style: str, level: int = logging.INFO) -> None:
    """Send the process's log to standard error; quieten libraries that log addresses and URLs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aiogram", "httpx", "httpx2", "openai", "groq", "twilio", "aiohttp", "asyncio", "uvicorn", "arq"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
