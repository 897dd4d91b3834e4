"""Text in pictures: read like what the customer wrote, unless a caption says it all; shown as such, and kept."""

import sys
import time

import pytest

from core.conversation import Inbound
from core.messages import Attachment
from llm.sight import Sight
from orchestrator.perceived import Heard
from orchestrator.seeing import Seeing
from storage.media import StoredFile
from tests.orchestrator.conftest import NOW

PART = "BAL-BR10239"


class Album:
    """Fetched pictures in memory."""

    def __init__(self, mime: str = "image/png", status: str = "stored") -> None:
        self._mime, self._status = mime, status

    async def wait(self, message_ids: list[int], until: float) -> dict[tuple[int, int], StoredFile]:
        found = [StoredFile(message_id=n, index=0, status="stored", key="k", mime=self._mime) for n in message_ids]
        return {(file.message_id, 0): file for file in found if self._status == "stored"}

    async def read(self, key: str, most: int) -> bytes:
        return b"a picture"


def says(*lines: str) -> Sight:
    return Sight((sys.executable, "-c", f"import json, sys; sys.stdin.read(); print(json.dumps({list(lines)!r}))"))


async def look(sight: Sight, caption: str = "", album: Album | None = None) -> Heard:
    picture = Attachment(kind="image", ref="1", mime="image/png")
    message = Inbound(message_id=1, seq=1, kind="message", text=caption, received_at=NOW, attachments=(picture,))
    return await Seeing(sight, album or Album()).look(Heard((message,)), time.monotonic() + 120.0)


async def test_the_text_of_a_picture_is_the_text_of_the_turn_and_shown_and_kept() -> None:
    heard = await look(says("Balata", PART))
    assert heard.messages[0].text == f"Balata {PART}"
    assert heard.shown == f"🖼 «Balata {PART}»\n\n"
    assert heard.writes[0].data["text"] == f"Balata {PART}"


@pytest.mark.parametrize(
    ("caption", "text"),
    [("¿tienen esta?", f"¿tienen esta?\n{PART}"), ("quiero hablar con una persona", "quiero hablar con una persona")],
)
async def test_it_comes_behind_a_caption_that_leaves_it_open_what_is_meant(caption: str, text: str) -> None:
    heard = await look(says(PART), caption)
    assert heard.messages[0].text == text
    assert PART in heard.shown


async def test_a_picture_without_text_or_file_or_of_another_kind_leaves_the_message_as_it_is() -> None:
    for sight, album in ((says(), Album()), (says(PART), Album(status="due")), (says(PART), Album(mime="text/html"))):
        heard = await look(sight, "mira", album)
        assert (heard.messages[0].text, heard.notes, heard.writes) == ("mira", (), ())


async def test_a_long_text_is_cut() -> None:
    heard = await look(says("palabra " * 500))
    assert len(heard.messages[0].text) == 500
