"""Every error that Orkesta raises on purpose, and what each one asks the caller to do.

OrkestaError
├── Refused                  the caller did something wrong; `status` is the HTTP answer
│   ├── BadSignature (403)   missing or wrong signature, or no secret configured
│   ├── Forbidden    (403)
│   ├── Unauthorized (401)
│   ├── NotFound     (404)   unknown tenant, channel not connected, no such record
│   ├── TooLarge     (413)
│   ├── Invalid      (422)   input that cannot be used; says which field and how to mend it
│   └── Conflict     (409)
├── Unreadable               a signed payload, or a part of it, that we cannot read: record it, answer 200
├── Unavailable      (503)   cannot be stored right now: the provider must redeliver
├── DeliveryError            the outcome of one send
│   ├── Transient            not processed by the provider: try again after `retry_after`, within `scope`
│   ├── Permanent            will never work for this message
│   │   └── WindowClosed     only a template may be sent now
│   ├── ContactStopped       this person blocked us, opted out or cannot be reached on this channel
│   ├── AccountStopped       credentials or account trouble: hold everything, alert
│   └── UnknownOutcome       the request may have been processed: never repeat it blindly
├── PaymentFailed            one call to a payment provider failed; `action` says what may be done about it
└── ModelError               one call to a language model; `action` says what the ladder does next
"""

from typing import Literal


class OrkestaError(Exception):
    """Base of all errors raised on purpose; `code` is stable and machine readable."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code:
            self.code = code


class Refused(OrkestaError):
    """The caller must change something; `status` is the HTTP status of the answer."""

    status = 400


class BadSignature(Refused):
    """The signature is missing, wrong, or cannot be checked because no secret is configured."""

    status, code = 403, "bad_signature"


class Forbidden(Refused):
    """The caller is known but may not do this."""

    status, code = 403, "forbidden"


class Unauthorized(Refused):
    """The caller did not say who it is, or the credential is not valid."""

    status, code = 401, "unauthorized"


class NotFound(Refused):
    """No such tenant, channel or record for this caller."""

    status, code = 404, "not_found"


class TooLarge(Refused):
    """The body is over the limit."""

    status, code = 413, "too_large"


class Invalid(Refused):
    """A value cannot be used; the message names it and says how to mend it."""

    status, code = 422, "invalid"


class Conflict(Refused):
    """Somebody else changed the thing first."""

    status, code = 409, "conflict"


class Unreadable(OrkestaError):
    """A signed payload, or a part of it, that no parser of ours understands."""

    code = "unreadable"


class Unavailable(OrkestaError):
    """Nothing could be stored; the sender must try again after `retry_after` seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 2) -> None:
        super().__init__(message)
        self.retry_after = retry_after


Scope = Literal["pair", "sender", "account", "app"]


class DeliveryError(OrkestaError):
    """The provider did not take the message, or we cannot tell; `code` is `provider:code`."""


class Transient(DeliveryError):
    """The provider did not process the message: try again after `retry_after` seconds (None: our back-off).

    `scope` says what must wait: this pair of sender and recipient, the sending number, the account, the app.
    `free` retries (a 429) burn no attempt.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        retry_after: float | None = None,
        scope: Scope = "pair",
        free: bool = False,
    ) -> None:
        super().__init__(message, code=code)
        self.retry_after, self.scope, self.free = retry_after, scope, free


class Permanent(DeliveryError):
    """This message can never be delivered this way; `alert` marks faults of ours that people must see."""

    def __init__(self, message: str, *, code: str, alert: bool = False) -> None:
        super().__init__(message, code=code)
        self.alert = alert


class WindowClosed(Permanent):
    """The session window is closed: only an approved template may be sent."""


class ContactStopped(DeliveryError):
    """This contact cannot or will not receive on this channel; `state` becomes the contact's state."""

    def __init__(
        self, message: str, *, code: str, state: Literal["blocked", "opted_out", "unreachable"]
    ) -> None:
        super().__init__(message, code=code)
        self.state = state


class AccountStopped(DeliveryError):
    """Credentials, permission or account trouble: keep everything queued and alert people."""


class UnknownOutcome(DeliveryError):
    """The request was written and no usable answer came: the provider may have processed it."""


class PaymentFailed(OrkestaError):
    """A payment provider did not do what was asked; `code` is `provider:code`.

    `retry`: the same request may be sent again, under the same key. `renew`: only under a new key. `account`: people
    must look at the credentials. `refused`: it will never be done this way.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        action: Literal["retry", "renew", "account", "refused"],
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.action, self.retry_after = action, retry_after


class ModelError(OrkestaError):
    """A language model call failed; `action` says what the ladder does with this class of failure."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        action: Literal["retry", "next", "repair", "shorten", "alert"],
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.action, self.retry_after = action, retry_after
