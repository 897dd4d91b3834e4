"""What one Instagram message says: text, attachments, story, quick reply, as fields of an Envelope."""

from typing import Any

from channels.untrusted import ident, listing, mapping, name, optional, text
from core.messages import Attachment, MediaKind

# A share is somebody's post, reel or story: the link shows it, the words are not the customer's.
KINDS: dict[str, MediaKind] = {
    "image": "image", "video": "video", "audio": "voice", "file": "document", "sticker": "sticker",
    "share": "share", "story_mention": "share", "ig_reel": "share", "reel": "share", "ig_post": "share",
    "ig_story": "share", "media_share": "share",
}  # fmt: skip
HEART = "❤️"


def said(message: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an Envelope for a `message` object; one without anything readable is unsupported."""
    if message.get("is_unsupported") is True:
        return {"kind": "unsupported"}
    words = text(message.get("text"))
    rows = [mapping(row) for row in listing(message.get("attachments"))]
    kinds = [name(row.get("type")) for row in rows]
    attachments = [_attachment(kind, row) for kind, row in zip(kinds, rows, strict=True) if kind != "like_heart"]
    reply = mapping(message.get("reply_to"))
    story = mapping(reply.get("story"))
    if story.get("url"):  # it is gone after a day, and the words are about it
        attachments.append(_linked("share", story, {"type": "story_reply"}))
    fields: dict[str, Any] = {
        "text": words or (HEART if "like_heart" in kinds else ""),
        "attachments": tuple(one for one in attachments if one),
        "target": ident(reply.get("mid")),
        "context": _context(message, story, kinds),
    }
    choice = mapping(message.get("quick_reply"))
    if choice:
        return fields | {"kind": "callback", "payload": text(choice.get("payload"))}
    return fields if fields["text"] or fields["attachments"] else fields | {"kind": "unsupported"}


def _context(message: dict[str, Any], story: dict[str, Any], kinds: list[str]) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if message.get("referral"):
        context["referral"] = mapping(message["referral"])
    if story:
        context["story"] = story
    if "story_mention" in kinds:
        context["story_mention"] = True
    unknown = [kind for kind in kinds if kind not in KINDS and kind != "like_heart"]
    return context | ({"unread": unknown} if unknown else {})


def _attachment(kind: str, row: dict[str, Any]) -> Attachment | None:
    """Read one attachment; a kind that we do not know is kept where it has a link."""
    payload = mapping(row.get("payload"))
    url = optional(payload.get("url"))
    if kind not in KINDS and not url:
        return None
    known = KINDS.get(kind, "share")
    return _linked(known, payload, {"type": kind} if known == "share" else {})


def _linked(kind: MediaKind, payload: dict[str, Any], data: dict[str, Any]) -> Attachment:
    identity = ident(payload.get("reel_video_id") or payload.get("sticker_id") or payload.get("id"))
    data = data | ({"id": identity} if identity else {})
    return Attachment(kind=kind, url=optional(payload.get("url")), caption=optional(payload.get("title")), data=data)
