"""Errors of the Graph API by number: HTTP status, text, details; for WhatsApp and Instagram."""

import secrets
from typing import Any

from starlette.responses import Response

from emulator.asgi import answer
from emulator.faults import Fault

OUTSIDE_WINDOW = (
    "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
)
RESTRICTED = (
    "Message failed to send because there are restrictions on how many messages can be sent from this phone number."
)
OPTED_OUT = (
    "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on WhatsApp "
    "from your business"
)
PAIR_LIMIT = (
    "Message failed to send because there were too many messages sent from this phone number to the same phone "
    "number in a short period of time."
)
NOT_RECEIVING = "This Person Cannot Receive Messages: This person isn't receiving messages from you right now."
# number → (HTTP status, title, details). Numbers that are not here answer 400 with a plain text.
WHATSAPP: dict[int, tuple[int, str, str]] = {
    0: (401, "We were unable to authenticate the app user", ""),
    1: (500, "An unknown error occurred", ""),
    2: (503, "An unexpected error has occurred. Please retry your request later.", ""),
    4: (400, "Application request limit reached", ""),
    100: (400, "Invalid parameter", "Invalid parameter"),
    131000: (500, "Something went wrong", ""),
    131008: (400, "Required parameter is missing", "Required parameter is missing"),
    131009: (400, "Parameter value is not valid", "Please check the parameters you have provided."),
    131016: (500, "Service unavailable", ""),
    131026: (400, "Message undeliverable", "Message Undeliverable."),
    131031: (403, "Account has been locked", ""),
    131047: (400, "Re-engagement message", OUTSIDE_WINDOW),
    131048: (400, "Spam rate limit hit", RESTRICTED),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement.", ""),
    131050: (400, OPTED_OUT, ""),
    131051: (400, "Unsupported message type", "Unsupported message type"),
    131053: (400, "Media upload error", "Unable to upload the media used in the message."),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit", PAIR_LIMIT),
    130429: (429, "Rate limit hit", "Cloud API message throughput has been reached."),
    132000: (400, "Number of parameters does not match the expected number of params", ""),
    132001: (404, "Template name does not exist in the translation", ""),
    132015: (400, "Template is Paused", ""),
    368: (403, "Temporarily blocked for policies violations", ""),
    80007: (400, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
}  # fmt: skip
UNNUMBERED = {0, 2}  # their text comes without `(#n)`
EXPIRED = "Error validating access token: Session has expired on Thursday, 01-Jan-26 01:00:00 PST."
INSTAGRAM: dict[tuple[int, int], tuple[int, str]] = {
    (10, 2534022): (403, "This message is sent outside of allowed window."),
    (10, 2018278): (400, "(#10) This message is sent outside of allowed window."),
    (10, 2018108): (403, NOT_RECEIVING),
    (100, 2018001): (400, "(#100) No matching user found"),
    (100, 2018109): (400, "(#100) Attachment size exceeds allowable limit"),
    (200, 1545041): (400, "(#200) Message Not Sent: This person isn't receiving messages from you right now."),
    (551, 1545041): (400, "(#551) This person isn't available right now."),
    (613, 0): (400, "(#613) Calls to this api have exceeded the rate limit."),
    (4, 2018022): (400, "(#4) Application request limit reached"),
    (32, 0): (429, "Too many calls"),
    (1200, 0): (400, "Temporary send message failure. Please try again later."),
    (2, 0): (500, "An unexpected error has occurred. Please retry your request later."),
}  # fmt: skip


def graph_error(number: int, details: str = "", headers: dict[str, str] | None = None) -> Response:
    """An error answer of WhatsApp Cloud."""
    status, title, usual = WHATSAPP.get(number, (400, "Message failed", ""))
    error = _error(number, title if number in UNNUMBERED else f"(#{number}) {title}")
    if details or usual:
        error["error_data"] = {"messaging_product": "whatsapp", "details": details or usual}
    return answer({"error": error}, status, headers)


def instagram_error(number: int, subcode: int = 0, message: str = "") -> Response:
    """An error answer of Instagram messaging."""
    status, text = INSTAGRAM.get((number, subcode), (400, f"(#{number}) Invalid request"))
    error = _error(number, message or text)
    if subcode:
        error["error_subcode"] = subcode
    return answer({"error": error}, status)


def no_token() -> Response:
    """The answer to a missing or wrong access token."""
    return answer({"error": {**_error(190, EXPIRED), "error_subcode": 463}}, 401)


def no_object(name: str, method: str) -> Response:
    """The answer for an object id that the token cannot see."""
    text = (
        f"Unsupported {method.lower()} request. Object with ID '{name}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation"
    )
    return answer({"error": {**_error(100, text), "type": "GraphMethodException", "error_subcode": 33}}, 400)


def refuse(fault: Fault) -> Response:
    """The answer of a fault program, WhatsApp."""
    if fault.kind == "429":
        usage = '{"200000000000001": [{"type": "whatsapp", "estimated_time_to_regain_access": 1}]}'
        headers = {"Retry-After": str(fault.retry_after), "X-Business-Use-Case-Usage": usage}
        return graph_error(130429, headers=headers)
    if fault.kind == "error_code":
        return no_token() if fault.code == 190 else graph_error(fault.code)
    return graph_error(2 if fault.kind == "503" else 131000)


def refuse_instagram(fault: Fault) -> Response:
    """The answer of a fault program, Instagram."""
    if fault.kind == "429":
        return instagram_error(613)
    if fault.kind == "error_code":
        return no_token() if fault.code == 190 else instagram_error(fault.code, fault.subcode)
    return instagram_error(2)


def _error(number: int, message: str) -> dict[str, Any]:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": number}
    if number == 2:
        error["is_transient"] = True
    return {**error, "fbtrace_id": "A" + secrets.token_urlsafe(16)}
