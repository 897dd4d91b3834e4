"""What is sent through Twilio: its checks of the fields, and content templates with their variables filled in."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from core.messages import Struct
from emulator.payloads.twilio import sid

Json = dict[str, Any]
BODY_CHARACTERS = 1600
PHONE = re.compile(r"\+[1-9]\d{6,14}")
SHORT_CODE = re.compile(r"\d{5,6}")
BUSINESS_SCOPED = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
CONTENT_SID = re.compile(r"HX[0-9a-f]{32}")
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Refused(Exception):
    """Twilio answers with this error code."""

    def __init__(self, code: int, what: str = "") -> None:
        super().__init__(what)
        self.code, self.what = code, what


class Form(Struct):
    """The fields of a message to send; MediaUrl may come several times."""

    to: str
    sender: str
    service: str
    body: str
    media: tuple[str, ...]
    content_sid: str
    variables: dict[str, str]
    callback: str
    action: str


def read(fields: list[tuple[str, str]]) -> Form:
    """Check the fields as Twilio does; raises Refused."""
    one = dict(fields)
    form = Form(
        to=one.get("To", ""),
        sender=one.get("From", ""),
        service=one.get("MessagingServiceSid", ""),
        body=one.get("Body", ""),
        media=tuple(value for name, value in fields if name == "MediaUrl"),
        content_sid=one.get("ContentSid", ""),
        variables=_variables(one.get("ContentVariables", "")),
        callback=one.get("StatusCallback", ""),
        action=one.get("PersistentAction", ""),
    )
    _check_addresses(form)
    _check_content(form)
    if form.callback and urlsplit(form.callback).scheme not in ("http", "https"):
        raise Refused(21609, form.callback)
    return form


def _check_addresses(form: Form) -> None:
    if not form.to:
        raise Refused(21604)
    if not form.sender and not form.service:
        raise Refused(21603)
    plain = form.to.removeprefix("whatsapp:")
    scoped = form.to.startswith("whatsapp:") and BUSINESS_SCOPED.fullmatch(plain)
    if not (scoped or PHONE.fullmatch(plain) or SHORT_CODE.fullmatch(plain)):
        raise Refused(21211, form.to)
    if form.sender and form.sender.startswith("whatsapp:") != form.to.startswith("whatsapp:"):
        raise Refused(21910)


def _check_content(form: Form) -> None:
    if form.content_sid and not CONTENT_SID.fullmatch(form.content_sid):
        raise Refused(21655, form.content_sid)
    if not (form.body or form.media or form.content_sid):
        raise Refused(21602)
    if len(form.body) > BODY_CHARACTERS:
        raise Refused(21617)
    if len(form.media) > 10:
        raise Refused(21623)
    if any(urlsplit(url).scheme not in ("http", "https") for url in form.media):
        raise Refused(21620)


def _variables(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Refused(21656) from error
    if not isinstance(found, dict) or not all(isinstance(value, str) and value for value in found.values()):
        raise Refused(21656)
    return found


class Contents:
    """Content templates by SID; one that we do not know is taken to exist, as an approved template would."""

    def __init__(self) -> None:
        self._known: dict[str, Json] = {}

    def create(self, given: Json) -> Json:
        """Keep a template and return it as the API does."""
        number = sid("HX")
        self._known[number] = {"sid": number, "approval_requests": None, "links": {}, **given}
        return self._known[number]

    def get(self, number: str) -> Json | None:
        """The template with this SID."""
        return self._known.get(number)

    def all(self) -> list[Json]:
        """Every template created here."""
        return list(self._known.values())

    def shown(self, form: Form) -> Json:
        """The outbox fields of a message: text, buttons, media, template."""
        if form.content_sid:
            return self._filled(form)
        shown: Json = {"text": form.body}
        if form.media:
            shown["media"] = {"kind": "file", "url": form.media[0], "urls": list(form.media)}
        if form.action.startswith("geo:"):
            shown["media"] = {"kind": "location", "geo": form.action.removeprefix("geo:")}
        return shown

    def _filled(self, form: Form) -> Json:
        known = self._known.get(form.content_sid)
        template = {"name": form.content_sid, "params": list(form.variables.values())}
        if known is None:
            return {"text": " · ".join(form.variables.values()), "template": template}
        kind, content = next(iter(known.get("types", {"": {}}).items()))
        values = {**known.get("variables", {}), **form.variables}
        filled = _fill(content, values)
        choices = filled.get("actions") or filled.get("items") or []
        buttons = [{"id": str(c.get("id", "")), "title": str(c.get("title") or c.get("item", ""))} for c in choices]
        shown = {"text": str(filled.get("body", "")), "buttons": tuple(b for b in buttons if b["title"])}
        return {**shown, "template": {**template, "kind": kind, "name": known.get("friendly_name", form.content_sid)}}


def _fill(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: str(values.get(found[1], found[0])), value)
    if isinstance(value, dict):
        return {key: _fill(part, values) for key, part in value.items()}
    return [_fill(part, values) for part in value] if isinstance(value, list) else value
