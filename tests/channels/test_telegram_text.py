"""Plain words are read without aiogram's types, and come to the very same."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import telegram_read, telegram_text
from tests.channels.test_fuzz import BODIES, ODD

NAMES = st.one_of(st.text(max_size=12), st.sampled_from(["Ana", " ", "Zoë", "\u0000"]))
USERS = st.fixed_dictionaries(
    {"id": st.integers(1, 2**52), "is_bot": st.booleans(), "first_name": NAMES},
    optional={"last_name": NAMES, "username": NAMES, "language_code": st.sampled_from(["es", "pt-br"]),
              "is_premium": st.just(True), "added_to_attachment_menu": st.booleans()},
)  # fmt: skip
CHATS = st.fixed_dictionaries(
    {"id": st.integers(-(2**52), 2**52), "type": st.sampled_from(["private", "private", "group"])},
    optional={"first_name": NAMES, "last_name": NAMES, "title": NAMES},
)
MESSAGES = st.fixed_dictionaries(
    {"message_id": st.integers(0, 2**40), "from": USERS, "chat": CHATS, "date": st.integers(0, 2**33),
     "text": st.one_of(st.text(max_size=40), st.sampled_from(["hola", "/start abc", "/ayuda", " ", "¿Cuánto?\n1"]))},
    optional={"caption": NAMES, "migrate_to_chat_id": st.integers(), "is_topic_message": st.booleans(),
              "message_thread_id": st.integers(1, 99)},
)  # fmt: skip


@settings(max_examples=150, deadline=None, database=None)
@given(MESSAGES, st.sampled_from([None, None, "text", "date", "from", "chat", "message_id"]), ODD)
def test_a_plain_text_is_the_event_that_aiograms_types_give(
    message: dict[str, Any], spoilt: str | None, odd: Any
) -> None:
    update = {"update_id": 7, "message": {**message, spoilt: odd} if spoilt else message}
    body = json.dumps(update).encode("utf-8", "surrogatepass")
    plain = telegram_text.read(body)
    assert plain is None or [plain] == telegram_read.read_any(body)


@pytest.mark.parametrize("body", BODIES["telegram"])
def test_the_cases_come_to_the_same(body: bytes) -> None:
    plain = telegram_text.read(body)
    assert plain is None or [plain] == telegram_read.read_any(body)


def test_a_first_message_is_plain() -> None:
    who = {"id": 5, "is_bot": False, "first_name": "Ana", "last_name": "Ruiz", "language_code": "es"}
    chat = {"id": 5, "first_name": "Ana", "last_name": "Ruiz", "type": "private"}
    message = {"message_id": 9, "from": who, "chat": chat, "date": 1_750_000_000, "text": "¿Tienen balatas?"}
    plain = telegram_text.read(json.dumps({"update_id": 1, "message": message}).encode())
    assert plain is not None
    assert (plain.dedupe, plain.sender.name, plain.text) == ("5:9", "Ana Ruiz", "¿Tienen balatas?")
