"""One HTTP exchange with a provider, which tells "was not sent" from "may have been processed"."""

from typing import Any

import aiohttp

from core.errors import AccountStopped, Transient, UnknownOutcome
from core.messages import Struct

TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5, sock_read=20)
# Nothing was written to the provider: repeating cannot double a message.
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Answer(Struct, frozen=True):
    """What the provider answered; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, whatever its bytes are."""
        return self.body.decode("utf-8", "replace")

    @property
    def retry_after(self) -> float | None:
        """The Retry-After header in seconds, when it is a plain number."""
        value = self.headers.get("retry-after", "")
        return float(value) if value.isascii() and value.isdigit() else None


async def exchange(http: aiohttp.ClientSession, method: str, url: str, *, name: str, **options: Any) -> Answer:
    """Send one request and read the whole answer. Raises Transient when nothing was sent, else UnknownOutcome.

    Errors are raised `from None`: the URL of a provider may hold a token, and a chained error would show it.
    """
    options = {"timeout": TIMEOUT, "allow_redirects": False, **options}
    try:
        async with http.request(method, url, **options) as response:
            headers = {key.lower(): value for key, value in response.headers.items()}
            return Answer(status=response.status, headers=headers, body=await response.read())
    except NOT_SENT as error:
        kind = type(error).__name__
        raise Transient(f"{name}: {kind}", code=f"{name}:no_connection", scope="account") from None
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
        raise AccountStopped(f"{name}: the API base is not a URL", code=f"{name}:bad_url") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise UnknownOutcome(f"{name}: {type(error).__name__}", code=f"{name}:no_answer") from None
