"""Calls of Twilio's API: its own async client over the shared HTTP session, and the table of its errors."""

import logging
from typing import Any

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels import actions
from channels.actions import Action
from channels.network import Answer, exchange
from channels.wire import anonymous, load_json
from core.errors import UnknownOutcome
from core.messages import Account

HOSTS = ("https://api.twilio.com", "https://messaging.twilio.com")

# Twilio's code, in the answer to a send or in a status callback.
ERRORS: dict[str, Action] = {
    "20429": actions.wait(scope="account"),
    "21611": actions.wait(30, scope="sender"),  # the sender's queue is full
    "30001": actions.wait(30, scope="sender"),
    "63017": actions.wait(6),
    "63018": actions.wait(6),
    "63016": actions.template_only(),
    "63049": actions.give_up(fallback=True),  # Meta declined a marketing message: not the contact's fault
    **dict.fromkeys(("63032", "63024", "63003"), actions.stop_contact("unreachable")),  # not on WhatsApp
    "63014": actions.stop_contact("blocked"),
    "21610": actions.stop_contact("opted_out"),
    **dict.fromkeys(("21211", "21614", "21612", "30003", "30005", "30006"), actions.stop_contact("unreachable")),
    "21408": actions.give_up(alert=True, fallback=True),  # the country is not enabled
    **dict.fromkeys(("30007", "30004"), actions.give_up(fallback=True)),  # filtered by the carrier
    **dict.fromkeys(
        ("20404", "21617", "21602", "21654", "21655", "21656", "63027", "63028"), actions.give_up(alert=True)
    ),
    **dict.fromkeys(("63019", "63037", "63034"), actions.wait(10, free=False)),  # media could not be passed on
    **dict.fromkeys(("63010", "63012", "63009", "30008", "30017"), actions.wait(free=False)),
    **dict.fromkeys(("20003", "20005", "63001", "63007", "63112", "30002"), actions.stop_account()),
}
# Where the code is not in the table.
BY_STATUS: dict[int, Action] = {
    401: actions.stop_account(),
    403: actions.stop_account(),
    429: actions.wait(scope="account"),
}


class SharedHttp(AsyncHttpClient):  # type: ignore[misc]  # twilio ships no types
    """twilio's HTTP client around the process's one; it raises our errors before twilio reads the body."""

    def __init__(self, http: aiohttp.ClientSession, api_base: str) -> None:
        super().__init__(logging.getLogger("twilio"), is_async=True, timeout=None)
        self.http, self.api_base = http, api_base.rstrip("/")

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Make one request; a success has a JSON object in it."""
        login = aiohttp.encode_basic_auth(*auth) if auth else ""
        answer = await exchange(
            self.http,
            method,
            rebased(url, self.api_base),
            name="twilio",
            params=pairs(params),
            data=pairs(data),
            headers={**(headers or {}), **({"Authorization": login} if login else {})},
        )
        payload_of(answer)
        return Response(answer.status, answer.text, answer.headers)


def client(account: Account, http: aiohttp.ClientSession) -> Client:
    """twilio's client for one account; region and edge of our own environment are none of its business."""
    return Client(
        account.secrets.get("account_sid") or "missing",
        account.secrets.get("auth_token") or "missing",
        http_client=SharedHttp(http, account.api_base),
        environment={"TWILIO_REGION": "", "TWILIO_EDGE": ""},
    )


def rebased(url: str, api_base: str) -> str:
    """The same path under the account's API base."""
    host = next((host for host in HOSTS if url.startswith(f"{host}/")), "")
    return api_base + url.removeprefix(host) if api_base and host else url


def pairs(values: dict[str, Any] | None) -> list[tuple[str, str]]:
    """A form with repeated names, as aiohttp takes it."""
    return [
        (name, str(item))
        for name, value in (values or {}).items()
        for item in (value if isinstance(value, list | tuple) else [value])
    ]


def payload_of(answer: Answer) -> dict[str, Any]:
    """The JSON of a success; otherwise raises what the table says. A code is read in both of Twilio's shapes."""
    try:
        payload = load_json(answer.body)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        if answer.status < 300:
            raise UnknownOutcome("twilio: a success that is no JSON", code=f"twilio:{answer.status}")
        payload = {}
    if answer.status < 300:
        return payload
    code = str(payload.get("code") or answer.status)
    message = f"twilio {code}: {payload.get('message') or payload.get('title') or ''}"
    raise action_for(answer.status, code).raised(anonymous(message), f"twilio:{code}", answer.retry_after)


def action_for(status: int, code: str) -> Action:
    """The code decides, but a 5xx may have been processed whatever it says."""
    if status >= 500:
        return actions.unknown()
    return ERRORS.get(code) or BY_STATUS.get(status) or actions.give_up(alert=True)
