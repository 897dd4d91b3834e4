"""What a provider's error code asks us to do: one value serves the answer to a send and a later receipt.

A channel keeps its table as data: `ERRORS: dict[str, Action]`, code to action. `raised` gives the error of a send,
`receipt` and `contact` fill a failed Receipt.
"""

from typing import Literal

from core.errors import (
    AccountStopped,
    ContactStopped,
    DeliveryError,
    Permanent,
    Scope,
    Transient,
    UnknownOutcome,
    WindowClosed,
)
from core.messages import Struct

EVIDENCE_SECONDS = 6.0  # statuses and echoes come within this
Stopped = Literal["blocked", "opted_out", "unreachable"]
ReceiptAction = Literal["retry", "fallback", "stop_contact", "stop_account", "give_up", "template"]


class Action(Struct, frozen=True):
    """One row of an error table; make it with the functions below."""

    error: Literal["retry", "give_up", "window", "contact", "account", "unknown"]
    receipt: ReceiptAction | None = None  # what a failed receipt with this code asks for
    retry_after: float | None = None
    scope: Scope = "pair"
    free: bool = False
    alert: bool = False
    contact: Stopped | None = None

    def raised(self, message: str, code: str, retry_after: float | None = None) -> DeliveryError:
        """Build the error of a send; the provider's own `retry_after` wins over the table's."""
        if self.error == "retry":
            wait = self.retry_after if retry_after is None else retry_after
            return Transient(message, code=code, retry_after=wait, scope=self.scope, free=self.free)
        if self.error == "contact":
            return ContactStopped(message, code=code, state=self.contact or "unreachable")
        if self.error == "give_up":
            return Permanent(message, code=code, alert=self.alert)
        return SIMPLE[self.error](message, code=code)


SIMPLE: dict[str, type[WindowClosed] | type[AccountStopped] | type[UnknownOutcome]] = {
    "window": WindowClosed,
    "account": AccountStopped,
    "unknown": UnknownOutcome,
}


def wait(seconds: float | None = None, *, scope: Scope = "pair", free: bool = True) -> Action:
    """Not processed: try again after `seconds` (None: our back-off). `free` burns no attempt, as for a 429."""
    return Action(error="retry", receipt="retry", retry_after=seconds, scope=scope, free=free)


def give_up(*, alert: bool = False, fallback: bool = False) -> Action:
    """Will never work for this message; `fallback`: another channel may, `alert`: a fault of ours."""
    return Action(error="give_up", receipt="fallback" if fallback else "give_up", alert=alert)


def stop_contact(state: Stopped) -> Action:
    """This person cannot or will not receive here; someone unreachable may be tried on another channel."""
    return Action(error="contact", receipt="fallback" if state == "unreachable" else "stop_contact", contact=state)


def stop_account() -> Action:
    """Credentials or account trouble: hold everything and alert."""
    return Action(error="account", receipt="stop_account")


def template_only() -> Action:
    """The session window is closed."""
    return Action(error="window", receipt="template")


def unknown() -> Action:
    """The provider may have processed the request."""
    return Action(error="unknown", receipt="retry")


def server_error(status: int) -> Action:
    """A 5xx answer is the word of somebody that it was not done, and it is tried again.

    That of a gateway (all but 500 and 503) is worth less: a proof that it was done after all has time to come first.
    """
    return wait(None if status in (500, 503) else EVIDENCE_SECONDS, free=False)
