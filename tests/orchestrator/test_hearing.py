"""Voice notes: what was said is read like a text, shown as such, kept, and paid for once; else: please write."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.conversation import Outcome
from core.messages import Account, Attachment
from orchestrator import hearing
from orchestrator.tools import bind
from orchestrator.turn import Turns
from storage import media
from storage.conversations import Conversations, Finished
from storage.llm_calls import LlmCalls, spending
from storage.media_store import MediaStore
from storage.resources import Resources
from tests.llm.conftest import Provider, completion, provider, recorded  # noqa: F401  a fixture
from tests.llm.test_speech import HEARD
from tests.orchestrator.conftest import tenant
from tests.storage import given

SAID = "Quiero dos llantas."


class Spoken:
    """A voice note that waits in a conversation."""

    def __init__(self, resources: Resources, home: Path) -> None:
        self.resources, self.home, self.account = resources, home, None

    async def arrives(self, kind: Any = "voice", text: str = "") -> Account:
        account = await given.account(self.resources)
        note = Attachment(kind=kind, ref="file-1", mime="audio/ogg")
        await given.Inbox(self.resources).put([given.arrival(account, text, attachments=(note,))])
        return account

    async def fetched(self, mime: str = "audio/ogg; codecs=opus", data: bytes = b"OggS voice") -> None:
        key = await MediaStore(self.home).put(data)
        (due,) = await media.claim(self.resources, most=1, lease_seconds=60)
        await media.keep(self.resources, due, key=key, mime=mime, size=len(data))

    async def answered(self, account: Account, speaking: Provider, *, who: Any = None, **settings: str) -> Outcome:
        usual = {"azure_openai_deployment_transcription": "whisper", "home": self.home}
        opened = replace(self.resources, settings=speaking.settings(**(usual | settings)))
        running = Turns(opened, bind)
        try:
            waiting = await given.loaded(self.resources, account)
            return await running.run(waiting.conversation, who or tenant(id="acme", name="Acme"))
        finally:
            await running.close()


@pytest.fixture
def spoken(resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spoken:
    monkeypatch.setattr(hearing, "_WAIT_SECONDS", 0.3)
    return Spoken(resources, tmp_path / "home")


@pytest.fixture
def speaking(provider: Provider) -> Provider:  # noqa: F811
    """Groq hears once and then words nothing; Azure is away."""
    provider.plays("groq", HEARD, recorded("groq_498_flex_capacity"))
    provider.plays("azure", recorded("azure_401_access_denied"))
    return provider


async def test_what_was_said_is_answered_and_shown(spoken: Spoken, speaking: Provider) -> None:
    account = await spoken.arrives()
    await spoken.fetched()
    outcome = await spoken.answered(account, speaking)
    assert outcome.replies[0].text.startswith(f"🎤 «{SAID}»\n\n")
    assert outcome.agent == "sales"
    assert outcome.trace["heard"][0]["tier"] == "groq"


async def test_it_is_saved_with_the_turn_and_read_in_the_next_one(spoken: Spoken, speaking: Provider) -> None:
    account = await spoken.arrives(text="mira")
    await spoken.fetched()
    outcome = await spoken.answered(account, speaking)
    waiting = (await given.loaded(spoken.resources, account)).conversation
    saving = Finished(conversation=waiting, outcome=outcome, written=(), result="silent")
    assert await Conversations(spoken.resources).save(saving)
    row = await spoken.resources.pg.fetchrow("SELECT text, content FROM messages WHERE direction = 'in'")
    assert row["text"] == f"mira\n🎤 «{SAID}»"
    assert row["content"]["transcripts"][0]["model"] == "whisper-large-v3-turbo"
    await given.received(spoken.resources, account, "y?")
    history = (await given.loaded(spoken.resources, account)).conversation.history
    assert history[0].text == row["text"]


async def test_a_turn_that_is_run_again_pays_for_the_transcription_once(spoken: Spoken, speaking: Provider) -> None:
    account = await spoken.arrives()
    await spoken.fetched()
    first = await spoken.answered(account, speaking)
    again = await spoken.answered(account, speaking)
    assert again.trace["heard"][0]["reused"]
    assert again.replies[0].text == first.replies[0].text
    rows = await spending(spoken.resources, ["acme"])
    assert [(row["model"], row["calls"]) for row in rows] == [("whisper-large-v3-turbo", 1)]
    assert await LlmCalls(spoken.resources.pg).spent("acme") == 112  # ten seconds are the least that is billed


async def test_azure_hears_when_groq_does_not(spoken: Spoken, speaking: Provider) -> None:
    speaking.plays("groq", recorded("groq_498_flex_capacity"))
    speaking.plays("azure", HEARD, completion("no"))
    account = await spoken.arrives()
    await spoken.fetched()
    outcome = await spoken.answered(account, speaking)
    assert outcome.trace["heard"][0]["tier"] == "azure"
    assert SAID in outcome.replies[0].text


@pytest.mark.parametrize(
    "change",
    [
        lambda speaking: {"groq_api_key": "", "azure_openai_deployment_transcription": ""},  # nobody hears
        lambda speaking: {"who": tenant(id="acme", llm_budget_usd=0.0)},
        lambda speaking: speaking.plays("groq", recorded("groq_498_flex_capacity")) or {},
    ],
    ids=["no provider", "no budget", "all fail"],
)
async def test_when_it_cannot_be_heard_the_customer_is_asked_to_write(
    spoken: Spoken, speaking: Provider, change: Callable[[Provider], dict[str, Any]]
) -> None:
    account = await spoken.arrives()
    await spoken.fetched()
    outcome = await spoken.answered(account, speaking, **change(speaking))
    assert "no puedo escucharla" in outcome.replies[0].text
    assert outcome.writes == ()


async def test_a_file_that_does_not_come_or_is_music_is_not_heard(spoken: Spoken, speaking: Provider) -> None:
    account = await spoken.arrives("audio")
    outcome = await spoken.answered(account, speaking)
    assert outcome.trace["heard"][0]["reason"] == "no_file"
    await spoken.fetched(mime="audio/mpeg", data=b"ID3" + bytes(1_500_000))
    outcome = await spoken.answered(account, speaking)
    assert outcome.trace["heard"][0]["reason"] == "no_speech"
    assert speaking.count("groq") == 0


async def test_for_a_person_it_is_written_down_without_a_reply(spoken: Spoken, speaking: Provider) -> None:
    account = await spoken.arrives()
    await spoken.fetched()
    await spoken.resources.pg.execute("UPDATE conversations SET mode = 'human'")
    outcome = await spoken.answered(account, speaking)
    assert outcome.replies == ()
    assert outcome.writes[0].data["text"] == SAID
