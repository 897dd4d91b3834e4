"""Messages that come shortly after one another are answered together: how long a turn still waits for the next one."""

from datetime import datetime

from core.conversation import Conversation

_LONGEST = 5  # pauses; who writes on and on is answered in between


def pause_ms(conversation: Conversation, now: datetime, pause: int) -> int:
    """Milliseconds until the turn starts; 0: now. The pause begins anew with each message, within limits.

    A pressed button is no beginning of a sentence, a failed turn has waited already, and a person needs no pause.
    """
    waiting = conversation.inbound
    if not pause or not waiting or conversation.mode == "human" or conversation.turn_failures:
        return 0
    if any(item.kind == "callback" for item in waiting):
        return 0
    since_last = (now - waiting[-1].received_at).total_seconds() * 1000
    since_first = (now - waiting[0].received_at).total_seconds() * 1000
    # a clock that was set back must not make anybody wait for hours
    return int(max(0, min(pause - since_last, _LONGEST * pause - since_first, pause)))
