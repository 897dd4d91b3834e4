"""Twilio's REST API, through Twilio's own client; only the host is another."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from core.messages import Request
from tests.emulator.conftest import Emulator, Product

pytestmark = [  # of Twilio's own client
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated"),
    pytest.mark.filterwarnings("ignore:The .auth. parameter is deprecated"),
]
SID, TOKEN = "AC" + "a" * 32, "twilio_auth_1"
FROM, SMS_FROM, TO = "whatsapp:+5215500000001", "+5215500000002", "whatsapp:+5215511112222"
CALLBACK = "https://bot.example.test/webhooks/twilio/acme/status?mid=m-1"


class Rehosted(AsyncTwilioHttpClient):
    """Sends what Twilio's client builds to the emulator."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    async def request(self, method: str, url: str, *args: Any, **more: Any) -> Response:
        path = "/" + url.split("/", 3)[3]
        return await super().request(method, self._base + path, *args, **more)


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[Client]:
    http = Rehosted(emulator.url + "/twilio")
    yield Client(SID, TOKEN, http_client=http)
    if http.session:
        await http.session.close()


def signed_as_twilio_does(request: Request) -> bool:
    url = f"https://bot.example.test{request.path}" + (f"?{request.query}" if request.query else "")
    fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    return bool(RequestValidator(TOKEN).validate(url, fields, request.headers.get("x-twilio-signature", "")))


async def test_callbacks_follow_in_order_and_are_signed(
    emulator: Emulator, client: Client, product: tuple[Product, str]
) -> None:
    sent = await client.messages.create_async(to=TO, from_=FROM, body="Su saldo: 120.00", status_callback=CALLBACK)
    assert sent.status == "queued"
    requests = await product[0].until(lambda seen: len(seen) == 3)
    words = [dict(parse_qsl(request.body.decode()))["MessageStatus"] for request in requests]
    assert sorted(words) == ["delivered", "read", "sent"]
    assert {request.query for request in requests} == {"mid=m-1"}
    assert all(signed_as_twilio_does(request) for request in requests)
    again = await client.messages(sent.sid).fetch_async()
    assert (again.status, again.body) == ("read", "Su saldo: 120.00")


async def test_an_sms_is_not_read(emulator: Emulator, client: Client, product: tuple[Product, str]) -> None:
    await client.messages.create_async(to="+5215511112222", from_=SMS_FROM, body="hola", status_callback=CALLBACK)
    requests = await product[0].until(lambda seen: len(seen) == 2)
    assert {dict(parse_qsl(r.body.decode()))["MessageStatus"] for r in requests} == {"sent", "delivered"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": TO, "from_": FROM, "body": "x" * 1601}, 21617),
        ({"to": "whatsapp:+1202555XXXX", "from_": FROM, "body": "x"}, 21211),
        ({"to": TO, "from_": FROM}, 21602),
        ({"to": TO, "from_": SMS_FROM, "body": "x"}, 21910),
        ({"to": TO, "from_": "whatsapp:+19999999999", "body": "x"}, 63007),
        ({"to": TO, "from_": FROM, "content_sid": "HX" + "d" * 32, "content_variables": "{"}, 21656),
    ],
)
async def test_what_twilio_refuses_is_refused(client: Client, fields: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as caught:
        await client.messages.create_async(**fields)
    assert caught.value.code == code


async def test_a_wrong_token_is_20003(emulator: Emulator) -> None:
    http = Rehosted(emulator.url + "/twilio")
    with pytest.raises(TwilioRestException) as caught:
        await Client(SID, "wrong", http_client=http).messages.create_async(to=TO, from_=FROM, body="x")
    assert (caught.value.status, caught.value.code) == (401, 20003)
    await http.session.close()


async def test_a_lost_answer_is_found_in_the_list(emulator: Emulator, client: Client) -> None:
    await emulator.post("/emulator/faults", {"provider": "twilio", "kind": "drop_response"})
    with pytest.raises(aiohttp.ClientError):
        await client.messages.create_async(to=TO, from_=FROM, body="uno")
    await client.messages.create_async(to="whatsapp:+5215533334444", from_=FROM, body="otro")
    found = await client.messages.list_async(to=TO, from_=FROM)
    assert [message.body for message in found] == ["uno"]


async def test_a_template_fills_its_variables(emulator: Emulator, client: Client) -> None:
    async with emulator.http.post(
        emulator.url + "/twilio/v1/Content",
        json={
            "friendly_name": "qr",
            "language": "es",
            "variables": {"1": "?", "2": "Sí", "3": "yes"},
            "types": {"twilio/quick-reply": {"body": "{{1}}", "actions": [{"title": "{{2}}", "id": "{{3}}"}]}},
        },
        headers={"Authorization": aiohttp.encode_basic_auth(SID, TOKEN)},
    ) as response:
        content = (await response.json())["sid"]
    await client.messages.create_async(to=TO, from_=FROM, content_sid=content, content_variables='{"1": "¿Pagas?"}')
    (entry,) = await emulator.outbox(TO)
    assert (entry["text"], entry["buttons"]) == ("¿Pagas?", [{"id": "yes", "title": "Sí"}])


async def test_stop_makes_later_sends_21610(emulator: Emulator, client: Client, product: tuple[Product, str]) -> None:
    await emulator.inbound("sms", "+5215511112222", kind="opt_out")
    fields = dict(parse_qsl(product[0].requests[0].body.decode(), keep_blank_values=True))
    assert (fields["Body"], fields["OptOutType"], fields["ToZip"]) == ("STOP", "STOP", "")
    assert signed_as_twilio_does(product[0].requests[0])
    with pytest.raises(TwilioRestException) as caught:
        await client.messages.create_async(to="+5215511112222", from_=SMS_FROM, body="x")
    assert caught.value.code == 21610
    await emulator.inbound("sms", "+5215511112222", kind="opt_in")
    await client.messages.create_async(to="+5215511112222", from_=SMS_FROM, body="x")


async def test_a_picture_is_fetched_through_the_redirect(emulator: Emulator, product: tuple[Product, str]) -> None:
    await emulator.inbound("whatsapp_twilio", "+5215511112222", "mira", kind="image")
    fields = dict(parse_qsl(product[0].requests[0].body.decode()))
    assert fields["NumMedia"] == "1"
    headers = {"Authorization": aiohttp.encode_basic_auth(SID, TOKEN)}
    async with emulator.http.get(fields["MediaUrl0"], headers=headers, allow_redirects=False) as response:
        assert response.status == 302
        place = response.headers["Location"]
    for found in (emulator.http.get(place), emulator.http.get(fields["MediaUrl0"], headers=headers)):
        async with found as response:
            assert (await response.read()).startswith(b"\x89PNG")


async def test_a_refused_webhook_is_repeated_with_the_same_token(
    emulator: Emulator, product: tuple[Product, str]
) -> None:
    product[0].answers = [(503, {})]
    result = await emulator.inbound("twilio", "whatsapp:+5215511112222", "hola")
    assert result["attempts"] == 2
    assert len({request.headers["i-twilio-idempotency-token"] for request in product[0].requests}) == 1
