"""Files that come inside a webhook go into the media store first: the message only names them."""

import base64
from typing import Any

from msgspec import structs

from channels.registry import CHANNELS
from channels.sniff import media_type
from core.messages import Attachment
from storage.inbox import Arrival
from storage.media_store import MediaStore


async def stored(arrival: Arrival, store: MediaStore) -> Arrival:
    """The same arrival without bytes in it; raises Unavailable when they cannot be stored."""
    attachments = arrival.envelope.attachments
    if not attachments or not CHANNELS[arrival.account.channel].inline_media:
        return arrival
    kept = tuple([await _kept(attachment, store) for attachment in attachments])
    return structs.replace(arrival, envelope=structs.replace(arrival.envelope, attachments=kept))


async def _kept(attachment: Attachment, store: MediaStore) -> Attachment:
    data: dict[str, Any] = {key: value for key, value in attachment.data.items() if key != "base64"}
    found = base64.b64decode(attachment.data.get("base64", ""))
    if not found:
        return structs.replace(attachment, data=data)
    mime = media_type(found[:512], attachment.mime or "")
    return structs.replace(attachment, data=data, ref=await store.put(found), mime=mime)
