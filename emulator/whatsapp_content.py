"""The content of a WhatsApp Cloud send: the provider's checks, and what the customer sees."""

from collections.abc import Callable
from typing import Any

from emulator.world import Files

Json = dict[str, Any]


class Refused(Exception):
    """The provider answers with this error number."""

    def __init__(self, number: int, detail: str) -> None:
        super().__init__(detail)
        self.number, self.detail = number, detail


def read(given: Json, files: Files) -> Json:
    """Check a send and return the fields of its outbox entry; raises Refused."""
    kind = given.get("type", "text")
    reader = READERS.get(kind)
    if reader is None:
        raise Refused(131009, f'Param type must be one of {{{", ".join(READERS)}}} - got "{kind}".')
    content = given.get(kind)
    if not isinstance(content, dict | list):
        raise Refused(131008, f"Required parameter is missing: {kind}")
    return {"kind": kind, **reader(kind, content, files)}


def _bounded(value: Any, most: int, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise Refused(131008, f"Required parameter is missing: {name}")
    if len(value) > most:
        raise Refused(131009, f"Param {name} must be at most {most} characters long.")
    return value


def _text(kind: str, content: Json, files: Files) -> Json:
    return {"text": _bounded(content.get("body"), 4096, "text['body']")}


def _interactive(kind: str, content: Json, files: Files) -> Json:
    body = content.get("body") or {}
    text = _bounded(body.get("text"), 1024, "interactive['body']['text']")
    action = content.get("action") or {}
    reader = INTERACTIVE.get(str(content.get("type")))
    if reader is None:
        raise Refused(131009, f"Unknown interactive type {content.get('type')}")
    return {"text": text, "buttons": tuple(reader(action))}


def _buttons(action: Json) -> list[dict[str, str]]:
    replies = [button.get("reply") or {} for button in action.get("buttons") or []]
    if not 1 <= len(replies) <= 3:
        raise Refused(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    buttons = [
        {"id": _bounded(r.get("id"), 256, "button id"), "title": _bounded(r.get("title"), 20, "button title")}
        for r in replies
    ]
    _distinct([button["title"] for button in buttons], "button titles")
    return _distinct_ids(buttons)


def _list(action: Json) -> list[dict[str, str]]:
    _bounded(action.get("button"), 20, "action['button']")
    sections = action.get("sections") or []
    if len(sections) > 1 and not all(section.get("title") for section in sections):
        raise Refused(131009, "Section title is required when there is more than one section")
    rows = [row for section in sections for row in section.get("rows") or []]
    if not 1 <= len(rows) <= 10:
        raise Refused(131009, "Total row count exceed max allowed count: 10")
    return _distinct_ids([_row(row) for row in rows])


def _row(row: Json) -> dict[str, str]:
    shown = {"id": _bounded(row.get("id"), 200, "row id"), "title": _bounded(row.get("title"), 24, "row title")}
    if row.get("description"):
        shown["description"] = _bounded(row["description"], 72, "row description")
    return shown


def _link(action: Json) -> list[dict[str, str]]:
    parameters = action.get("parameters") or {}
    title = _bounded(parameters.get("display_text"), 20, "display_text")
    return [{"id": "", "title": title, "url": _bounded(parameters.get("url"), 2000, "url")}]


def _distinct(values: list[str], what: str) -> None:
    if len(set(values)) < len(values):
        raise Refused(131009, f"Duplicated {what} are not allowed")


def _distinct_ids(buttons: list[dict[str, str]]) -> list[dict[str, str]]:
    _distinct([button["id"] for button in buttons], "ids")
    return buttons


def _media(kind: str, content: Json, files: Files) -> Json:
    link, number = content.get("link"), content.get("id")
    if not link and not number:
        raise Refused(131008, f"Required parameter is missing: {kind}['id'] or {kind}['link']")
    if link and not str(link).startswith(("http://", "https://")):
        raise Refused(131009, f"Param {kind}['link'] is not a valid URI.")
    file = files.get(str(number)) if number else None
    if number and file is None:
        raise Refused(131053, "Media upload error: the id is not known")
    caption = str(content.get("caption") or "")
    if len(caption) > 1024:
        raise Refused(131009, "Param caption must be at most 1024 characters long.")
    media = {"kind": kind, "url": link or f"emulator:{number}", "name": content.get("filename") or ""}
    if file:
        media |= {"mime": file.mime, "name": media["name"] or file.name, "size": len(file.data)}
    return {"text": caption, "media": media}


def _template(kind: str, content: Json, files: Files) -> Json:
    name = _bounded(content.get("name"), 512, "template['name']")
    language = _bounded((content.get("language") or {}).get("code"), 10, "template['language']['code']")
    body: list[str] = []
    buttons: list[dict[str, str]] = []
    for component in content.get("components") or []:
        values = component.get("parameters") or []
        if component.get("type") == "button":
            buttons += [{"id": str(v.get("payload") or v.get("text")), "title": "…"} for v in values]
        elif component.get("type") == "body":
            body += [str(value.get("text", "")) for value in values]
    if any(not value for value in body):
        raise Refused(131008, "Parameter of type text is missing text value")
    template = {"name": name, "language": language, "params": body}
    text = f"[{name}] " + " · ".join(body)
    return {"text": text.strip(), "template": template, "buttons": tuple(buttons)}


def _reaction(kind: str, content: Json, files: Files) -> Json:
    _bounded(content.get("message_id"), 512, "reaction['message_id']")
    return {"text": str(content.get("emoji") or "")}


def _location(kind: str, content: Json, files: Files) -> Json:
    try:
        place = {"latitude": float(content["latitude"]), "longitude": float(content["longitude"])}
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(131009, "Param location must have latitude and longitude") from error
    return {"text": str(content.get("name") or ""), "media": {"kind": "location", **place}}


def _contacts(kind: str, content: list[Json], files: Files) -> Json:
    names = [str((person.get("name") or {}).get("formatted_name") or "") for person in content]
    return {"text": ", ".join(names), "media": {"kind": "contact"}}


INTERACTIVE: dict[str, Callable[[Json], list[dict[str, str]]]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link,
}
READERS: dict[str, Callable[[str, Any, Files], Json]] = {
    "text": _text,
    "interactive": _interactive,
    "template": _template,
    "reaction": _reaction,
    "location": _location,
    "contacts": _contacts,
    **dict.fromkeys(("image", "audio", "video", "document", "sticker"), _media),
}
