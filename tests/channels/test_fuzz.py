"""Whatever a signed body holds, a channel gives events that can be stored or says Unreadable; unsigned gets nothing.

`ORKESTA_FUZZ_EXAMPLES=5000 pytest -s tests/channels/test_fuzz.py` runs longer and shows what became of the bodies.
"""

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import Channel
from channels.registry import CHANNELS
from core.errors import BadSignature, Unreadable
from core.messages import Request
from tests.channels.test_cases import FIXTURES, account_of

HOOKED = [channel for channel in CHANNELS.values() if channel.route]
FUZZ = settings(
    max_examples=int(os.environ.get("ORKESTA_FUZZ_EXAMPLES", "60")),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "\0", "\ud800", "a\udfffb", "9" * 400, "-1", "NaN", "+1", "whatsapp:", "x" * 5000, "1e999"]),
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**30), 2**63, 0, -1]),
    st.floats(allow_nan=True, allow_infinity=True),
    TEXTS,
    st.lists(TEXTS, max_size=3),
    st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers()), max_size=3),
)


def bodies_of(channel: Channel) -> list[bytes]:
    """Every body that a case of this channel brings in."""
    found = [path.read_bytes() for path in sorted((FIXTURES / channel.name / "payloads").glob("*"))]
    for path in sorted(Path(FIXTURES / channel.name).glob("*.json")):
        asked = json.loads(path.read_text()).get("request", {})
        if isinstance(asked.get("body"), dict):
            found.append(json.dumps(asked["body"]).encode())
        elif "form" in asked:
            found.append(urlencode(asked["form"], doseq=True).encode())
    return found


BODIES = {channel.name: bodies_of(channel) for channel in HOOKED}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with another one at the path."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@st.composite
def mutated(draw: st.DrawFn, name: str) -> bytes:
    """A recorded body with up to three places changed, as JSON or as a form."""
    body = draw(st.sampled_from(BODIES[name]))
    if not body.startswith(b"{"):
        pairs = dict(parse_qsl(body.decode(), keep_blank_values=True))
        for key in draw(st.lists(st.sampled_from(sorted(pairs)), min_size=1, max_size=3)):
            pairs[key] = draw(TEXTS)
        return urlencode(pairs, errors="surrogatepass").encode()
    value = json.loads(body)
    for _ in range(draw(st.integers(1, 3))):
        value = put(value, draw(st.sampled_from(places(value))), draw(ODD))
    return json.dumps(value).encode()


def noise() -> st.SearchStrategy[bytes]:
    """Bytes that no provider sends."""
    depth = st.integers(1, 3000).map(lambda n: b'{"message":' * n + b"1" + b"}" * n)
    arrays = st.integers(1, 200_000).map(lambda n: b"[" * n)
    return st.one_of(st.binary(max_size=300), depth, arrays, ODD.map(lambda value: json.dumps(value).encode()))


def request(channel: Channel, body: bytes, query: str = "") -> Request:
    return Request(method="POST", path=f"/webhooks/{channel.route}/acme", query=query, headers={}, body=body)


def receive(channel: Channel, body: bytes, query: str = "") -> str:
    """Sign and receive; what comes back must be storable as it is. Returns what became of the body."""
    account = account_of(channel.name)
    bare = request(channel, body, query)
    try:
        signed = msgspec.structs.replace(bare, headers=channel.signature(bare, account))
        events = channel.receive(signed, account)
    except Unreadable:
        return "unreadable"
    except BadSignature:
        assert "bodySHA256" in query  # the body is not the one that the URL vouches for
        return "refused"
    assert events
    for event in events:
        encoded = msgspec.json.encode(event)
        assert b"\\u0000" not in encoded.replace(b"\\\\", b"")
        assert msgspec.json.decode(encoded, type=type(event)) == event
    return "dead letter" if any(getattr(event, "unreadable", False) for event in events) else "read"


def count(channel: Channel, bodies: st.SearchStrategy[Any]) -> None:
    """Try the bodies and tell the counts."""
    counts: Counter[str] = Counter()
    FUZZ(given(bodies)(lambda given_: counts.update([receive(channel, *given_)])))()
    assert counts.total() > 0
    sys.stdout.write(f"\n{channel.name}: {dict(counts)}\n")


@pytest.mark.parametrize("channel", HOOKED, ids=lambda channel: channel.name)
def test_a_changed_body_gives_storable_events_or_unreadable(channel: Channel) -> None:
    count(channel, st.tuples(mutated(channel.name)))


@pytest.mark.parametrize("channel", HOOKED, ids=lambda channel: channel.name)
def test_noise_gives_storable_events_or_unreadable(channel: Channel) -> None:
    count(channel, st.tuples(noise(), st.text(max_size=30)))


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=lambda channel: channel.name)
def test_an_unsigned_request_is_refused_whatever_it_holds(channel: Channel) -> None:
    account = account_of(channel.name)

    def refused(body: bytes, value: str) -> None:
        bare = request(channel, body)
        names = ("x-telegram-bot-api-secret-token", "x-twilio-signature", "x-hub-signature-256", "x-orkesta-signature")
        with pytest.raises(BadSignature):
            channel.receive(msgspec.structs.replace(bare, headers=dict.fromkeys(names, value)), account)

    FUZZ(given(noise(), st.text(max_size=80))(refused))()
