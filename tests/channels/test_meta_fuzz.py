"""No validly signed input of Meta's webhooks raises anything but Unreadable, and none is lost without a word."""

import copy
import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Channel
from channels.instagram import Instagram
from channels.whatsapp_cloud import WhatsAppCloud
from core.errors import Unreadable
from core.messages import Account, Event, Request

CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (WhatsAppCloud(), Instagram())}
ADDRESS = {"whatsapp_cloud": "100000000000001", "instagram": "17841400000000001"}
FIXTURES = Path(__file__).parent / "fixtures"
PAYLOADS = {
    name: [json.loads(path.read_text()) for path in sorted((FIXTURES / name / "payloads").iterdir())]
    for name in CHANNELS
}
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["\0", "\ud83d", "x" * 600, -1, 1e308, 2**70, "1767258000000", "system", "interactive", "read"])
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "text", "mid"]), inner),
    max_leaves=8,
)


def received(name: str, body: bytes) -> list[Event] | None:
    """What the channel makes of a signed body; None where it says that it cannot read it."""
    channel = CHANNELS[name]
    account = Account(
        id="t", tenant="t", channel=name, address=ADDRESS[name], secrets={"app_secret": "s", "access_token": "t"}
    )
    request = Request(method="POST", path="/", query="", headers={}, body=body)
    request = msgspec.structs.replace(request, headers=channel.signature(request, account))
    assert isinstance(channel.addresses(request), tuple)
    try:
        return channel.receive(request, account)
    except Unreadable:
        return None


def check(name: str, body: bytes) -> None:
    events = received(name, body)
    if events is None:
        return
    assert events
    for event in events:
        assert isinstance(event, get_args(Event))
        assert "\\x00" not in repr(event)  # the database refuses it
        assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event  # of its declared types


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a payload where something else may stand."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path] * bool(path) + [found for key, value in inside for found in places(value, (*path, key))]


def put(payload: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        payload = payload[key]
    payload[path[-1]] = value


@pytest.mark.parametrize("name", CHANNELS)
@given(data=st.data())
def test_a_payload_with_strange_values_in_it(name: str, data: st.DataObject) -> None:
    payload = copy.deepcopy(data.draw(st.sampled_from(PAYLOADS[name])))
    for _ in range(data.draw(st.integers(1, 3))):
        put(payload, data.draw(st.sampled_from(places(payload))), data.draw(JSON))
    check(name, json.dumps(payload).encode())


@pytest.mark.parametrize("name", CHANNELS)
@given(data=st.data())
def test_a_payload_with_broken_bytes(name: str, data: st.DataObject) -> None:
    body = bytearray(json.dumps(data.draw(st.sampled_from(PAYLOADS[name]))).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    check(name, bytes(body))


@pytest.mark.parametrize("name", CHANNELS)
@given(body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200))
def test_any_json_and_any_bytes(name: str, body: bytes) -> None:
    check(name, body)


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize(
    "body", [b"[" * 200_000, b'{"entry":' * 50_000, b"1" * 100_000, b'{"object":1e9999}', b"\xef\xbb\xbf{}"]
)
def test_bodies_that_exhaust_a_parser(name: str, body: bytes) -> None:
    check(name, body)


@pytest.mark.parametrize("name", CHANNELS)
@given(poison=JSON)
def test_a_poisoned_neighbour_never_costs_a_message(name: str, poison: Any) -> None:
    payload = json.loads((FIXTURES / name / "payloads" / "in_text.json").read_text())
    sound = received(name, json.dumps(payload).encode())
    entry = payload["entry"][0]
    if name == "whatsapp_cloud":
        value = entry["changes"][0]["value"]
        value["messages"] = [poison, *value["messages"]]
        value["statuses"], value["errors"], value["message_echoes"] = [poison], poison, [poison]
        entry["changes"].append(poison)
    else:
        entry["messaging"] = [poison, *entry["messaging"]]
        entry["changes"] = entry["standby"] = poison
    payload["entry"] += [poison]
    assert sound
    found = received(name, json.dumps(payload).encode())
    assert found is not None
    assert sound[0] in found
