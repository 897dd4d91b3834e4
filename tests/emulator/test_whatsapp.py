"""WhatsApp Cloud: what the real API checks, limits and reports is checked, limited and reported here."""

import msgspec
import pytest

from tests.emulator.conftest import Emulator, Product

URL = "/graph/v25.0/100000000000001/messages"
AUTH = {"Authorization": "Bearer EAAtest"}


def text(to: str = "5215511112222", body: str = "hola", **more: object) -> dict[str, object]:
    return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": body}, **more}


async def test_a_text_is_in_the_outbox_and_its_receipts_carry_our_id(
    emulator: Emulator, product: tuple[Product, str]
) -> None:
    sent = await emulator.post(URL, text(biz_opaque_callback_data="m-1"), **AUTH)
    (entry,) = await emulator.outbox("+5215511112222")
    assert (entry["id"], entry["text"], entry["channel"]) == (sent["messages"][0]["id"], "hola", "whatsapp_cloud")

    def all_three(requests: list[object]) -> bool:
        return sum(request.body.count(b"biz_opaque") for request in requests) == 3  # type: ignore[attr-defined]

    requests = await product[0].until(all_three)
    product[0].verify_all()
    updates = [
        update
        for request in requests
        for update in msgspec.json.decode(request.body)["entry"][0]["changes"][0]["value"]["statuses"]
    ]
    assert [update["status"] for update in updates] == ["sent", "delivered", "read"]
    assert {update["biz_opaque_callback_data"] for update in updates} == {"m-1"}


async def test_an_inbound_text_is_signed_as_the_channel_verifies_it(
    emulator: Emulator, product: tuple[Product, str]
) -> None:
    result = await emulator.inbound("whatsapp", "+5215511112222", "¿tienes balatas? 👍 https://x.test/a")
    assert (result["status"], result["attempts"]) == (200, 1)
    product[0].verify_all()
    (request,) = product[0].requests
    message = msgspec.json.decode(request.body)["entry"][0]["changes"][0]["value"]["messages"][0]
    assert (message["id"], message["from"]) == (result["message_id"], "5215511112222")
    assert b"\\u00bf" in request.body
    assert b"https:\\/\\/x.test" in request.body


async def test_the_pair_limit_is_45_at_once(emulator: Emulator) -> None:
    for _ in range(45):
        await emulator.post(URL, text(), **AUTH)
    refused = await emulator.post(URL, text(), status=400, **AUTH)
    assert refused["error"]["code"] == 131056
    await emulator.post(URL, text(to="5215500009999"), **AUTH)
    await emulator.post("/emulator/limits", {"enforce": False})
    await emulator.post(URL, text(), **AUTH)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (text(body="x" * 4097), 131009),
        (text(body=""), 131008),
        (text(to=""), 131008),
        ({"to": "1", "type": "text", "text": {"body": "x"}}, 100),
        (
            {
                "messaging_product": "whatsapp",
                "to": "52155",
                "type": "interactive",
                "interactive": {
                    "type": "button",
                    "body": {"text": "?"},
                    "action": {
                        "buttons": [{"type": "reply", "reply": {"id": f"{n}", "title": f"t{n}"}} for n in range(4)]
                    },
                },
            },
            131009,
        ),
        ({"messaging_product": "whatsapp", "to": "52155", "type": "image", "image": {"id": "1"}}, 131053),
    ],
    ids=["too long", "empty", "no recipient", "no product", "four buttons", "unknown media"],
)
async def test_what_the_provider_refuses_is_refused(emulator: Emulator, body: object, code: int) -> None:
    refused = await emulator.post(URL, body, status=400, **AUTH)
    assert refused["error"]["code"] == code
    assert await emulator.outbox() == []


async def test_a_wrong_token_is_error_190(emulator: Emulator) -> None:
    refused = await emulator.post(URL, text(), status=401, Authorization="Bearer no")
    assert refused["error"]["code"] == 190


async def test_the_product_failing_makes_the_provider_repeat_the_same_bytes(
    emulator: Emulator, product: tuple[Product, str]
) -> None:
    product[0].answers = [(503, {}), (500, {})]
    result = await emulator.inbound("whatsapp_cloud", "5215511112222", "hola")
    assert (result["status"], result["attempts"]) == (200, 3)
    assert len({request.body for request in product[0].requests}) == 1
