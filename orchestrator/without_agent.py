"""What needs no agent: silence, words of consent, and messages without words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from agents import payout
from agents.wording import Wording
from core.conversation import Conversation, Inbound, Outcome
from core.messages import Reply
from orchestrator import consent, promotions
from orchestrator.given import Given, attachments

_STOPPED = "stopped"  # in the state: our messages were stopped, wholly or in part
say = Wording("system", folder="orchestrator")


def answer(given: Given, now: datetime) -> Outcome | None:
    """What no agent has to answer: consent, and messages without words."""
    wish = wish_of(given.messages)
    if not wish and given.state.get(_STOPPED) and promotions.comes_back(given.text):
        wish = "opted_in"
    if wish and not _leaves_a_withdrawal(given, now) and not _leaves_a_quote(given):
        return consented(given, wish)
    if not given.text and not given.payload:
        return _said(given, _kind_of_media(given.messages), trace={"no_text": True})
    return None


def _leaves_a_withdrawal(given: Given, now: datetime) -> bool:
    """`cancelar` is about the withdrawal that we ask about; `stop` and `baja` never are."""
    notes = payout.as_of(given.state.get("notes") or {}, now)
    return given.conversation.mode == "bot" and payout.is_left(notes, given.intent.calls_off)


def _leaves_a_quote(given: Given) -> bool:
    """`cancelar` is about the quote that we talk about; by SMS it is a word of consent whatever is talked about."""
    conversation, notes = given.conversation, given.state.get("notes") or {}
    talks = conversation.mode == "bot" and conversation.agent == "sales" and bool(notes.get("quote_number"))
    return talks and conversation.channel != "sms" and consent.only_cancels(given.messages[-1].text)


def wish_of(messages: Sequence[Inbound]) -> consent.Consent | None:
    """What the last word of consent among them asks for."""
    return next((wish for wish in (consent.read(item.text) for item in reversed(messages)) if wish), None)


def consented(given: Given, wish: consent.Consent) -> Outcome:
    """Take it down, and confirm it: once, also when it is said again."""
    if wish == "promotions_stopped" and given.state.get(_STOPPED) == "opted_out":
        wish = "opted_out"  # nothing comes any more, and so it stays
    given.state[_STOPPED] = None if wish == "opted_in" else wish
    confirmed = _said(given, wish, trace={"consent": wish})
    last = next((line for line in reversed(given.conversation.history) if line.author != "customer"), None)
    if last and last.author == "system" and last.text.startswith(confirmed.replies[0].text):
        return msgspec.structs.replace(confirmed, replies=())
    return confirmed


def withdrawal_left(outcome: Outcome, locale: str, now: datetime) -> Outcome:
    """An opt-out with no withdrawal under way any more: what becomes of it is told with the confirmation."""
    notes, told = payout.left_by(payout.as_of(outcome.state.get("notes") or {}, now), locale)
    replies = outcome.replies
    if told and replies:
        [confirmed] = replies
        replies = (msgspec.structs.replace(confirmed, text=f"{confirmed.text} {told}"),)
    return msgspec.structs.replace(outcome, replies=replies, state={**outcome.state, "notes": notes})


def _kind_of_media(messages: Sequence[Inbound]) -> str:
    kinds = {item.kind for item in attachments(messages)}
    if kinds & {"voice", "audio"}:
        return "voice"
    if "location" in kinds:
        return "location"
    return "media" if kinds else "unsupported"


def silence(
    conversation: Conversation,
    trace: dict[str, Any],
    *,
    mode: Literal["bot", "human"] | None = None,
    state: dict[str, Any] | None = None,
) -> Outcome:
    """Say nothing, and keep or change only who holds the conversation."""
    return Outcome(
        replies=(),
        agent=conversation.agent,
        mode=mode or conversation.mode,
        locale=conversation.locale,
        state=conversation.state if state is None else state,
        trace=trace,
    )


def _said(given: Given, key: str, *, trace: dict[str, Any]) -> Outcome:
    quiet = silence(given.conversation, trace, state=given.state)
    reply = Reply(text=say(given.locale, key), author="system")
    return msgspec.structs.replace(quiet, replies=(reply,), locale=given.locale)
