"""Fault programs: the next N requests to a provider go wrong in a named way."""

from itertools import count
from typing import Any, Literal

from core.messages import Struct

Kind = Literal[
    "429", "500", "502", "503", "498", "timeout", "drop_response", "slow", "error_code", "html",
    "empty", "truncated", "malformed_tool_call", "content_filter", "greylist", "reject", "obeys",
]  # fmt: skip
_CODES_ARE_STATUSES = ("telegram", "groq", "azure", "stripe")
_HTTP_ERRORS = (400, 599)
_LONGEST_MS, _LONGEST_RETRY, _MOST_CALLS = 3_600_000, 366 * 86_400, 1_000
# A provider's name also covers the surfaces behind it.
COVERS = {"graph": ("whatsapp_cloud", "instagram"), "whatsapp": ("whatsapp_cloud",), "sms": ("twilio",)}


class Fault(Struct):
    """What goes wrong, how often, and for whom. `processed`: the provider acts on the request all the same."""

    provider: str
    kind: Kind
    count: int = 1
    retry_after: int = 3
    code: int = 0  # of kind error_code; of kind html: the status, 502 without it
    subcode: int = 0
    word: str = ""  # of kind error_code, for model providers: the code in the body
    delay_ms: int = 1_000  # of kind slow
    late: bool = False  # of kind error_code: accepted first, the code comes in a status webhook
    tenant: str = ""
    to: str = ""
    method: str = ""  # Telegram method or path word, e.g. sendMessage, messages, media
    processed: bool = False
    says: str = ""  # of kind obeys: what the model says; {draft}, {customer}, {facts}, {results}, {system} are filled
    tool: str = ""  # of kind obeys: the tool that it calls instead, with these arguments, so many times at once
    arguments: dict[str, Any] | str = {}  # a string is sent as it is, also when it is no JSON
    times: int = 1

    def __post_init__(self) -> None:
        """Refuse what could only break the answer that is to be played."""
        status = self.kind == "html" or self.provider in _CODES_ARE_STATUSES
        if self.code and status and not _HTTP_ERRORS[0] <= self.code <= _HTTP_ERRORS[1]:
            raise ValueError(f"code: an HTTP status from 400 to 599, not {self.code}")
        if not (0 <= self.delay_ms <= _LONGEST_MS and 0 <= self.retry_after <= _LONGEST_RETRY):
            raise ValueError("delay_ms: from 0 to an hour; retry_after: from 0 to a year")
        if not 1 <= self.times <= _MOST_CALLS:
            raise ValueError(f"times: from 1 to {_MOST_CALLS}")


class Faults:
    """The programs that wait to happen, first one first."""

    def __init__(self) -> None:
        self._left: dict[int, int] = {}
        self._faults: dict[int, Fault] = {}
        self._ids = count(1)
        self.happened = 0

    def add(self, fault: Fault) -> int:
        """Queue a program and return its id; a count of 0 or less takes the program of that provider away."""
        if fault.count <= 0:
            self.clear(fault.provider)
            return 0
        number = next(self._ids)
        self._faults[number], self._left[number] = fault, fault.count
        return number

    def take(self, provider: str, method: str = "", tenant: str = "", to: str = "") -> Fault | None:
        """The fault of this request, if one is due; it counts as happened."""
        if not self._faults:
            return None
        for number, fault in self._faults.items():
            if _fits(fault, provider, method, tenant, to):
                self._left[number] -= 1
                if not self._left[number]:
                    del self._faults[number], self._left[number]
                self.happened += 1
                return fault
        return None

    def waiting(self) -> list[tuple[Fault, int]]:
        """The programs and how often each one will still happen."""
        return [(fault, self._left[number]) for number, fault in self._faults.items()]

    def clear(self, provider: str = "") -> None:
        """Take away all programs, or those of one provider."""
        for number, fault in list(self._faults.items()):
            if provider in ("", fault.provider):
                del self._faults[number], self._left[number]


def _fits(fault: Fault, provider: str, method: str, tenant: str, to: str) -> bool:
    return (
        (fault.provider in (provider, "*") or provider in COVERS.get(fault.provider, ()))
        and fault.method.lower() in ("", method.lower())
        and fault.tenant in ("", tenant)
        and fault.to in ("", to)
    )
