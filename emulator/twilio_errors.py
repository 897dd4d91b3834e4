"""Twilio's errors by code: HTTP status and text."""

from starlette.responses import Response

from emulator.asgi import answer
from emulator.faults import Fault

OUTSIDE_WINDOW = (
    "Failed to send freeform message because you are outside the allowed window. If you are using WhatsApp, "
    "please use a Message Template."
)
ERRORS: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20503: (503, "Service Unavailable"),
    21211: (400, "Invalid 'To' Phone Number: {}"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {}."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number provided ({}) is not a valid message-capable Twilio phone number."),
    21609: (400, "The 'StatusCallback' URL {} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21614: (400, "To number: {}, is not a mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21620: (400, "Invalid media URL(s)"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21655: (400, "The ContentSid {} is Invalid"),
    21656: (400, "The Content Variables parameter is invalid."),
    21910: (400, "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63016: (
        400,
        OUTSIDE_WINDOW,
    ),
}


def twilio_error(code: int, what: str = "", headers: dict[str, str] | None = None) -> Response:
    """An error answer."""
    status, text = ERRORS.get(code, (400, "Message failed"))
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": text.format(what), "more_info": more, "status": status}
    return answer(body, status, headers)


def refuse(fault: Fault) -> Response:
    """The answer of a fault program."""
    if fault.kind == "429":
        return twilio_error(20429, headers={"Retry-After": str(fault.retry_after)})
    if fault.kind == "error_code":
        return twilio_error(fault.code)
    return twilio_error(20503 if fault.kind == "503" else 20500)
