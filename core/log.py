"""One line per fact on standard error, as text or JSON. Never a body, a secret, an address or a name of a person.

Records of other libraries are told by their template alone: their arguments hold URLs with tokens, headers, texts.
"""

import hashlib
import hmac
import json
import logging
import re
import secrets
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from core.errors import OrkestaError

OURS = "orkesta"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_NOISY = (
    "aiogram", "aiohttp", "alembic", "arq", "asyncio", "groq", "httpcore", "httpx", "httpx2", "mail", "openai",
    "stripe", "twilio", "uvicorn",
)  # fmt: skip
_WARNING = re.compile(r"(?P<file>[^:\n]+):(?P<line>\d+): (?P<category>\w+)")
_key = secrets.token_bytes(16)  # until `setup` gives the one that all processes share


def ref(identifier: str) -> str:
    """A stable name of a conversation or account for the log: `tenant:channel:` and a keyed hash of the whole.

    Their ids end with a phone number or an address, which would come out of a plain hash by trying all of them.
    """
    scope = identifier.split(":")[:2] if identifier.count(":") > 1 else []
    digest = hmac.digest(_key, identifier.encode("utf-8", "replace"), hashlib.sha256).hex()
    return ":".join([*scope, digest[:10]])


class TextFormatter(logging.Formatter):
    """`12:00:00 INFO inbound.stored tenant=t count=1`."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        facts = "".join(f" {key}={value}" for key, value in _facts(record).items())
        return f"{at} {record.levelname} {_event(record)}{facts}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat()
        line = {"at": at, "level": record.levelname, "event": _event(record), **_facts(record)}
        return json.dumps(line, default=str)


def _ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == OURS


def _event(record: logging.LogRecord) -> str:
    if _ours(record):
        return record.getMessage()
    # Without arguments nobody can tell a constant from a text that was put together before.
    template = record.msg if isinstance(record.msg, str) and record.args and record.name != "py.warnings" else ""
    return " ".join([record.name, *template.split()])


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    extra = vars(record) if _ours(record) else {"at_line": f"{record.filename}:{record.lineno}"}
    if record.name == "py.warnings":
        extra = _warning(record)
    facts = {key: value for key, value in extra.items() if key not in _STANDARD}
    return {**facts, **_trace(record.exc_info[1] if record.exc_info else None)}


def _warning(record: logging.LogRecord) -> dict[str, Any]:
    """Class and place of a warning; its text shows values."""
    found = _WARNING.match(record.getMessage())
    if found is None:
        return {}
    return {"category": found["category"], "at_line": f"{found['file'].rpartition('/')[2]}:{found['line']}"}


def _trace(error: BaseException | None) -> dict[str, Any]:
    """Type and place of an exception; its text may quote what a customer wrote, so only our own code is told."""
    if error is None:
        return {}
    code = error.code if isinstance(error, OrkestaError) else getattr(error, "sqlstate", None)
    return {"error": type(error).__name__, **({"code": code} if code else {}), "trace": _places(error.__traceback__)}


def _places(at: TracebackType | None) -> str:
    places = []
    while at is not None:
        places.append(f"{at.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{at.tb_lineno}")
        at = at.tb_next
    return "<".join(places[:-4:-1])


def failed(error: BaseException) -> None:
    """Say what ends this process; the words of an error are told only when they are our own."""
    told = {"reason": error.message} if isinstance(error, OrkestaError) else {}
    logging.getLogger("orkesta.process").critical("process.failed", exc_info=error, extra=told)


def _uncaught(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    if not isinstance(error, KeyboardInterrupt):
        failed(error)


def setup(style: str, level: int = logging.INFO, *, key: str = "") -> None:
    """Send the process's log to standard error, with warnings and what would end the process; `key` is for `ref`."""
    global _key
    if key:
        _key = hashlib.sha256(b"log:" + key.encode()).digest()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.ERROR)
